import { setImmediate as othersTurn } from 'node:timers/promises';

/** What else the process has to do waits so long at the most for what takes turns. */
const TURN_MILLISECONDS = 10;

/** What is waited for comes through some promises until it is worked on. */
const PROMISES_BETWEEN = 4;

/** In the order in which they came, whoever they are of. */
let waiting: (() => void)[] = [];
let isReleasing = false;

/**
 * Resolves when it is the caller's turn: those who wait go one after the other, with pauses in which the process does what
 * else it has to do. Work that is long as a whole waits for its turn before each of its parts.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (!isReleasing) void releaseAll();
  });
}

async function releaseAll(): Promise<void> {
  isReleasing = true;
  let startedAt = performance.now();
  while (waiting.length > 0) {
    const released = waiting;
    waiting = [];
    for (const release of released) {
      release();
      // Its part is worked on before the next one is released, and its time counts.
      for (let hop = 0; hop < PROMISES_BETWEEN; hop++) await Promise.resolve();
      if (performance.now() - startedAt < TURN_MILLISECONDS) continue;
      await othersTurn();
      startedAt = performance.now();
    }
  }
  isReleasing = false;
}

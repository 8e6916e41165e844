import { setImmediate as othersTurn } from 'node:timers/promises';

/** What else the process has to do waits so long at the most for what takes turns. */
const TURN_MILLISECONDS = 10;

/** What is waited for comes through some promises until it is worked on. */
const PROMISES_BETWEEN = 4;

/**
 * Those who wait go one after the other, in the order in which they came, with pauses in which the process does what else it
 * has to do. Work that is long as a whole waits for its turn before each of its parts.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #isReleasing = false;

  /** Resolves when it is the caller's turn; at once where nobody else waits. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isReleasing) void this.#releaseAll();
    });
  }

  async #releaseAll(): Promise<void> {
    this.#isReleasing = true;
    let startedAt = performance.now();
    while (this.#waiting.length > 0) {
      const released = this.#waiting;
      this.#waiting = [];
      for (const release of released) {
        release();
        // Its part is worked on before the next one is released, and its time counts.
        for (let hop = 0; hop < PROMISES_BETWEEN; hop++) await Promise.resolve();
        if (performance.now() - startedAt < TURN_MILLISECONDS) continue;
        await othersTurn();
        startedAt = performance.now();
      }
    }
    this.#isReleasing = false;
  }
}

const PARTS = new Turns();

/** The turn of a part of an answer, among those of all answers. */
export function turn(): Promise<void> {
  return PARTS.next();
}

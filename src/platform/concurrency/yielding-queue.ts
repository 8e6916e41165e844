import { setImmediate as nextMacrotask } from 'node:timers/promises';

/** Maximum time for which the queue blocks the event loop. */
const TURN_MILLISECONDS = 10;

/** Microtasks until a released waiter has done its work. */
const PROMISES_BETWEEN = 4;

/**
 * Releases waiters one after the other, in order, and yields to the event loop regularly. Long work awaits it before each of
 * its parts, so that other requests are served in between.
 */
export class YieldingQueue {
  #waiting: (() => void)[] = [];
  #isReleasing = false;

  /** Resolves when it is the caller's turn; at once if nobody else waits. */
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
        // Its work is done before the next waiter is released, and its time counts.
        for (let hop = 0; hop < PROMISES_BETWEEN; hop++) await Promise.resolve();
        if (performance.now() - startedAt < TURN_MILLISECONDS) continue;
        await nextMacrotask();
        startedAt = performance.now();
      }
    }
    this.#isReleasing = false;
  }
}

const PARTS = new YieldingQueue();

/** Yields before the next part of building a response, in turn with all other responses. */
export function yieldToEventLoop(): Promise<void> {
  return PARTS.next();
}

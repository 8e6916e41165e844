import { TrainyardError } from '../../errors.ts';

/** Runs at most `limit` tasks at once; others wait, first come, first served. */
export class Limiter {
  readonly #limit: number;
  readonly #maxWaiting: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Beyond `maxWaiting` waiting tasks, further ones are refused with SERVICE_UNAVAILABLE. */
  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#acquire();
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The slot is handed to the next task directly, so that no new task can take it in between.
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #acquire(): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new TrainyardError('SERVICE_UNAVAILABLE', 'The server is overloaded.', {
        retryAfterSeconds: 5,
      });
    }
    await new Promise<void>((start) => this.#waiting.push(start));
  }
}

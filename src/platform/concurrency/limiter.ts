import { TrainyardError } from '../../errors.ts';

/** Lets at most `limit` tasks run at once; the others wait in the order in which they came. */
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
    await this.#place();
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, not given back, so that nobody who comes now can slip in between.
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #place(): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new TrainyardError('SERVICE_UNAVAILABLE', 'The server has too much to do at the moment.', {
        retryAfterSeconds: 5,
      });
    }
    await new Promise<void>((start) => this.#waiting.push(start));
  }
}

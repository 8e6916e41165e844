/** What one look at the truth found: the items that are new since the last look, and whether more can follow. */
export interface Look<T> {
  readonly items: readonly T[];
  readonly ended: boolean;
}

/**
 * An endless-looking iterator over something that changes: it looks, gives what is new, and waits for a hint to look
 * again. It reads only when its consumer asks, so nothing piles up behind a slow socket, and `return()` acts at once,
 * also while a `next()` waits (an async generator would notice only at its next event, or never).
 *
 * `listen` registers a function that is to be called when looking again may be worth while; it returns how to stop.
 * `look` reads what is new; it is never called twice at once. An error from it ends the iterator.
 */
export class LiveIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #look: () => Promise<Look<T>>;
  readonly #stopListening: () => void;
  #pending: T[] = [];
  #hinted = true;
  #ended = false;
  #wake: (() => void) | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(listen: (hint: () => void) => () => void, look: () => Promise<Look<T>>) {
    this.#look = look;
    this.#stopListening = listen(() => {
      this.#hinted = true;
      this.#wake?.();
    });
  }

  /** Calls that overlap are answered one after the other. */
  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#queue.then(() => this.#advance());
    this.#queue = result.catch(() => undefined);
    return result;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#finish();
    this.#pending = [];
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    this.#finish();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
  }

  async #advance(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const item = this.#pending.shift();
      if (item !== undefined) return { done: false, value: item };
      if (this.#ended) return { done: true, value: undefined };
      if (this.#hinted) await this.#lookOnce();
      else
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      this.#wake = null;
    }
  }

  async #lookOnce(): Promise<void> {
    this.#hinted = false;
    try {
      const { items, ended } = await this.#look();
      if (this.#ended) return;
      this.#pending.push(...items);
      if (ended) this.#finish();
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  #finish(): void {
    this.#ended = true;
    this.#stopListening();
    this.#wake?.();
  }
}

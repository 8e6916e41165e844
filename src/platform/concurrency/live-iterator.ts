/** The source of a LiveIterator; filling it must wake the iterator. */
export interface LiveSource<T> {
  /** Takes the next item; undefined while there is none. */
  take(): T | undefined;
  /** Called once: when the consumer has gone, or when nothing will be added any more. */
  release(): void;
}

/** A pending `next()`. */
interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * An iterator over items that others put into its source. `return()` takes effect at once, even while a `next()` is pending:
 * an async generator would notice only at its next item, or never. It buffers nothing itself: the source decides how much may
 * pile up behind a slow consumer.
 */
export class LiveIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: LiveSource<T>;
  readonly #waiting: Waiting<T>[] = [];
  #state: 'OPEN' | 'ENDING' | 'ENDED' = 'OPEN';
  #failure: { readonly error: unknown } | null = null;

  constructor(source: LiveSource<T>) {
    this.#source = source;
  }

  /** Overlapping calls are resolved in order. */
  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.wake();
    });
  }

  /** Resolves pending calls with the items of the source. */
  wake(): void {
    while (this.#waiting.length > 0) {
      const value = this.#state === 'ENDED' ? undefined : this.#source.take();
      if (value !== undefined) this.#waiting.shift()?.resolve({ done: false, value });
      else if (this.#state === 'OPEN') return;
      else this.#resolveWithEnd();
    }
  }

  /** Nothing will be added any more: remaining items are delivered, then the end. */
  end(): void {
    this.#close('ENDING');
  }

  /** Like `end()`, but after the remaining items the next call is rejected with the error. */
  fail(error: unknown): void {
    if (this.#state === 'OPEN') this.#failure = { error };
    this.#close('ENDING');
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#failure = null;
    this.#close('ENDED');
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    void this.return();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    void this.return();
  }

  #resolveWithEnd(): void {
    this.#state = 'ENDED';
    const waiting = this.#waiting.shift();
    if (this.#failure === null) waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(this.#failure.error);
    this.#failure = null;
  }

  #close(state: 'ENDING' | 'ENDED'): void {
    const wasOpen = this.#state === 'OPEN';
    if (this.#state !== 'ENDED') this.#state = state;
    if (wasOpen) this.#source.release();
    this.wake();
  }
}

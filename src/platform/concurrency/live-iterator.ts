/** What a LiveIterator gives out: whoever fills it wakes the iterator. */
export interface LiveSource<T> {
  /** Takes what comes next; undefined while there is nothing. */
  take(): T | undefined;
  /** Called once: when its consumer has gone, or when nothing will be added any more. */
  release(): void;
}

/** A `next()` that waits. */
interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * An iterator over what others put into its source. `return()` acts at once, also while a `next()` waits: an async
 * generator would notice only at its next item, or never. It holds nothing itself, so how much may pile up behind a slow
 * consumer is the source's to say.
 */
export class LiveIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: LiveSource<T>;
  readonly #waiting: Waiting<T>[] = [];
  #state: 'OPEN' | 'ENDING' | 'ENDED' = 'OPEN';
  #failure: { readonly error: unknown } | null = null;

  constructor(source: LiveSource<T>) {
    this.#source = source;
  }

  /** Calls that overlap are answered in their order. */
  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.wake();
    });
  }

  /** Gives those who wait what the source has for them. */
  wake(): void {
    while (this.#waiting.length > 0) {
      const value = this.#state === 'ENDED' ? undefined : this.#source.take();
      if (value !== undefined) this.#waiting.shift()?.resolve({ done: false, value });
      else if (this.#state === 'OPEN') return;
      else this.#answerWithEnd();
    }
  }

  /** Nothing will be added any more: what is still there is given out, then the end. */
  end(): void {
    this.#close('ENDING');
  }

  /** As `end()`, but the first who asks after what is still there is told of the error. */
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

  #answerWithEnd(): void {
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

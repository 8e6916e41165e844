/** Often enough for a progress bar. */
const POLL_MILLISECONDS = 100;

/** The progress of a reading that is done, in shared memory. */
export const WHOLE = 1_000_000;

/** Watches shared memory in which a thread, that answers no messages while it reads, says how far it is. */
export class ReadingProgress implements Disposable {
  readonly shared = new Int32Array(new SharedArrayBuffer(4));
  readonly #onProgress: (fraction: number) => void;
  readonly #timer: NodeJS.Timeout;
  #last = 0;

  /** `onProgress` is called when it has grown. */
  constructor(onProgress: (fraction: number) => void) {
    this.#onProgress = onProgress;
    this.#timer = setInterval(() => this.#look(), POLL_MILLISECONDS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const value = Atomics.load(this.shared, 0);
    if (value <= this.#last) return;
    this.#last = value;
    this.#onProgress(value / WHOLE);
  }
}

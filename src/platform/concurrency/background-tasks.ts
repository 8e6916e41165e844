/** Tasks that nobody waits for, except for the end of the process. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<void>>();
  readonly #maxRunning: number;
  readonly #onError: (error: unknown) => void;

  constructor(maxRunning: number, onError: (error: unknown) => void) {
    this.#maxRunning = maxRunning;
    this.#onError = onError;
  }

  /** Starts a task in a later turn of the event loop. False where too many are running: then it is not started. */
  start(task: () => Promise<void>): boolean {
    if (this.#running.size >= this.#maxRunning) return false;
    const running = this.#run(task).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return true;
  }

  /** Waits until all of them have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(task: () => Promise<void>): Promise<void> {
    await new Promise(setImmediate);
    try {
      await task();
    } catch (error) {
      this.#onError(error);
    }
  }
}

import { TrainyardError } from '../../errors.ts';

/** Retry delay suggested to refused clients. */
const RETRY_SECONDS = 5;

/** How many tasks may overtake an earlier one that does not fit yet; then all wait for it. */
const MAX_PASSED = 20;

/** A task that waits for a part of the budget. */
interface Waiting {
  readonly owner: string;
  readonly cost: number;
  readonly start: () => void;
  passed: number;
}

/**
 * Runs tasks as long as the sum of their costs stays within a budget; others wait. The next task is that of the owner with the
 * least in flight, and of several such the earliest. A small task may overtake one that does not fit yet, but a large one
 * is not overtaken for ever.
 */
export class FairBudget {
  readonly total: number;
  readonly #maxWaiting: number;
  /** The cost in flight by owner. */
  readonly #running = new Map<string, number>();
  #waiting: Waiting[] = [];
  #left: number;

  /** Beyond `maxWaiting` waiting tasks further ones are refused with SERVICE_UNAVAILABLE. */
  constructor(total: number, maxWaiting: number) {
    this.total = total;
    this.#left = total;
    this.#maxWaiting = maxWaiting;
  }

  /** Rejects with the signal's reason if it fires while the task waits. The cost is capped at the total. */
  async run<T>(owner: string, cost: number, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const taken = Math.min(cost, this.total);
    await this.#take(owner, taken, signal);
    try {
      return await task();
    } finally {
      this.#left += taken;
      const left = this.#runningOf(owner) - taken;
      if (left > 0) this.#running.set(owner, left);
      else this.#running.delete(owner);
      this.#startWaiting();
    }
  }

  async #take(owner: string, cost: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new TrainyardError('SERVICE_UNAVAILABLE', 'The server is overloaded.', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { owner, cost, start: resolve, passed: 0 };
    const abort = () => {
      if (!this.#waiting.includes(waiting)) return;
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      reject(signal.reason);
      // It may have been the only one that blocked others.
      this.#startWaiting();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.push(waiting);
    this.#startWaiting();
    await promise.finally(() => signal.removeEventListener('abort', abort));
  }

  #startWaiting(): void {
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const started = next;
      const at = this.#waiting.indexOf(started);
      for (const earlier of this.#waiting.slice(0, at)) if (earlier.cost > this.#left) earlier.passed++;
      this.#waiting.splice(at, 1);
      this.#left -= started.cost;
      this.#running.set(started.owner, this.#runningOf(started.owner) + started.cost);
      started.start();
    }
  }

  #next(): Waiting | null {
    const mayNotBePassed = this.#waiting.find(({ passed }) => passed >= MAX_PASSED);
    const candidates = (mayNotBePassed === undefined ? this.#waiting : [mayNotBePassed]).filter(
      ({ cost }) => cost <= this.#left,
    );
    return candidates.reduce<Waiting | null>((best, each) => {
      return best === null || this.#runningOf(each.owner) < this.#runningOf(best.owner) ? each : best;
    }, null);
  }

  #runningOf(owner: string): number {
    return this.#running.get(owner) ?? 0;
  }
}

import { TrainyardError } from '../../errors.ts';

/** Retry delay suggested to refused clients. */
const RETRY_SECONDS = 5;

/**
 * Runs at most `limit` tasks at once, fairly by owner: whenever a task ends, the next one is that of the owner with the fewest
 * in flight, and of several such the owner who has waited longest. So an owner has more than one task in flight only while no
 * other owner waits, and a first task of another owner waits for the end of one task only. The tasks of one owner keep their
 * order.
 */
export class FairLimiter {
  readonly #maxWaiting: number;
  readonly #refusal: string;
  /** The number of tasks in flight by owner. */
  readonly #running = new Map<string, number>();
  /** The waiting tasks by owner; owners in round-robin order. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #free: number;

  /** Beyond `maxWaiting` waiting tasks of an owner, further ones are refused with RATE_LIMITED and the message `refusal`. */
  constructor(limit: number, maxWaiting: number, refusal = 'Too many concurrent requests of this workspace.') {
    this.#maxWaiting = maxWaiting;
    this.#refusal = refusal;
    this.#free = limit;
  }

  /** True if nothing runs, and so nothing waits. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  async run<T>(owner: string, task: () => Promise<T>): Promise<T> {
    await this.#acquire(owner);
    try {
      return await task();
    } finally {
      this.#release(owner);
    }
  }

  async #acquire(owner: string): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      this.#start(owner);
      return;
    }
    const queue = this.#waiting.get(owner) ?? [];
    if (queue.length >= this.#maxWaiting) {
      throw new TrainyardError('RATE_LIMITED', this.#refusal, {
        hint: 'Send fewer requests at a time.',
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    this.#waiting.set(owner, queue);
    await new Promise<void>((start) => queue.push(start));
  }

  #start(owner: string): void {
    this.#running.set(owner, this.#runningOf(owner) + 1);
  }

  /** The slot is handed to the next task directly, so that no new task can take it in between. */
  #release(owner: string): void {
    const left = this.#runningOf(owner) - 1;
    if (left === 0) this.#running.delete(owner);
    else this.#running.set(owner, left);
    const next = this.#nextOwner();
    if (next === null) {
      this.#free += 1;
      return;
    }
    const queue = this.#waiting.get(next) ?? [];
    const start = queue.shift();
    // The owner moves to the end, if it has further tasks.
    this.#waiting.delete(next);
    if (queue.length > 0) this.#waiting.set(next, queue);
    this.#start(next);
    start?.();
  }

  #nextOwner(): string | null {
    let next: string | null = null;
    for (const owner of this.#waiting.keys()) {
      if (next === null || this.#runningOf(owner) < this.#runningOf(next)) next = owner;
      // Nobody has fewer: where many owners wait, the first of them mostly has none.
      if (this.#runningOf(next) === 0) break;
    }
    return next;
  }

  #runningOf(owner: string): number {
    return this.#running.get(owner) ?? 0;
  }
}

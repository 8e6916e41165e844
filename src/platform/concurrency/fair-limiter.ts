import { TrainyardError } from '../../errors.ts';

/** When somebody who is asked to come later may come again. */
const RETRY_SECONDS = 5;

/**
 * Lets at most `limit` tasks run at once, and gives turns to those whose tasks they are, not to the tasks: whenever one ends,
 * the next is of the owner with the fewest in flight, of several such the one whose turn is longest ago. So an owner has
 * more than one in flight only while no other waits, and however many tasks one sends, another's first waits for the end
 * of one. An owner's own tasks keep their order.
 */
export class FairLimiter {
  readonly #maxWaiting: number;
  readonly #refusal: string;
  /** How many tasks are in flight, by owner. */
  readonly #running = new Map<string, number>();
  /** The tasks that wait, by owner; the owners in the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #free: number;

  /** Beyond `maxWaiting` waiting tasks of one owner, further ones of that owner are refused with RATE_LIMITED and `refusal`. */
  constructor(limit: number, maxWaiting: number, refusal = 'The workspace asks for too much of this at once.') {
    this.#maxWaiting = maxWaiting;
    this.#refusal = refusal;
    this.#free = limit;
  }

  /** True while nothing runs, so that nothing waits either. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  async run<T>(owner: string, task: () => Promise<T>): Promise<T> {
    await this.#place(owner);
    try {
      return await task();
    } finally {
      this.#leave(owner);
    }
  }

  async #place(owner: string): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      this.#enter(owner);
      return;
    }
    const queue = this.#waiting.get(owner) ?? [];
    if (queue.length >= this.#maxWaiting) {
      throw new TrainyardError('RATE_LIMITED', this.#refusal, {
        hint: 'Ask for less at a time.',
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    this.#waiting.set(owner, queue);
    await new Promise<void>((start) => queue.push(start));
  }

  #enter(owner: string): void {
    this.#running.set(owner, this.#runningOf(owner) + 1);
  }

  /** The place is handed on, not given back, so that nobody who comes now can slip in between. */
  #leave(owner: string): void {
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
    // Behind all others that wait, if it waits for more.
    this.#waiting.delete(next);
    if (queue.length > 0) this.#waiting.set(next, queue);
    this.#enter(next);
    start?.();
  }

  #nextOwner(): string | null {
    let next: string | null = null;
    for (const owner of this.#waiting.keys()) {
      if (next === null || this.#runningOf(owner) < this.#runningOf(next)) next = owner;
    }
    return next;
  }

  #runningOf(owner: string): number {
    return this.#running.get(owner) ?? 0;
  }
}

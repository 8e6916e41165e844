import { setTimeout as delay } from 'node:timers/promises';

/** Time, as a bucket sees it; tests have their own. */
export interface Clock {
  /** Milliseconds, which only grow. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  wait: (milliseconds) => delay(milliseconds),
};

const BURST_MILLISECONDS = 1_000;

/** Spreads work over time: on average so many steps per second. What was not used within the last second may be used at once. */
export class TokenBucket {
  readonly #interval: number;
  readonly #clock: Clock;
  /** When the next token is there, where nothing is saved up. */
  #nextAt: number;

  constructor(perSecond: number, clock: Clock = REAL_CLOCK) {
    this.#interval = 1_000 / perSecond;
    this.#clock = clock;
    this.#nextAt = clock.now() - BURST_MILLISECONDS;
  }

  /** Resolves when a further step may be done, in the order of the calls. */
  async take(): Promise<void> {
    const now = this.#clock.now();
    this.#nextAt = Math.max(this.#nextAt, now - BURST_MILLISECONDS) + this.#interval;
    if (this.#nextAt > now) await this.#clock.wait(this.#nextAt - now);
  }
}

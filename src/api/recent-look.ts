import { setTimeout as delay } from 'node:timers/promises';
import type { HealthStatus } from './health.type.ts';

/** A part that does not answer within this time is called DOWN: an answer later than that helps no load balancer. */
const PATIENCE_MILLISECONDS = 1_500;
/** A part that answered so lately is UP: whoever asks a hundred times a second gets its answer at once, and costs nothing. */
const FRESH_MILLISECONDS = 1_000;
/** An answer that is older is good for whoever asks, and the next look begins. */
const REFRESH_MILLISECONDS = 250;

/** Looks at whether a part of the server answers; all who ask at once share one look, and no DOWN is kept. */
export class RecentLook {
  readonly #check: () => Promise<boolean>;
  #running: Promise<HealthStatus> | null = null;
  #upAt = Number.NEGATIVE_INFINITY;

  constructor(check: () => Promise<boolean>) {
    this.#check = check;
  }

  async status(): Promise<HealthStatus> {
    const age = performance.now() - this.#upAt;
    if (age < REFRESH_MILLISECONDS) return 'UP';
    this.#running ??= this.#look();
    return age < FRESH_MILLISECONDS ? 'UP' : await this.#running;
  }

  async #look(): Promise<HealthStatus> {
    const answer = (async () => await this.#check())().catch(() => false);
    const isUp = await Promise.race([answer, delay(PATIENCE_MILLISECONDS, false, { ref: false })]);
    this.#upAt = isUp ? performance.now() : Number.NEGATIVE_INFINITY;
    this.#running = null;
    return isUp ? 'UP' : 'DOWN';
  }
}

import { LRUCache } from 'lru-cache';

/** More keys are a flood from many addresses; what is forgotten is asked for again. */
const MAX_LEASES = 20_000;

/** What a limiter says of points that were asked for. */
export interface Consumption {
  readonly isGranted: boolean;
  /** In this window, those that were asked for among them, also if they were not granted. */
  readonly consumedPoints: number;
  /** Until the window ends. */
  readonly msBeforeNext: number;
}

/** Counts the points of each key in windows of time, and grants as many of them as `points`. */
export interface PointLimiter {
  readonly points: number;
  consume(key: string, points: number): Promise<Consumption>;
}

/** Points of a key that this process has taken and not spent. */
interface Lease {
  left: number;
  /** True if no more can be taken in this window. */
  readonly isLast: boolean;
  readonly until: number;
}

/**
 * Counts by key, within windows of time. All processes share the limiter, but each takes several points of a key at a time, and
 * spends them without a further query; once there are none left, it refuses without one until the window ends.
 */
export class LeasedCounter {
  readonly #limiter: PointLimiter;
  readonly #leasePoints: number;
  readonly #now: () => number;
  readonly #leases = new LRUCache<string, Lease>({ max: MAX_LEASES });
  readonly #taking = new Map<string, Promise<void>>();

  /** `now`: a clock in milliseconds. */
  constructor(limiter: PointLimiter, leasePoints: number, now = () => performance.now()) {
    this.#limiter = limiter;
    this.#leasePoints = leasePoints;
    this.#now = now;
  }

  /** Takes points of a key. Returns the milliseconds after which to try again; 0 if they were granted. */
  async take(key: string, points: number): Promise<number> {
    for (;;) {
      const lease = this.#leaseOf(key);
      if (lease !== null && lease.left >= points) {
        lease.left -= points;
        return 0;
      }
      if (lease?.isLast === true) return Math.max(1, lease.until - this.#now());
      await this.#renewOnce(key, points);
    }
  }

  #leaseOf(key: string): Lease | null {
    const lease = this.#leases.get(key);
    return lease === undefined || lease.until <= this.#now() ? null : lease;
  }

  /** Many may wait for the same points. */
  async #renewOnce(key: string, points: number): Promise<void> {
    const known = this.#taking.get(key);
    if (known !== undefined) return await known;
    const own = this.#renew(key, points).finally(() => this.#taking.delete(key));
    this.#taking.set(key, own);
    await own;
  }

  async #renew(key: string, points: number): Promise<void> {
    const asked = Math.max(points, this.#leasePoints);
    const { isGranted, consumedPoints, msBeforeNext } = await this.#limiter.consume(key, asked);
    // The one who goes beyond the limit gets what was left below it.
    const granted = isGranted ? asked : Math.max(0, this.#limiter.points - (consumedPoints - asked));
    const left = (this.#leaseOf(key)?.left ?? 0) + granted;
    this.#leases.set(key, { left, isLast: !isGranted, until: this.#now() + Math.max(1, msBeforeNext) });
  }
}

import { withTimeout } from '../../platform/concurrency/with-timeout.ts';
import { type FaultReason, reasonOf } from '../../platform/fault.ts';

/** A part that does not respond within this time is DOWN: load balancers do not wait longer. */
const TIMEOUT_MILLISECONDS = 1_500;

/** Cache intervals of a health check, in milliseconds. */
export interface HealthCheckIntervals {
  /** A successful result of this age is returned at once, without waiting for a new check. */
  readonly fresh: number;
  /** From this age on a new check is started. A fault is reported for this long. */
  readonly refresh: number;
}

/** For cheap checks on an open connection. */
const QUICK: HealthCheckIntervals = { fresh: 1_000, refresh: 250 };

/** Called when the status changes: with the reason and the error of a new fault, or with null on recovery. */
export type OnStatusChange = (reason: FaultReason | null, error: unknown) => void;

interface Fault {
  readonly reason: FaultReason;
  readonly error: unknown;
}

/** Checks whether a part of the server works; concurrent callers share one check. */
export class CachedHealthCheck {
  readonly #check: () => Promise<void>;
  readonly #intervals: HealthCheckIntervals;
  readonly #onStatusChange: OnStatusChange;
  #running: Promise<FaultReason | null> | null = null;
  #fault: FaultReason | null = null;
  #checkedAt = Number.NEGATIVE_INFINITY;

  /** `check` rejects if the part does not work. */
  constructor(
    check: () => Promise<void>,
    intervals: HealthCheckIntervals = QUICK,
    onStatusChange: OnStatusChange = () => undefined,
  ) {
    this.#check = check;
    this.#intervals = intervals;
    this.#onStatusChange = onStatusChange;
  }

  /** Why the part does not work; null if it does. */
  async fault(): Promise<FaultReason | null> {
    const age = performance.now() - this.#checkedAt;
    if (age < this.#intervals.refresh) return this.#fault;
    this.#running ??= this.#runCheck();
    return this.#fault === null && age < this.#intervals.fresh ? null : await this.#running;
  }

  async #runCheck(): Promise<FaultReason | null> {
    const result = (async () => await this.#check())().then(
      () => null,
      (error: unknown) => ({ reason: reasonOf(error), error }),
    );
    const found = await withTimeout<Fault | null>(result, TIMEOUT_MILLISECONDS, { reason: 'NO_ANSWER', error: null });
    const reason = found?.reason ?? null;
    if (reason !== this.#fault) this.#onStatusChange(reason, found?.error ?? null);
    this.#fault = reason;
    this.#checkedAt = performance.now();
    this.#running = null;
    return reason;
  }
}

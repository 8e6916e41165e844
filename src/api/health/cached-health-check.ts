import { within } from '../../platform/concurrency/with-timeout.ts';
import { type FaultReason, reasonOf } from '../../platform/fault.ts';

/** A part that does not answer within this time is called DOWN: an answer later than that helps no load balancer. */
const TIMEOUT_MILLISECONDS = 1_500;

/** How often a part is looked at, in milliseconds, however many ask. */
export interface HealthCheckIntervals {
  /** A part that answered so lately is UP: whoever asks a hundred times a second gets its answer at once, and costs nothing. */
  readonly fresh: number;
  /** An answer that is older is good for whoever asks, and the next look begins. A fault is told for so long. */
  readonly refresh: number;
}

/** What asks a connection that stands. */
const QUICK: HealthCheckIntervals = { fresh: 1_000, refresh: 250 };

/** What is told of a look: the error, where it found a fault that was not there before; null when that is gone. */
export type OnStatusChange = (reason: FaultReason | null, error: unknown) => void;

interface Found {
  readonly reason: FaultReason;
  readonly error: unknown;
}

/** Looks at whether a part of the server does its work; all who ask at once share one look. */
export class CachedHealthCheck {
  readonly #check: () => Promise<void>;
  readonly #pace: HealthCheckIntervals;
  readonly #noteChange: OnStatusChange;
  #running: Promise<FaultReason | null> | null = null;
  #fault: FaultReason | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** `check` rejects where the part does not do its work. */
  constructor(
    check: () => Promise<void>,
    pace: HealthCheckIntervals = QUICK,
    noteChange: OnStatusChange = () => undefined,
  ) {
    this.#check = check;
    this.#pace = pace;
    this.#noteChange = noteChange;
  }

  /** Why the part does not do its work; null where it does. */
  async fault(): Promise<FaultReason | null> {
    const age = performance.now() - this.#lookedAt;
    if (age < this.#pace.refresh) return this.#fault;
    this.#running ??= this.#look();
    return this.#fault === null && age < this.#pace.fresh ? null : await this.#running;
  }

  async #look(): Promise<FaultReason | null> {
    const answer = (async () => await this.#check())().then(
      () => null,
      (error: unknown) => ({ reason: reasonOf(error), error }),
    );
    const found = await within<Found | null>(answer, TIMEOUT_MILLISECONDS, { reason: 'NO_ANSWER', error: null });
    const reason = found?.reason ?? null;
    if (reason !== this.#fault) this.#noteChange(reason, found?.error ?? null);
    this.#fault = reason;
    this.#lookedAt = performance.now();
    this.#running = null;
    return reason;
  }
}

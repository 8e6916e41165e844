import type { CurvePoint } from './estimator.ts';

/** A point of the loss curve, and when it was reached. */
export interface TimedPoint extends CurvePoint {
  /** Seconds of fitting until then, with those of earlier attempts up to the checkpoint that it goes on from; null: not measured. */
  readonly seconds: number | null;
}

/** Collects the curve of one fitting. */
export class TimedCurve {
  readonly #points: TimedPoint[];
  readonly #clock: (() => number) | null;
  /** What the clock would have shown if all of the fitting had been done in one go. */
  readonly #startedAt: number;

  /**
   * `earlier`: the points up to the checkpoint that the fitting goes on from; `clock`: shows seconds since any moment, null where
   * times are of no interest.
   */
  constructor(earlier: readonly TimedPoint[], clock: (() => number) | null) {
    this.#points = [...earlier];
    this.#clock = clock;
    this.#startedAt = (clock?.() ?? 0) - (earlier.at(-1)?.seconds ?? 0);
  }

  get points(): readonly TimedPoint[] {
    return this.#points;
  }

  add(point: CurvePoint): TimedPoint {
    const timed = { ...point, seconds: this.#clock === null ? null : this.#clock() - this.#startedAt };
    this.#points.push(timed);
    return timed;
  }
}

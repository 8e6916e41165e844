import type { PredictionInterval } from '../../runtime/model.ts';

/** How often an actual value is to lie within the interval. */
const INTERVAL_COVERAGE = 0.9;

/**
 * The interval around predictions by the errors of folds: its radius is the smallest one that at least (n + 1) * coverage of
 * the n absolute errors do not exceed. Null for so few rows that none does (fewer than 9 for 90 %), and for errors that are
 * not finite.
 *
 * Cross-conformal prediction with absolute errors (Vovk, 2015), around the model of all training rows instead of around each
 * fold's own, as in the jackknife. Where new rows are drawn as the training rows were and an error was of the model that
 * predicts them, coverage would be at least what is asked for, whatever the distribution (Lei and others, 2018). Errors of
 * folds are of models of fewer rows, mostly somewhat worse, so that intervals tend to be too wide; but without the stability
 * of the algorithm nothing is guaranteed (Barber and others, 2021, who guarantee 1 - 2 (1 - coverage) for CV+, which keeps all
 * models of the folds).
 */
export function conformalInterval(
  actual: Float64Array,
  predicted: Float64Array,
  coverage = INTERVAL_COVERAGE,
): PredictionInterval | null {
  const errors = actual.map((value, i) => Math.abs(value - predicted[i]!)).sort();
  // Not less than the product by its rounding: 0.9 * 10 is 9 exactly, 0.7 * 10 is not 7.
  const rank = Math.ceil((errors.length + 1) * coverage - 1e-9);
  const radius = errors[rank - 1];
  return radius === undefined || !Number.isFinite(radius) ? null : { coverage, radius };
}

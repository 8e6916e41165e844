import { isSignificant, pairedTTest } from '../comparison/paired-test.ts';

/** A model that gains less than this share of what the best one gains over the baseline has little to add to a blend. */
const WORTHWHILE = 0.85;

/** The losses of the rows of the first fold by three models. */
export interface FirstFoldLosses {
  readonly candidate: Float64Array;
  readonly best: Float64Array;
  readonly baseline: Float64Array;
}

/**
 * Whether a candidate is clearly worse than the best one so far: by the paired t-test, and by so much that it is no use beside it
 * either. Members of a blend need not be the best, only different and good.
 */
export function isClearlyWorse({ candidate, best, baseline }: FirstFoldLosses): boolean {
  const test = pairedTTest(candidate.map((loss, i) => loss - best[i]!));
  if (!test.isTested || test.difference <= 0 || !isSignificant(test)) return false;
  const gain = mean(baseline) - mean(best);
  return test.difference > (1 - WORTHWHILE) * gain;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

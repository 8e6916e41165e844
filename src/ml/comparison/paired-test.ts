import { incompleteBeta } from './incomplete-beta.ts';

/** What a paired test says of two models: how far apart they are, and how likely chance alone would bring them so far. */
export type PairedTest =
  | {
      readonly isTested: true;
      /** The first model's metric less the second's, on the rows that were compared. */
      readonly difference: number;
      /** The chance of a difference at least so large, in either direction, between models that are equally good. */
      readonly pValue: number;
    }
  | Untested;

export interface Untested {
  readonly isTested: false;
  readonly reason: string;
}

/** Differences with a smaller chance than this are taken for real. */
const SIGNIFICANT_BELOW = 0.05;

export function isSignificant({ pValue }: PairedTest & { readonly isTested: true }): boolean {
  return pValue < SIGNIFICANT_BELOW;
}

export function untested(reason: string): Untested {
  return { isTested: false, reason };
}

/** The chance that a number of Student's t distribution is at least as far from 0 as t. */
export function studentPValue(t: number, degreesOfFreedom: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  const total = degreesOfFreedom + square;
  return incompleteBeta(degreesOfFreedom / total, square / total, degreesOfFreedom / 2, 0.5);
}

/**
 * McNemar's exact test: of the rows that exactly one of two models gets right, `first` and `second` are those of either.
 * Equally good models share them as tosses of a coin. P(X <= k) of n tosses is I_1/2(n - k, k + 1).
 */
export function signTestPValue(first: number, second: number): number {
  if (first === second) return 1;
  const fewer = Math.min(first, second);
  return Math.min(1, 2 * incompleteBeta(0.5, 0.5, first + second - fewer, fewer + 1));
}

/**
 * The paired t-test: whether the mean of the differences, one per row, is other than 0. If all are equal, they have no
 * variance, and a sign test is used instead. Two passes; at least two rows.
 */
export function pairedTTest(differences: Float64Array): PairedTest {
  const { length } = differences;
  if (length < 2) return untested('fewer than two rows were compared');
  const { mean, variance } = momentsOf(differences);
  if (!Number.isFinite(variance)) return untested('the errors are too large to be compared');
  if (mean === 0) return { isTested: true, difference: 0, pValue: 1 };
  if (variance === 0) return { isTested: true, difference: mean, pValue: signTestPValue(length, 0) };
  const pValue = studentPValue(mean / Math.sqrt(variance / length), length - 1);
  return { isTested: true, difference: mean, pValue };
}

/** The mean, and the variance as an estimate from a sample (over n - 1). */
export function momentsOf(values: Float64Array): { readonly mean: number; readonly variance: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  let rest = 0;
  for (const value of values) {
    const deviation = value - mean;
    squares += deviation * deviation;
    rest += deviation;
  }
  // The second term is what the mean's own rounding adds.
  return { mean, variance: Math.max(0, squares - (rest * rest) / values.length) / (values.length - 1) };
}

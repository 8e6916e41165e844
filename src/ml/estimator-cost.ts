import type { Parameters } from './parameters/parameter-spec.ts';
import type { TrainingSet } from './training-set.ts';

/** What the time of a fitting depends on. */
export interface FitSize {
  /** As resolveParameters returns them. */
  readonly parameters: Parameters;
  readonly trainRows: number;
  readonly testRows: number;
  readonly features: number;
  /** Labels to tell apart; 0 where numbers are predicted. */
  readonly labels: number;
}

/**
 * The cost of an algorithm in nanoseconds of one thread, with measured constants: passes over the training rows × features ×
 * trees and levels; for trees also a constant per node, which dominates for few rows and many columns. The constants
 * (nanoseconds per row, cell and bin) are from 55 trainings of 2,000 to 1,000,000 rows by 12 to 1,210 columns with 0 to 20
 * labels.
 */
export interface EstimatorCost {
  /** Of the whole fitting. */
  fitting(size: FitSize): number;
  /** Of predicting one row. */
  predicting(size: FitSize): number;
  /** The cost of predicting one row with each permutation of its columns; null for a model that reads no column. */
  readonly explaining: ((size: FitSize, variants: number) => number) | null;
  /**
   * How much of the fitting several threads share, 0 to 1. A guess that errs moves the bounds between stages by a few
   * hundredths.
   */
  readonly sharedFraction: number;
}

/** How many numbers a linear model or a round of boosting gives for a row. */
export function marginsOf({ labels }: FitSize): number {
  return labels > 2 ? labels : 1;
}

/** The size of a fitting to these rows alone: no test rows. */
export function fitSizeOf({ rows, features, target }: TrainingSet, parameters: Parameters): FitSize {
  const labels = target.task === 'REGRESSION' ? 0 : target.labels.length;
  return { parameters, trainRows: rows.length, testRows: 0, features: features.length, labels };
}

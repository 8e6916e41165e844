import type { ModelFeature } from '../../runtime/model.ts';
import { TrainingDataError } from '../training-data-error.ts';

/** What a column was worth to the fitting. */
export interface ColumnGain {
  readonly name: string;
  /** Its share of the whole, 0 to 1; those of all columns sum to 1. */
  readonly gain: number;
  /** Whether the model uses it at all. */
  readonly isUsed: boolean;
}

/**
 * Adds the weights of the features up by columns (the parts of a date count together); largest first, of equal ones in the
 * order of the features. Where nothing was learned, no column is worth more than another. Empty for a model without
 * features.
 */
export function columnGains(features: readonly ModelFeature[], featureWeights: Float64Array): ColumnGain[] {
  if (featureWeights.length === 0) return [];
  const total = featureWeights.reduce((sum, weight) => sum + weight, 0);
  if (!Number.isFinite(total)) {
    throw new TrainingDataError(
      'NUMBERS_TOO_LARGE',
      'numbers of the target are too large: their squares are beyond the range of a double',
      'divide the target by a power of ten',
    );
  }
  const weightOf = new Map<string, number>();
  for (const [f, { name }] of features.entries()) {
    weightOf.set(name, (weightOf.get(name) ?? 0) + featureWeights[f]!);
  }
  return Array.from(weightOf, ([name, weight]) => ({
    name,
    gain: total > 0 ? weight / total : 1 / weightOf.size,
    isUsed: weight > 0,
  })).sort((a, b) => b.gain - a.gain);
}

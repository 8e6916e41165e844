import type { ShardPreparation } from '../shard-preparation.ts';

/** What of a preparation says how much labels count. */
type Weighted = Pick<ShardPreparation, 'weightOfLabels' | 'labelFactors'>;

/** For each label by what the weights of its rows are multiplied for classWeight BALANCED, as classWeights of the LOCAL engine. */
export function balancingFactors(weightOfLabels: Float64Array): Float64Array {
  const total = weightOfLabels.reduce((sum, weight) => sum + weight, 0);
  return weightOfLabels.map((weight) => total / (weightOfLabels.length * weight));
}

/** For each label the sum of the weights that its rows are fitted with; for numbers one sum, of all. */
export function fittedWeightOfLabels({ weightOfLabels, labelFactors }: Weighted): readonly number[] {
  return weightOfLabels.map((weight, label) => weight * (labelFactors?.[label] ?? 1));
}

/**
 * Where the margins of more than two labels begin: as startMarginsOf of the LOCAL engine, in numbers of 32 bits. Null for one margin, whose
 * start XGBoost takes as its base_score: for more of them versions before 3.1 have only one for all labels.
 */
export function startMarginsOfLabels(fittedWeights: readonly number[]): readonly number[] | null {
  if (fittedWeights.length <= 2) return null;
  const total = fittedWeights.reduce((sum, weight) => sum + weight, 0);
  return fittedWeights.map((weight) => Math.fround(Math.log(weight / total)));
}

import type { Target } from '../preprocessing/target.ts';

/** How similar the targets of some rows are to that of a row: 1 if they are equal, 0 as for random rows, negative if less similar. */
export type TargetSimilarity = (row: number, others: readonly number[]) => number;

/** The similarity relative to random pairs of training rows. */
export function targetSimilarity(target: Target, train: Int32Array): TargetSimilarity {
  return target.task === 'CLASSIFICATION'
    ? labelSimilarity(target.codes, target.labels.length, train)
    : numberSimilarity(target.values, train);
}

/** The share of equal labels, corrected for chance agreement as in Cohen's kappa. */
function labelSimilarity(codes: Int32Array, labels: number, train: Int32Array): TargetSimilarity {
  const counts = new Float64Array(labels);
  for (const row of train) counts[codes[row]!]!++;
  let expected = 0;
  for (const count of counts) expected += (count / train.length) ** 2;
  if (expected >= 1) return () => 0;
  return (row, others) => {
    const equal = others.filter((other) => codes[other] === codes[row]).length;
    return (equal / others.length - expected) / (1 - expected);
  };
}

/** One minus the mean squared difference, relative to that of random pairs, which is twice the variance. */
function numberSimilarity(values: Float64Array, train: Int32Array): TargetSimilarity {
  const mean = train.reduce((sum, row) => sum + values[row]! / train.length, 0);
  const variance = train.reduce((sum, row) => sum + (values[row]! - mean) ** 2 / train.length, 0);
  if (!(variance > 0 && Number.isFinite(variance))) return () => 0;
  return (row, others) => {
    const squares = others.reduce((sum, other) => sum + (values[other]! - values[row]!) ** 2, 0);
    return 1 - squares / others.length / (2 * variance);
  };
}

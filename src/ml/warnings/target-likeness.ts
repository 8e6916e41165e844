import type { Target } from '../preprocessing/target.ts';

/**
 * How alike the targets of some rows are to that of a row: 1 where they are the same, 0 as those of rows that are drawn by
 * chance, less where they differ more.
 */
export type Likeness = (row: number, others: readonly number[]) => number;

/** The likeness by what is usual among the training rows. */
export function likenessOf(target: Target, train: Int32Array): Likeness {
  return target.task === 'CLASSIFICATION'
    ? ofLabels(target.codes, target.labels.length, train)
    : ofNumbers(target.values, train);
}

/** The share that has the same label, from that which two rows have by chance. */
function ofLabels(codes: Int32Array, labels: number, train: Int32Array): Likeness {
  const counts = new Float64Array(labels);
  for (const row of train) counts[codes[row]!]!++;
  let chance = 0;
  for (const count of counts) chance += (count / train.length) ** 2;
  if (chance >= 1) return () => 0;
  return (row, others) => {
    const alike = others.filter((other) => codes[other] === codes[row]).length;
    return (alike / others.length - chance) / (1 - chance);
  };
}

/** The mean squared difference, from that which two rows have by chance. */
function ofNumbers(values: Float64Array, train: Int32Array): Likeness {
  const mean = train.reduce((sum, row) => sum + values[row]! / train.length, 0);
  const variance = train.reduce((sum, row) => sum + (values[row]! - mean) ** 2 / train.length, 0);
  if (!(variance > 0 && Number.isFinite(variance))) return () => 0;
  return (row, others) => {
    const squares = others.reduce((sum, other) => sum + (values[other]! - values[row]!) ** 2, 0);
    return 1 - squares / others.length / (2 * variance);
  };
}

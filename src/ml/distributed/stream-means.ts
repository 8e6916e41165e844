import type { MeanFeature } from '../../runtime/model.ts';
import { addTo, emptySums, FOLDS, labelsToAverage, shrinkageOf, shrunkMeans } from '../preprocessing/category-means.ts';
import type { ReadNumbers } from './stream-numbers.ts';
import { type TrainingBatch, type TrainingRows, trainingPass } from './training-pass.ts';

/** Means of a category of many texts, and the numbers that trees are fitted to in their place. */
export interface StreamedMeans {
  readonly feature: MeanFeature;
  /** Those over the rows of the other folds, see category-means.ts. */
  readonly read: ReadNumbers;
}

/** What is averaged, by the target of a row. */
type ValueOf = (target: number) => number;

/** Fits the means of the target by the texts of a column, as fitMeans does: the same numbers, in two passes. */
export function fitStreamedMeans(
  data: TrainingRows,
  column: number,
  categories: readonly string[],
): readonly StreamedMeans[] {
  const { name } = data.stream.columns[column]!;
  const codeOf = codesOfLabels(data.stream.labels(column), categories);
  return valuesToAverage(data).map((averaged) => {
    const all = emptySums(categories.length + 1);
    const others = Array.from({ length: FOLDS }, () => emptySums(categories.length + 1));
    for (const batch of trainingPass(data)) {
      const { folds } = batch;
      forEachText(batch, column, codeOf, (i, code, weight) => {
        const value = averaged(batch.targets[i]!);
        addTo(all, code, value, weight);
        for (let fold = 0; fold < FOLDS; fold++) if (folds[i] !== fold) addTo(others[fold]!, code, value, weight);
      });
    }
    let within = 0;
    for (const batch of trainingPass(data)) {
      forEachText(batch, column, codeOf, (i, code, weight) => {
        within += weight * (averaged(batch.targets[i]!) - all.values[code]! / all.counts[code]!) ** 2;
      });
    }
    const shrinkage = shrinkageOf(all, within);
    const ofFold = others.map((sums) => shrunkMeans(sums, shrinkage));
    const read: ReadNumbers = (batch, numbers) => {
      const { folds } = batch;
      numbers.fill(Number.NaN, 0, batch.rows.length);
      forEachText(batch, column, codeOf, (i, code) => {
        numbers[i] = ofFold[folds[i]!]![code]!;
      });
    };
    return { feature: { name, kind: 'CATEGORY', categories, means: shrunkMeans(all, shrinkage) }, read };
  });
}

/** For each label the number of its text, that after the last for all others. */
function codesOfLabels(labels: readonly string[], categories: readonly string[]): Int32Array {
  const numberOf = new Map(categories.map((category, code) => [category, code]));
  return Int32Array.from(labels, (label) => numberOf.get(label) ?? categories.length);
}

function valuesToAverage({ target, weightOfLabels }: TrainingRows): readonly ValueOf[] {
  if (target.task === 'REGRESSION') return [(value) => value];
  return labelsToAverage(weightOfLabels).map((label) => (code) => Number(code === label));
}

/** Calls back for each training row of a batch that has a text. */
function forEachText(
  batch: TrainingBatch,
  column: number,
  codeOf: Int32Array,
  each: (i: number, code: number, weight: number) => void,
): void {
  const { rows, weights } = batch;
  const codes = batch.codes(column);
  for (let i = 0; i < rows.length; i++) {
    const label = codes[rows[i]!]!;
    if (label >= 0) each(i, codeOf[label]!, weights?.[i] ?? 1);
  }
}

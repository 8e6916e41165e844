import type { TextFeature } from '../../runtime/model.ts';
import { codeReader } from '../../runtime/predict/encode-features.ts';
import { pcaCategoryOrder } from '../forest/pca-category-order.ts';
import { frequentLabels } from '../preprocessing/categories.ts';
import { emptySums, shrunkMeans } from '../preprocessing/category-means.ts';
import { PLAIN_READING } from '../training-set.ts';
import { MISSING_CODE } from './shard-manifest.ts';
import { type TrainingRows, trainingPass } from './training-pass.ts';

/** Each category counts together with so many rows of the mean: what a few rows say of it is mostly chance. */
const SMOOTHING_ROWS = 20;

/** What the training rows have of a column of labels. */
export interface LabelCounts {
  /** For each label its rows. */
  readonly counts: Uint32Array;
  readonly missing: number;
}

export function countLabels(data: TrainingRows, column: number): LabelCounts {
  // The column is one of the stream.
  const counts = new Uint32Array(data.stream.columns[column]!.labelCount);
  let missing = 0;
  for (const batch of trainingPass(data)) {
    const codes = batch.codes(column);
    for (const row of batch.rows) {
      const code = codes[row]!;
      if (code < 0) missing++;
      else counts[code]!++;
    }
  }
  return { counts, missing };
}

/** Whether all training rows have the same label, or none has one. */
export function isOneLabel({ counts, missing }: LabelCounts): boolean {
  let values = Number(missing > 0);
  for (const count of counts) values += Number(count > 0);
  return values <= 1;
}

/** The texts that a model distinguishes, as fitCategories finds them. */
export function streamedCategories(data: TrainingRows, column: number, { counts }: LabelCounts): readonly string[] {
  return frequentLabels(data.stream.labels(column), counts);
}

/** A category of codes. */
export interface StreamedCodes {
  readonly feature: TextFeature;
  /** For each code of a shard the code of the model. */
  readonly order: Uint8Array;
  /** For each label of the column the code of a shard, behind that of a missing one at 0. */
  readonly shardCodes: Uint8Array;
  readonly column: number;
}

/**
 * Fits the order of the codes of a category by the target, "other" among them: by the mean of a number, the share of the second of two
 * labels, or the first principal component of more labels' shares. Of all divisions in two, the best one for a mean is a cut of that order (Fisher
 * 1958); an order for the whole table is a little worse than one for each node.
 */
export function fitCodes(data: TrainingRows, column: number, categories: readonly string[]): StreamedCodes {
  const { name } = data.stream.columns[column]!;
  const feature: TextFeature = { name, kind: 'CATEGORY', categories };
  const labels = data.stream.labels(column);
  const codes = Int32Array.from(labels, (_, code) => code);
  const codeAt = codeReader({ storage: 'label', name, labels, codes }, feature, PLAIN_READING);
  const modelCodes = codes.map(codeAt);
  const codeCount = categories.length + 1;
  const scores = scoresOf(data, column, modelCodes, codeCount);
  const order = Uint8Array.from({ length: codeCount }, (_, code) => code).sort(
    (a, b) => scores[a]! - scores[b]! || a - b,
  );
  const shardCodeOf = new Uint8Array(codeCount + 1).fill(MISSING_CODE);
  order.forEach((code, at) => {
    shardCodeOf[code] = at;
  });
  const shardCodes = new Uint8Array(labels.length + 1).fill(MISSING_CODE);
  modelCodes.forEach((code, label) => {
    shardCodes[label + 1] = shardCodeOf[code]!;
  });
  return { feature, order, shardCodes, column };
}

/** By what the codes are ordered. */
function scoresOf(data: TrainingRows, column: number, modelCodes: Int32Array, codeCount: number): Float64Array {
  const { labels } = data;
  const width = labels.length === 0 ? 2 : labels.length;
  const table = new Float64Array(codeCount * width);
  for (const batch of trainingPass(data)) {
    const { rows, targets, weights } = batch;
    const codes = batch.codes(column);
    for (let i = 0; i < rows.length; i++) {
      const label = codes[rows[i]!]!;
      // A text that stands for "no value" has the code after the last.
      const code = label < 0 ? codeCount : modelCodes[label]!;
      if (code >= codeCount) continue;
      const weight = weights?.[i] ?? 1;
      if (labels.length > 0) table[code * width + targets[i]!]! += weight;
      else {
        table[code * width]! += weight;
        table[code * width + 1]! += weight * targets[i]!;
      }
    }
  }
  if (labels.length > 2) return pcaCategoryOrder(table, codeCount, width, SMOOTHING_ROWS);
  const sums = emptySums(codeCount);
  for (let code = 0; code < codeCount; code++) {
    sums.counts[code] = table[code * 2]! + (labels.length === 0 ? 0 : table[code * 2 + 1]!);
    sums.values[code] = table[code * 2 + 1]!;
  }
  return shrunkMeans(sums, SMOOTHING_ROWS);
}

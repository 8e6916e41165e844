import type { MeanFeature } from '../../runtime/model.ts';
import type { LabelColumn, NumberColumn } from '../../tabular/types/column.ts';
import { classTotals } from '../class-weights.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../parallel/typed-arrays.ts';
import { createRandom } from '../random.ts';
import type { TrainingSet, TrainingTarget } from '../training-set.ts';

/** A feature of a model, and the column of numbers that an estimator is fitted to in its place. */
export interface FittedMeans {
  readonly feature: MeanFeature;
  /** For each training row the mean of its text over the rows of the other folds; NaN for a missing text and for other rows. */
  readonly outOfFold: NumberColumn;
}

/** As many as scikit-learn takes in its encoder of targets. */
export const FOLDS = 5;

/** With more labels, the shares of the most frequent ones only: each is a feature of its own. */
const MAX_LABELS = 10;

/** Training rows, their targets and weights. */
export type RowsToAverage = Pick<TrainingSet, 'rows' | 'target' | 'weights'>;

/** Sums over the rows of each code, by weight. */
export interface Sums {
  readonly counts: Float64Array;
  readonly values: Float64Array;
}

/**
 * Fits the means of the target by texts: for numbers one feature, for two labels the share of the second one, for more labels the
 * share of each of the most frequent. A mean is (sum + a * m) / (rows + a), where m is that of all rows and a is the variance within
 * texts over the variance between them (Bühlmann's credibility; Efron and Morris 1977), so that a text of few rows tells little.
 *
 * An estimator that saw each row's own target in the mean of its text would take rare texts for proof. So it is fitted to means
 * over the rows of the other four of five folds (Micci-Barreca 2001, "A preprocessing scheme for high-cardinality categorical
 * attributes"; scikit-learn encodes targets so too). Which fold a row is in is drawn at random, but the same each time.
 * Cost: some passes over the rows for each feature.
 */
export function fitMeans(
  column: LabelColumn,
  categories: readonly string[],
  { rows, target, weights = null }: RowsToAverage,
): readonly FittedMeans[] {
  const codes = codesOf(column, categories, rows);
  const random = createRandom(0);
  const folds = new Uint8Array(rows.length);
  for (let i = 0; i < folds.length; i++) folds[i] = random.below(FOLDS);
  return meansToFit(target, weights).map((averagedOf) => {
    const values = float64ArrayFrom(rows.length, averagedOf);
    return fitMean(column, categories, { rows, codes, folds, values, weights });
  });
}

/** For each feature what is averaged: the target, or whether it is a label. */
export function meansToFit(target: TrainingTarget, weights: Float64Array | null): readonly ((i: number) => number)[] {
  if (target.task === 'REGRESSION') return [(i) => target.values[i]!];
  const { labels, codes } = target;
  return labelsToAverage(classTotals(codes, labels.length, weights)).map(
    (label) => (i) => (codes[i] === label ? 1 : 0),
  );
}

/** The labels of which shares are averaged, by how much the rows of each count. */
export function labelsToAverage(totals: ArrayLike<number>): readonly number[] {
  if (totals.length === 2) return [1];
  const byCount = Array.from(totals, (_, label) => label).sort((a, b) => totals[b]! - totals[a]! || a - b);
  return byCount.slice(0, MAX_LABELS).sort((a, b) => a - b);
}

/** For each training row the number of its text, that after the last for all others; -1 for a missing one. */
function codesOf({ codes, labels }: LabelColumn, categories: readonly string[], rows: Int32Array): Int32Array {
  const numberOf = new Map(categories.map((category, code) => [category, code]));
  const newCodes = Int32Array.from(labels, (label) => numberOf.get(label) ?? categories.length);
  return int32ArrayFrom(rows.length, (i) => {
    const code = codes[rows[i]!]!;
    return code < 0 ? -1 : newCodes[code]!;
  });
}

interface Averaged {
  readonly rows: Int32Array;
  readonly codes: Int32Array;
  readonly folds: Uint8Array;
  readonly values: Float64Array;
  /** How much each counts; null: each 1. */
  readonly weights: Float64Array | null;
}

function fitMean(column: LabelColumn, categories: readonly string[], averaged: Averaged): FittedMeans {
  const { rows, codes, folds } = averaged;
  const size = categories.length + 1;
  const [all, ...others] = sumsByFold(averaged, size);
  const shrinkage = shrinkageOf(all, spreadWithin(all, averaged));
  const ofFold = others.map((sums) => shrunkMeans(sums, shrinkage));
  const outOfFold = new Float64Array(column.codes.length).fill(Number.NaN);
  for (let i = 0; i < rows.length; i++) {
    if (codes[i]! >= 0) outOfFold[rows[i]!] = ofFold[folds[i]!]![codes[i]!]!;
  }
  return {
    feature: { name: column.name, kind: 'CATEGORY', categories, means: shrunkMeans(all, shrinkage) },
    outOfFold: { storage: 'number', name: column.name, kind: 'NUMERIC', values: outOfFold },
  };
}

/** The mean of each code, drawn towards that of all: as if `shrinkage` rows more had the latter. */
export function shrunkMeans({ counts, values: sums }: Sums, shrinkage: number): Float64Array {
  const mean = total(sums) / (total(counts) || 1);
  return counts.map((count, code) =>
    count > 0 ? mean + credibility(count, shrinkage) * (sums[code]! / count - mean) : mean,
  );
}

function credibility(count: number, rowsOfPrior: number): number {
  return rowsOfPrior === Number.POSITIVE_INFINITY ? 0 : count / (count + rowsOfPrior);
}

/** The sums of all rows; then for each fold those of the rows of the others. */
function sumsByFold({ codes, values, weights, folds }: Averaged, size: number): readonly [Sums, ...Sums[]] {
  const all = emptySums(size);
  const others = Array.from({ length: FOLDS }, () => emptySums(size));
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= 0) addTo(all, code, values[i]!, weights?.[i] ?? 1);
  }
  for (const [fold, sums] of others.entries()) {
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      if (code >= 0 && folds[i] !== fold) addTo(sums, code, values[i]!, weights?.[i] ?? 1);
    }
  }
  return [all, ...others];
}

/** Sums of no rows, of so many codes. */
export function emptySums(size: number): Sums {
  return { counts: new Float64Array(size), values: new Float64Array(size) };
}

/** Adds a row to the sums of its code. */
export function addTo({ counts, values }: Sums, code: number, value: number, weight: number): void {
  counts[code]! += weight;
  values[code]! += weight * value;
}

/**
 * How many rows the mean of all counts beside those of a text, by the squared distances `within` texts: the variance of the values within texts over that of the texts'
 * true means, by the method of moments; Infinity where texts differ no more than chance explains.
 */
export function shrinkageOf({ counts, values: sums }: Sums, within: number): number {
  const rows = total(counts);
  const texts = counts.reduce((number, count) => number + Number(count > 0), 0);
  const mean = total(sums) / (rows || 1);
  let [between, squares] = [0, 0];
  for (let code = 0; code < counts.length; code++) {
    if (counts[code] === 0) continue;
    between += counts[code]! * (sums[code]! / counts[code]! - mean) ** 2;
    squares += counts[code]! ** 2;
  }
  const variance = within / Math.max(1, rows - texts);
  const ofMeans = (between - (texts - 1) * variance) / Math.max(1, rows - squares / (rows || 1));
  return ofMeans > 0 ? variance / ofMeans : Number.POSITIVE_INFINITY;
}

/** The sum of the squared distances of the values from the mean of their code, by weight. */
function spreadWithin({ counts, values: sums }: Sums, { codes, values, weights }: Averaged): number {
  let within = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= 0) within += (weights?.[i] ?? 1) * (values[i]! - sums[code]! / counts[code]!) ** 2;
  }
  return within;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

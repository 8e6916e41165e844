import type { WordsFeature } from '../../../runtime/model.ts';
import { textTerms } from '../../../runtime/values/text-terms.ts';
import type { LabelColumn, NumberColumn } from '../../../tabular/types/column.ts';
import { meansToFit, type RowsToAverage } from '../category-means.ts';
import { addScores, fitRidge, meansOutside, type TermTargets } from './ridge.ts';
import { positionsOf, readTerms, type TermMatrix } from './term-matrix.ts';

/** A feature of a model, and the column of numbers that an estimator is fitted to in its place. */
export interface FittedScore {
  readonly feature: WordsFeature;
  /** For each training row the score of its text by the rows of the other folds; NaN for a missing text and for other rows. */
  readonly outOfFold: NumberColumn;
}

/** The scores of a column of texts; `areUseful`: whether they tell more of rows that they have not seen than the mean does. */
export interface FittedScores {
  readonly scores: readonly FittedScore[];
  readonly areUseful: boolean;
}

const FOLDS = 5;

/** Tried from the largest on, until one does worse than the one before: with more of it, weights of rare terms are smaller. */
const PENALTIES = [30, 10, 3, 1, 0.3, 0.1];

/** Of texts that are read for their scores, between two yields. */
const CHARACTERS_AT_ONCE = 2 ** 18;

/**
 * Fits what the words of texts tell about the target, as numbers: for numbers one feature, for two labels one, for more labels one
 * for each of the most frequent, as means of categories. A score is the sum of the weights of a text's terms over the square root
 * of their number. As with those means, estimators are fitted to scores by the other four of five folds of the rows, and
 * the penalty is the one that those tell most with. Yields often. Cost: some seconds at most, see term-matrix.ts.
 */
export function* fitTexts(
  column: LabelColumn,
  { rows, target, weights = null }: RowsToAverage,
): Generator<void, FittedScores> {
  const matrix = yield* readTerms(column, rows);
  const averaged = meansToFit(target, weights);
  const targets = targetsOf(matrix, averaged, weights);
  const { byFold, penalty, areUseful } = yield* choosePenalty(matrix, targets);
  const all = yield* fitRidge(matrix, targets, -1, penalty, byFold[0]!);
  const columns = averaged.map(() => new Float64Array(column.codes.length).fill(Number.NaN));
  const sums = new Float64Array(targets.width);
  const put = (row: number) => {
    for (let k = 0; k < sums.length; k++) columns[k]![row] = sums[k]!;
  };
  for (const [i, index] of matrix.sample.entries()) {
    addScores(matrix, matrix.textOf[i]!, byFold[targets.folds[i]!]!, sums);
    put(rows[index]!);
  }
  yield* scoreOthers(column, rows, matrix, { all, width: sums.length }, (row, scores) => {
    sums.set(scores);
    put(row);
  });
  return {
    areUseful,
    scores: columns.map((values, k): FittedScore => {
      const own = Float64Array.from(matrix.kept, (_, term) => all[term * targets.width + k]!);
      return {
        feature: { name: column.name, kind: 'TEXT', terms: matrix.kept, weights: own },
        outOfFold: { storage: 'number', name: column.name, kind: 'NUMERIC', values },
      };
    }),
  };
}

function targetsOf(
  { sample }: TermMatrix,
  averaged: readonly ((i: number) => number)[],
  weights: Float64Array | null,
): TermTargets {
  const width = averaged.length;
  return {
    width,
    values: Float64Array.from({ length: sample.length * width }, (_, at) => {
      return averaged[at % width]!(sample[Math.floor(at / width)]!);
    }),
    weights: Float64Array.from(sample, (index) => weights?.[index] ?? 1),
    // The sample is in random order.
    folds: Uint8Array.from(sample, (_, i) => i % FOLDS),
  };
}

interface ChosenPenalty {
  /** Weights of terms by the rows outside of each fold. */
  readonly byFold: readonly Float64Array<ArrayBuffer>[];
  readonly penalty: number;
  readonly areUseful: boolean;
}

/** The penalty with which the weights of each fold come closest to the rows of that fold. */
function* choosePenalty(matrix: TermMatrix, targets: TermTargets): Generator<void, ChosenPenalty> {
  const none = Array.from({ length: FOLDS }, () => new Float64Array(matrix.kept.length * targets.width));
  const means = none.map((_, fold) => meansOutside(targets, fold));
  const byMeans = squaredErrors(matrix, targets, means, none);
  let best = { byFold: none, penalty: PENALTIES[0]!, error: Number.POSITIVE_INFINITY };
  for (const penalty of PENALTIES) {
    const byFold: Float64Array<ArrayBuffer>[] = [];
    for (const [fold, start] of best.byFold.entries()) {
      byFold.push(yield* fitRidge(matrix, targets, fold, penalty, start));
    }
    const error = squaredErrors(matrix, targets, means, byFold);
    if (!(error < best.error)) break;
    best = { byFold, penalty, error };
  }
  return { ...best, areUseful: best.error < byMeans };
}

/** Of all rows, by the weights that have not seen them. */
function squaredErrors(
  matrix: TermMatrix,
  { width, values, weights, folds }: TermTargets,
  means: readonly Float64Array[],
  byFold: readonly Float64Array[],
): number {
  const scores = new Float64Array(width);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    addScores(matrix, matrix.textOf[i]!, byFold[folds[i]!]!, scores);
    for (let k = 0; k < width; k++) {
      sum += weights[i]! * (values[i * width + k]! - means[folds[i]!]![k]! - scores[k]!) ** 2;
    }
  }
  return sum;
}

/** Scores the rows that no weights were fitted to, if there are any: by those of all sampled rows. */
function* scoreOthers(
  { codes, labels }: LabelColumn,
  rows: Int32Array,
  { kept, sample }: TermMatrix,
  { all, width }: { readonly all: Float64Array; readonly width: number },
  put: (row: number, scores: Float64Array) => void,
): Generator<void, void> {
  const positions = positionsOf(kept);
  const isSampled = new Uint8Array(rows.length);
  for (const index of sample) isSampled[index] = 1;
  const scores = new Float64Array(width);
  let characters = 0;
  for (const [index, row] of rows.entries()) {
    if (isSampled[index] === 1 || codes[row]! < 0) continue;
    const text = labels[codes[row]!]!;
    characters += text.length;
    if (characters > CHARACTERS_AT_ONCE) {
      characters = 0;
      yield;
    }
    scores.fill(0);
    let found = 0;
    for (const hash of textTerms(text)) {
      const position = positions.get(hash);
      if (position === undefined) continue;
      found++;
      for (let k = 0; k < width; k++) scores[k]! += all[position * width + k]!;
    }
    put(
      row,
      scores.map((sum) => sum / Math.sqrt(Math.max(1, found))),
    );
  }
}

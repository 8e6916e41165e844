import { type MemberModel, type Model, outputCount } from '../../runtime/model.ts';
import type { InputTable } from '../../runtime/predict/input-column.ts';
import { predictionsFromSums } from '../../runtime/predict/predictions.ts';
import type { StopReason } from '../estimator.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import type { Random } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { ColumnGain } from './column-gains.ts';
import type { FeatureImportance } from './feature-importance.ts';
import { drawPermutation, PERMUTATIONS, PERMUTED_COLUMNS, type Permutation, type VariantSums } from './permutation.ts';
import { type PermutationLoss, PermutationLosses } from './permutation-losses.ts';
import { PermutedBlend } from './permuted-blend.ts';
import { PermutedTerms } from './permuted-terms.ts';
import { PermutedTrees } from './permuted-trees.ts';

/** What the importances are found with. */
export interface ImportanceRequest {
  readonly model: Model;
  readonly table: InputTable;
  readonly testSet: TestRows;
  /** Of the model's columns, largest first. */
  readonly gains: readonly ColumnGain[];
  /** Maximum size of the sample of test rows, see sampleSize. */
  readonly sampleRows: number;
  readonly random: Random;
  /** Asked in between: why to end soon, or null. */
  readonly stopReason: () => StopReason | null;
}

export interface Importances {
  /** Those by permutation, largest importance first; then those by gain, largest first. */
  readonly importances: readonly FeatureImportance[];
  /** For the user, where they are not what was to be expected. */
  readonly warnings: readonly string[];
}

/** Milliseconds that the importances may still take when the training is stopped. */
const MILLISECONDS_AFTER_STOP = 500;

/** There is a yield point about so often. */
const MILLISECONDS_BETWEEN_STEPS = 10;

/** The first part of the sample is small: after a stop whole parts count. */
const FIRST_BATCH_ROWS = 64;

/**
 * How much the model leans on each column. For the columns of largest gain: how much log-loss it gains, or R2 it loses, on a
 * sample of the test rows when the column's values are shuffled among them (Breiman, "Random Forests", 2001, section 10; as
 * scikit-learn's permutation_importance, with the same shuffles for all columns). For the others the gain.
 *
 * A column that the model does not use loses nothing, and is noise. Where R2 is not defined, or there is nothing
 * to shuffle, all importances are gains, and a warning says so. Yields the share done, 0 to 1.
 */
export function* permutationImportances(request: ImportanceRequest): Generator<number, Importances> {
  const { model, table, testSet, gains, sampleRows, random } = request;
  const names = gains
    .slice(0, PERMUTED_COLUMNS)
    .filter(({ isUsed }) => isUsed)
    .map(({ name }) => name);
  if (names.length === 0) return { importances: ranked(gains, new Map(), testSet.rows.length), warnings: [] };
  if (testSet.rows.length < 2) return byGain(gains, 'there is only one test row');
  yield 0;
  const size = Math.min(sampleRows, testSet.rows.length);
  const permutation = yield* withoutProgress(drawPermutation(model, table, testSet.rows, size, names, random));
  const losses = new PermutationLosses(names.length, testSet, permutation.drawn);
  const wasStopped = yield* addLosses(request, permutation, losses);
  if (wasStopped && losses.rows < 2) return byGain(gains, 'the training was stopped');
  const results = losses.results();
  if (results === null) return byGain(gains, 'on the test rows R2 is undefined, or beyond the range of a double');
  return {
    importances: ranked(gains, new Map(names.map((name, c) => [name, results[c]!])), losses.rows),
    warnings: wasStopped ? [`the importances are of ${losses.rows} test rows only: the training was stopped`] : [],
  };
}

/** Returns whether it ended early because the training was stopped. */
function* addLosses(
  { model, stopReason }: ImportanceRequest,
  permutation: Permutation,
  losses: PermutationLosses,
): Generator<number, boolean> {
  const predictor = variantSums(model, permutation);
  if (predictor === null) return false;
  const size = permutation.drawn.length;
  let endBy = Number.POSITIVE_INFINITY;
  let lastStepAt = performance.now();
  for (let first = 0, end = 0; first < size; first = end) {
    end = Math.min(first + (first === 0 ? Math.min(FIRST_BATCH_ROWS, predictor.batchRows) : predictor.batchRows), size);
    const predicting = predictor.sums(first, end);
    let part = predicting.next();
    for (; !part.done; part = predicting.next()) {
      const now = performance.now();
      if (now - lastStepAt < MILLISECONDS_BETWEEN_STEPS) continue;
      lastStepAt = now;
      yield (first + part.value * (end - first)) / size;
      if (endBy === Number.POSITIVE_INFINITY && stopReason() !== null) endBy = now + MILLISECONDS_AFTER_STOP;
      if (now > endBy) return true;
    }
    losses.add(predictionsFromSums(model, part.value));
  }
  return false;
}

function withoutProgress<T>(preparing: Generator<void, T>): Generator<number, T> {
  return mapSteps(preparing, () => 0);
}

function variantSums(model: Model, permutation: Permutation): VariantSums | null {
  const { estimator } = model;
  if (estimator.kind !== 'BLEND') return memberSums(model, estimator, permutation);
  const members = estimator.members.map((member) => memberSums(model, member.model, permutation));
  if (members.every((member) => member === null)) return null;
  return new PermutedBlend(model, estimator, members, permutation.permutedCount * PERMUTATIONS + 1);
}

function memberSums(model: Model, estimator: MemberModel, permutation: Permutation): VariantSums | null {
  switch (estimator.kind) {
    case 'CONSTANT':
      return null;
    case 'LINEAR':
      return new PermutedTerms(estimator, model, permutation);
    case 'TREES':
    case 'FOREST':
      return new PermutedTrees(estimator, model, permutation, outputCount(model));
  }
}

/** `lossOf`: of the columns that were shuffled; the model does not use the others. */
function ranked(
  gains: readonly ColumnGain[],
  lossOf: ReadonlyMap<string, PermutationLoss>,
  rows: number,
): FeatureImportance[] {
  return [
    ...gains
      .slice(0, PERMUTED_COLUMNS)
      .map((column) => byPermutation(column, lossOf.get(column.name), rows))
      .sort((a, b) => b.importance - a.importance),
    ...gains.slice(PERMUTED_COLUMNS).map(gainOf),
  ];
}

function byPermutation({ name, gain }: ColumnGain, loss: PermutationLoss | undefined, rows: number): FeatureImportance {
  const { importance, stddev, isNoise } = loss ?? { importance: 0, stddev: 0, isNoise: true };
  return { feature: name, method: 'PERMUTATION', importance, stddev, gain, isNoise, rows };
}

function gainOf({ name, gain }: ColumnGain): FeatureImportance {
  return { feature: name, method: 'GAIN', importance: gain, stddev: null, gain, isNoise: null, rows: null };
}

function byGain(gains: readonly ColumnGain[], reason: string): Importances {
  return { importances: gains.map(gainOf), warnings: [`the importances are by gain, not by permutation: ${reason}`] };
}

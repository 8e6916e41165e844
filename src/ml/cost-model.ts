import type { EstimatorCost, FitSize } from './estimator-cost.ts';
import { foldCount } from './folds/folds-parameter.ts';
import { PERMUTATIONS, PERMUTED_COLUMNS } from './importances/permutation.ts';
import { type AlgorithmName, ESTIMATORS } from './registry.ts';

/** What the time of a training depends on. */
export interface TrainingSize extends FitSize {
  readonly algorithm: AlgorithmName;
  /** Whether the model is fitted again to all rows; left out: not. */
  readonly refit?: boolean;
}

/** Work by stages, in the seconds that one thread took where the constants below were measured. */
export interface TrainingCost {
  /** Reading the table, dividing its rows, looking at every column. */
  readonly preparing: number;
  readonly fitting: number;
  /** Fitting each fold, and predicting the rows that it holds back; 0 without folds. */
  readonly validating: number;
  /** Fitting again to all rows; 0 where that is not wanted. */
  readonly refitting: number;
  /** Predicting the test rows, and scoring. */
  readonly evaluating: number;
  /** Permutation importances of a sample of them. */
  readonly explaining: number;
}

/** What does not depend on the size: starting a thread, compiling what it runs. */
const START_SECONDS = 0.05;

const SECONDS = 1e-9;

/**
 * How much work a training is. Another machine is faster or slower, and more threads are; but about in proportion, so that
 * the duration of one training predicts that of the next.
 * What an algorithm costs stands with its estimator.
 */
export function estimateCost(size: TrainingSize): TrainingCost {
  const { trainRows, testRows, features } = size;
  const rows = trainRows + testRows;
  return {
    preparing: SECONDS * rows * (220 + 7 * features),
    fitting: SECONDS * costOf(size).fitting(size),
    validating: SECONDS * validating(size),
    refitting: SECONDS * refitting(size),
    evaluating: SECONDS * testRows * (30 * features + scoring(size) + costOf(size).predicting(size)),
    explaining: explainedRows(size) * secondsToExplain(size),
  };
}

/** Importances may take this share of the fitting time, or this many seconds if that is more. */
const EXPLAINING_FRACTION = 0.1;
const EXPLAINING_SECONDS = 0.2;
const MAX_EXPLAINED_ROWS = 30_000;

/** Two thousand rows are always used if they take no more than this many seconds, and never fewer than the minimum. */
const USUAL_EXPLAINED_ROWS = 2_000;
const SECONDS_FOR_USUAL_ROWS = 1;
const MIN_EXPLAINED_ROWS = 64;

/**
 * The number of test rows for permutation importances: 30,000, or as many as a small share of the training's cost allows; but
 * at least 2,000 or, if these take more than a second, as many as fit into a second, and at least 64. It depends on the size
 * of the training alone, not on time, threads or the model: the same request gives the same rows.
 */
export function sampleSize(size: TrainingSize): number {
  return Math.max(1, Math.floor(explainedRows(size)));
}

function explainedRows(size: TrainingSize): number {
  const ofRow = secondsToExplain(size);
  const seconds = Math.max(EXPLAINING_SECONDS, EXPLAINING_FRACTION * SECONDS * costOf(size).fitting(size));
  const typical = Math.min(USUAL_EXPLAINED_ROWS, SECONDS_FOR_USUAL_ROWS / ofRow);
  const affordable = Math.max(MIN_EXPLAINED_ROWS, typical, seconds / ofRow);
  return Math.min(size.testRows, MAX_EXPLAINED_ROWS, affordable);
}

/** One row, with every shuffle of every column that is shuffled; the baseline has no columns. */
function secondsToExplain(size: TrainingSize): number {
  const { explaining } = costOf(size);
  if (explaining === null) return 0;
  const { features, labels } = size;
  const variants = PERMUTATIONS * Math.min(PERMUTED_COLUMNS, features);
  return SECONDS * (30 * features + variants * (80 + 30 * labels) + explaining(size, variants));
}

/** On the scale of progress: where fitting begins, where the model is fitted, where its folds are too, and where all of it ends. */
export interface FittingBounds {
  readonly begins: number;
  readonly fits: number;
  readonly validates: number;
  readonly ends: number;
}

/** The range of fitting on the progress scale of a training with this many threads. */
export function fittingBounds(size: TrainingSize, threads: number): FittingBounds {
  const { preparing, fitting, validating, refitting, evaluating, explaining } = estimateCost(size);
  const shared = costOf(size).sharedFraction;
  const speed = 1 - shared + shared / threads;
  const fitted = preparing + fitting * speed;
  const validated = fitted + validating * speed;
  const refitted = validated + refitting * speed;
  const total = refitted + evaluating + explaining;
  return {
    begins: preparing / total,
    fits: fitted / total,
    validates: validated / total,
    ends: refitted / total,
  };
}

/** The share of the importances in the time after fitting, 0 to 1. */
export function explainingFraction(size: TrainingSize): number {
  const { evaluating, explaining } = estimateCost(size);
  return explaining / (evaluating + explaining);
}

/** All of it as one number above 0: stored for trainings that have ended, and computed for the next. */
export function totalCost(size: TrainingSize): number {
  const { preparing, fitting, validating, refitting, evaluating, explaining } = estimateCost(size);
  return START_SECONDS + preparing + fitting + validating + refitting + evaluating + explaining;
}

/** Each of k folds is fitted to all rows but a k-th, and every row is predicted and scored twice. Forward in time it is less. */
function validating(size: TrainingSize): number {
  const folds = foldCount(size.parameters);
  // The folds of AUTO are part of its fitting.
  if (folds === 0 || size.algorithm === 'AUTO') return 0;
  const { trainRows, features } = size;
  const cost = costOf(size);
  const ofFold = { ...size, trainRows: Math.max(1, (trainRows * (folds - 1)) / folds) };
  const reading = 7 * features * trainRows + cost.fitting(ofFold);
  return folds * reading + trainRows * (30 * features + scoring(size) + cost.predicting(size));
}

/** As the first fitting, from looking at every column on, with the test rows. */
function refitting(size: TrainingSize): number {
  if (size.refit !== true) return 0;
  const rows = size.trainRows + size.testRows;
  return 7 * size.features * rows + costOf(size).fitting({ ...size, trainRows: rows });
}

/** Of a test row, twice: the baseline is scored too. Labels are ordered by each one's probability. */
function scoring({ labels }: TrainingSize): number {
  return labels === 0 ? 300 : 1000 + 450 * labels;
}

function costOf({ algorithm }: TrainingSize): EstimatorCost {
  return ESTIMATORS[algorithm].cost;
}

import { type FitSize, marginsOf } from '../../estimator-cost.ts';
import type { DefaultsSize, Given } from '../../parameters/parameter-spec.ts';
import { nodesOf } from '../tree-cost.ts';
import { boostingCost } from './boosting-cost.ts';

/**
 * The defaults of boosting that depend on the size of the table; benchmarks/defaults.txt has what was tried. Each round of a small
 * learning rate adds little, and early stopping finds how many are enough: some tables want 150 rounds, others 2,000.
 */

/** With fewer training rows, a tenth of them says too little about when to stop. */
const MIN_ROWS_TO_STOP = 500;

/** Rounds without improvement after which smaller steps are not given up too early. */
const MIN_WAIT = 50;

/** For tables that are too small for early stopping. */
const SMALL_TABLE_TREES = 200;

const MAX_TREES = 2_000;

/** Leaves with a number for each of many labels fill the model file: they may take this many bytes. */
const MAX_LEAF_BYTES = 64 * 2 ** 20;
const BYTES_PER_LEAF_VALUE = (8 * 4) / 3;

/** A fitting to the last round may cost this many nanoseconds of one thread, or twice what 200 rounds cost if that is more. */
const BUDGET_NANOSECONDS = 20e9;
const USUAL_TREES = 200;
const MIN_BUDGET_IN_USUAL = 2;

/** The learning rate times the rounds, where there are few of them: 0.1 for up to 400, 0.05 from 800 on. */
const LEARNING = 40;
const MIN_LEARNING_RATE = 0.05;
const MAX_LEARNING_RATE = 0.1;

/** The rounds that are waited for times the learning rate: what counts is what they could have learned. */
const LEARNING_TO_WAIT_FOR = 7.5;

const FEATURE_FRACTION = 0.8;

/** Tables of two labels with this many rows and more gain by trees that differ more from each other. */
const ROWS_FOR_DIFFERENT_TREES = 10_000;
const FEATURE_FRACTION_OF_DIFFERENT_TREES = 0.5;

const ROW_FRACTION = 0.7;

/** Beyond this many rows half of them are enough to choose splits on. */
const MANY_ROWS = 250_000;
const ROW_FRACTION_OF_MANY = 0.5;

/** Rounds at most: with early stopping as many as the budget allows. */
export function defaultTrees(size: DefaultsSize, given: Given): number {
  if (size.trainRows < MIN_ROWS_TO_STOP) return SMALL_TABLE_TREES;
  const usual = { trees: USUAL_TREES, earlyStoppingRounds: 0, maxDepth: 6, maxBins: 255, minSamplesLeaf: 5 };
  const fractions = { featureFraction: defaultFeatureFraction(size), rowFraction: defaultRowFraction(size) };
  const leaves = { sharedTrees: defaultSharedTrees(size, given), linearLeaves: defaultLinearLeaves(size, given) };
  const ofUsual: FitSize = { ...size, testRows: 0, parameters: { ...usual, ...fractions, ...leaves, ...given } };
  const affordable = Math.max(MIN_BUDGET_IN_USUAL, BUDGET_NANOSECONDS / boostingCost.fitting(ofUsual));
  const bytesOfTree = nodesOf(ofUsual, size.trainRows) * marginsOf(ofUsual) * BYTES_PER_LEAF_VALUE;
  const trees = Math.min(USUAL_TREES * affordable, Math.max(USUAL_TREES, MAX_LEAF_BYTES / bytesOfTree));
  // In round numbers: users read them.
  return Math.min(MAX_TREES, 50 * Math.floor(trees / 50));
}

export function defaultLearningRate(size: DefaultsSize, given: Given): number {
  const trees = given['trees'];
  if (typeof trees !== 'number' && size.trainRows < MIN_ROWS_TO_STOP) return MIN_LEARNING_RATE;
  const rounds = typeof trees === 'number' ? trees : defaultTrees(size, given);
  return Math.max(MIN_LEARNING_RATE, Math.min(MAX_LEARNING_RATE, LEARNING / rounds));
}

/**
 * Rounds of one tree for all labels are smaller steps, and want early stopping with time to wait, or as many rounds as the
 * default has: who says how many rounds there are to be gets a tree for each label in them.
 */
export function defaultSharedTrees({ labels }: DefaultsSize, { trees, earlyStoppingRounds }: Given): boolean {
  if (labels <= 2) return false;
  return typeof trees !== 'number' || (typeof earlyStoppingRounds === 'number' && earlyStoppingRounds >= MIN_WAIT);
}

/** Who says how many trees there are to be gets as many. */
export function defaultEarlyStoppingRounds(size: DefaultsSize, given: Given): number {
  if (typeof given['trees'] === 'number' || size.trainRows < MIN_ROWS_TO_STOP) return 0;
  const rate = given['learningRate'];
  return Math.min(
    1000,
    Math.round(LEARNING_TO_WAIT_FOR / (typeof rate === 'number' ? rate : defaultLearningRate(size, given))),
  );
}

export function defaultFeatureFraction({ labels, trainRows }: DefaultsSize): number {
  return labels === 2 && trainRows >= ROWS_FOR_DIFFERENT_TREES ? FEATURE_FRACTION_OF_DIFFERENT_TREES : FEATURE_FRACTION;
}

export function defaultRowFraction({ trainRows }: DefaultsSize): number {
  return trainRows > MANY_ROWS ? ROW_FRACTION_OF_MANY : ROW_FRACTION;
}

/**
 * Leaves with slopes are for squared errors, and keep no order. They won on the files of numbers, all of thousands of rows
 * (benchmarks/linear-leaves.txt), and lost a little on labels (benchmarks/levers/leaf-kinds.txt).
 */
export function defaultLinearLeaves({ trainRows, labels, isConstrained }: DefaultsSize, { loss }: Given): boolean {
  const isSquared = labels === 0 && (loss === undefined || loss === 'SQUARED');
  return trainRows >= MIN_ROWS_TO_STOP && isSquared && isConstrained !== true;
}

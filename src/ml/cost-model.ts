import { PERMUTATIONS, PERMUTED_COLUMNS } from './importances/permutation.ts';
import { numberParameter, optionalNumberParameter, type Parameters } from './parameters/parameter-spec.ts';
import type { AlgorithmName } from './registry.ts';

/** What the time of a training depends on. */
export interface TrainingSize {
  readonly algorithm: AlgorithmName;
  /** As resolveParameters returns them. */
  readonly parameters: Parameters;
  readonly trainRows: number;
  readonly testRows: number;
  readonly features: number;
  /** Labels to tell apart; 0 where numbers are predicted. */
  readonly labels: number;
}

/** Work by stages, in the seconds that one thread took where the constants below were measured. */
export interface TrainingCost {
  /** Reading the table, dividing its rows, looking at every column. */
  readonly preparing: number;
  readonly fitting: number;
  /** Predicting the test rows, and scoring. */
  readonly evaluating: number;
  /** Predicting some of them anew, with shuffled columns. */
  readonly explaining: number;
}

/** What does not depend on the size: starting a thread, compiling what it runs. */
const START_SECONDS = 0.05;

const SECONDS = 1e-9;

/**
 * How much work a training is. Another machine is faster or slower, and more threads are; but about in proportion, so that
 * what one training took tells what the next will take.
 *
 * The form is what the algorithms do: passes over the training rows, times features, times trees and levels; and for trees
 * what is done once for each node, however few rows it has, which is most of it for few rows and many columns. The constants
 * (nanoseconds a row, a cell, a bin) are from 55 trainings of 2,000 to 1,000,000 rows by 12 to 1,210 columns with 0 to 20
 * labels.
 */
export function estimateCost(size: TrainingSize): TrainingCost {
  const { trainRows, testRows, features } = size;
  const rows = trainRows + testRows;
  return {
    preparing: SECONDS * rows * (220 + 7 * features),
    fitting: SECONDS * FITTING[size.algorithm](size),
    evaluating: SECONDS * testRows * (30 * features + scoring(size) + PREDICTING[size.algorithm](size)),
    explaining: explainedRows(size) * secondsToExplain(size),
  };
}

/** Importances may take such a share of the fitting, or so many seconds where that is more. */
const EXPLAINING_SHARE = 0.1;
const EXPLAINING_SECONDS = 0.2;
const MAX_EXPLAINED_ROWS = 30_000;

/** What two thousand rows take they may take too, up to so many seconds; and so few rows are taken in any case. */
const USUAL_EXPLAINED_ROWS = 2_000;
const SECONDS_FOR_USUAL_ROWS = 1;
const MIN_EXPLAINED_ROWS = 64;

/**
 * How many of the test rows are predicted anew for the importances: 30,000, or as many as a small share of the training's
 * work allows; 2,000 in any case, or where these take more than a second as many as it takes one for, but at least 64. By
 * the size alone, not by the clock, the threads or the model: the same request, the same rows.
 */
export function sampleSize(size: TrainingSize): number {
  return Math.max(1, Math.floor(explainedRows(size)));
}

function explainedRows(size: TrainingSize): number {
  const ofRow = secondsToExplain(size);
  const seconds = Math.max(EXPLAINING_SECONDS, EXPLAINING_SHARE * SECONDS * FITTING[size.algorithm](size));
  const usual = Math.min(USUAL_EXPLAINED_ROWS, SECONDS_FOR_USUAL_ROWS / ofRow);
  const affordable = Math.max(MIN_EXPLAINED_ROWS, usual, seconds / ofRow);
  return Math.min(size.testRows, MAX_EXPLAINED_ROWS, affordable);
}

/** One row, with every shuffle of every column that is shuffled; the baseline has no columns. */
function secondsToExplain(size: TrainingSize): number {
  if (size.algorithm === 'BASELINE') return 0;
  const { features, labels } = size;
  const variants = PERMUTATIONS * Math.min(PERMUTED_COLUMNS, features);
  return SECONDS * (30 * features + variants * (80 + 30 * labels) + EXPLAINING[size.algorithm](size, variants));
}

/**
 * How much of the fitting several threads share, 0 to 1. Of preparing and evaluating they share nothing. A guess that errs
 * moves the bounds between stages by a few hundredths.
 */
const SHARED: Readonly<Record<AlgorithmName, number>> = {
  BASELINE: 0,
  LINEAR: 0,
  DECISION_TREE: 0.5,
  RANDOM_FOREST: 0.95,
  GRADIENT_BOOSTING: 0.7,
};

/** Where fitting begins and ends on the scale of a training's progress, with so many threads. */
export function fittingBounds(size: TrainingSize, threads: number): { readonly begins: number; readonly ends: number } {
  const { preparing, fitting, evaluating, explaining } = estimateCost(size);
  const shared = SHARED[size.algorithm];
  const seconds = fitting * (1 - shared + shared / threads);
  const total = preparing + seconds + evaluating + explaining;
  return { begins: preparing / total, ends: (preparing + seconds) / total };
}

/** How much of what comes after fitting is to find the importances, 0 to 1. */
export function explainingShare(size: TrainingSize): number {
  const { evaluating, explaining } = estimateCost(size);
  return explaining / (evaluating + explaining);
}

/** All of it as one number above 0: what is kept of trainings that have ended, and asked about the next. */
export function totalWork(size: TrainingSize): number {
  const { preparing, fitting, evaluating, explaining } = estimateCost(size);
  return START_SECONDS + preparing + fitting + evaluating + explaining;
}

type Nanoseconds = (size: TrainingSize) => number;

const FITTING: Readonly<Record<AlgorithmName, Nanoseconds>> = {
  BASELINE: ({ trainRows }) => trainRows,
  LINEAR: linearFitting,
  DECISION_TREE: treeFitting,
  RANDOM_FOREST: forestFitting,
  GRADIENT_BOOSTING: boostingFitting,
};

/** Of a test row. */
const PREDICTING: Readonly<Record<AlgorithmName, Nanoseconds>> = {
  BASELINE: () => 0,
  LINEAR: (size) => 2 * size.features * marginsOf(size),
  DECISION_TREE: (size) => 25 * levelsOf(size, size.trainRows),
  RANDOM_FOREST: (size) => (size.labels === 2 ? 34 : 55) * treesOf(size) * levelsOf(size, drawnRows(size)),
  GRADIENT_BOOSTING: (size) => 5 * treesOf(size) * marginsOf(size) * levelsOf(size, size.trainRows),
};

/** Of a row with so many shuffles. */
const EXPLAINING: Readonly<
  Record<Exclude<AlgorithmName, 'BASELINE'>, (size: TrainingSize, variants: number) => number>
> = {
  LINEAR: (size, variants) => 80 * size.features + (20 * variants + 35 * size.features) * marginsOf(size),
  DECISION_TREE: (size, variants) => permutedWalk(size, size.trainRows, variants),
  RANDOM_FOREST: (size, variants) => treesOf(size) * permutedWalk(size, drawnRows(size), variants),
  GRADIENT_BOOSTING: (size, variants) => treesOf(size) * marginsOf(size) * permutedWalk(size, size.trainRows, variants),
};

/**
 * Through one tree: at each node of a row's way that asks about a shuffled column some shuffles leave it, for what is left of
 * the tree; and then each has a leaf.
 */
function permutedWalk(size: TrainingSize, rows: number, variants: number): number {
  const levels = levelsOf(size, rows);
  return 30 * levels + 25 * levels ** 2 + 2 * variants;
}

/** Of a test row, twice: the baseline is scored too. Labels are ordered by each one's probability. */
function scoring({ labels }: TrainingSize): number {
  return labels === 0 ? 300 : 1000 + 450 * labels;
}

/** Numbers that are sorted into bins, and bins that are written side by side. */
function binning({ trainRows, features }: TrainingSize): number {
  return 15 * trainRows * features;
}

/** A search takes about so many passes over the rows. */
const USUAL_PASSES = 20;

/** With more weights than this, or than rows, the search does without second derivatives. */
const MAX_FOR_SECOND_DERIVATIVES = 1000;

/** Of a cell: to find means, deviations and codes, and to write the rows that the passes read. */
const DESIGN = 25;
const MAKING = 25;

/** How much of the fitting is over before the search for the weights begins, 0 to 1. */
export function linearDesignShare(size: TrainingSize): number {
  return (DESIGN * size.features * size.trainRows) / linearFitting(size);
}

function linearFitting(size: TrainingSize): number {
  const { trainRows, features, labels, parameters } = size;
  const settled = Math.min(1, numberParameter(parameters, 'maxIterations') / USUAL_PASSES);
  const design = (DESIGN + MAKING) * features;
  if (labels > 2) return trainRows * (design + settled * 55 * features * labels);
  if (features > Math.min(MAX_FOR_SECOND_DERIVATIVES, trainRows)) return trainRows * (design + settled * 40 * features);
  return trainRows * (design + (labels === 0 ? 0.3 : 0.7 * settled) * features ** 2);
}

function treeFitting(size: TrainingSize): number {
  return binning(size) + treeGrowing(size, size.trainRows, 0);
}

/** How much of the fitting of a tree is over before it begins to grow, 0 to 1. */
export function treeBinningShare(size: TrainingSize): number {
  return binning(size) / treeFitting(size);
}

/** To grow what is below a node of so many rows and so many questions below the root. What is below several adds up. */
export function treeGrowing(size: TrainingSize, rows: number, depth: number): number {
  const { features, parameters } = size;
  const left = { ...size, parameters: { ...parameters, maxDepth: numberParameter(parameters, 'maxDepth') - depth } };
  const perLabel = size.labels > 2 ? 2 * size.labels : 1;
  const nodes = nodesOf(left, rows);
  return rows * levelsOf(left, rows) * (10 + 3 * features) + 5 * perLabel * binsOf(size) * nodes;
}

function forestFitting(size: TrainingSize): number {
  const { features, labels, parameters } = size;
  const usual = labels === 0 ? 2 / 3 : 1 / Math.sqrt(features);
  const asked = Math.max(1, features * (optionalNumberParameter(parameters, 'featureFraction') ?? usual));
  const rows = drawnRows(size);
  const perRow = levelsOf(size, rows) * (10 + (labels > 2 ? 20 : 5) * asked);
  const perNode = 20 * features + (labels > 2 ? 150 * labels : 300) * asked;
  return binning(size) + treesOf(size) * (rows * perRow + nodesOf(size, rows) * perNode);
}

/** Above so many rows the questions are chosen by half of them, unless the parameter says otherwise. */
const ALL_ROWS = 250_000;

function boostingFitting(size: TrainingSize): number {
  const { trainRows, features, parameters } = size;
  const share = optionalNumberParameter(parameters, 'rowFraction') ?? (trainRows > ALL_ROWS ? 0.5 : 1);
  const used = features * numberParameter(parameters, 'featureFraction');
  const levels = levelsOf(size, trainRows);
  const rows = trainRows * (55 + 0.85 * share * used * levels);
  const nodes = 5 * (used / features) * binsOf(size) * nodesOf(size, trainRows * share);
  return binning(size) + treesOf(size) * marginsOf(size) * (rows + nodes);
}

function treesOf({ parameters }: TrainingSize): number {
  return numberParameter(parameters, 'trees');
}

/** How many numbers a linear model or a round of boosting gives for a row. */
function marginsOf({ labels }: TrainingSize): number {
  return labels > 2 ? labels : 1;
}

/** Rows that each tree of a forest is grown on. */
function drawnRows({ trainRows, parameters }: TrainingSize): number {
  return Math.max(1, trainRows * numberParameter(parameters, 'rowFraction'));
}

/** Of all features together, missing values left aside. */
function binsOf({ features, trainRows, parameters }: TrainingSize): number {
  return features * Math.min(numberParameter(parameters, 'maxBins'), trainRows);
}

/** Nodes of a tree that was grown on so many rows: leaves have twice the rows that they need. */
function nodesOf({ parameters }: TrainingSize, rows: number): number {
  const depth = optionalNumberParameter(parameters, 'maxDepth') ?? Number.POSITIVE_INFINITY;
  const leaves = optionalNumberParameter(parameters, 'maxLeaves') ?? Number.POSITIVE_INFINITY;
  const supported = rows / (2 * numberParameter(parameters, 'minSamplesLeaf'));
  return Math.max(1, Math.min(2 ** depth, leaves, supported));
}

/** Questions from the root of such a tree to a usual leaf, 1 at the least. */
function levelsOf(size: TrainingSize, rows: number): number {
  return Math.max(1, Math.log2(nodesOf(size, rows)));
}

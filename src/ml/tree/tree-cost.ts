import type { EstimatorCost, FitSize } from '../estimator-cost.ts';
import { numberParameter, optionalNumberParameter } from '../parameters/parameter-spec.ts';

export const decisionTreeCost: EstimatorCost = {
  fitting: treeFitting,
  predicting: (size) => 25 * levelsOf(size, size.trainRows),
  explaining: (size, variants) => permutedWalk(size, size.trainRows, variants),
  sharedFraction: 0.5,
};

function treeFitting(size: FitSize): number {
  return binning(size) + treeGrowing(size, size.trainRows, 0);
}

/** How much of the fitting of a tree is over before it begins to grow, 0 to 1. */
export function treeBinningFraction(size: FitSize): number {
  return binning(size) / treeFitting(size);
}

/** The cost of growing the subtree of a node with this many rows and levels. Costs of several add up. */
export function treeGrowing(size: FitSize, rows: number, depth: number): number {
  const { features, parameters } = size;
  const left = { ...size, parameters: { ...parameters, maxDepth: numberParameter(parameters, 'maxDepth') - depth } };
  const perLabel = size.labels > 2 ? 2 * size.labels : 1;
  const nodes = nodesOf(left, rows);
  return rows * levelsOf(left, rows) * (10 + 3 * features) + 5 * perLabel * binsOf(size) * nodes;
}

/** Numbers that are sorted into bins, and bins that are written side by side. */
export function binning({ trainRows, features }: FitSize): number {
  return 15 * trainRows * features;
}

/**
 * Through one tree: at each node of a row's path that splits on a permuted column some permutations leave the path and
 * descend the rest of the tree on their own; each then has a leaf.
 */
export function permutedWalk(size: FitSize, rows: number, variants: number): number {
  const levels = levelsOf(size, rows);
  return 30 * levels + 25 * levels ** 2 + 2 * variants;
}

export function treesOf({ parameters }: FitSize): number {
  return numberParameter(parameters, 'trees');
}

/** Of all features together, missing values ignored. */
export function binsOf({ features, trainRows, parameters }: FitSize): number {
  return features * Math.min(numberParameter(parameters, 'maxBins'), trainRows);
}

/** The nodes of a tree grown on this many rows: leaves have twice the minimum of rows. */
export function nodesOf({ parameters }: FitSize, rows: number): number {
  const depth = optionalNumberParameter(parameters, 'maxDepth') ?? Number.POSITIVE_INFINITY;
  const leaves = optionalNumberParameter(parameters, 'maxLeaves') ?? Number.POSITIVE_INFINITY;
  const supported = rows / (2 * numberParameter(parameters, 'minSamplesLeaf'));
  return Math.max(1, Math.min(2 ** depth, leaves, supported));
}

/** Levels of such a tree from the root to a typical leaf, 1 at the least. */
export function levelsOf(size: FitSize, rows: number): number {
  return Math.max(1, Math.log2(nodesOf(size, rows)));
}

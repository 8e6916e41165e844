import type { EstimatorCost, FitSize } from '../estimator-cost.ts';
import { numberParameter, optionalNumberParameter } from '../parameters/parameter-spec.ts';
import { binning, levelsOf, nodesOf, permutedWalk, treesOf } from '../tree/tree-cost.ts';

export const forestCost: EstimatorCost = {
  fitting: (size) => forestFitting(size, 2 / 3),
  predicting: (size) => (size.labels === 2 ? 34 : 55) * treesOf(size) * levelsOf(size, drawnRows(size)),
  explaining: (size, variants) => treesOf(size) * permutedWalk(size, drawnRows(size), variants),
  sharedFraction: 0.95,
};

/** Its trees are as deep, and a feature costs less: one threshold of it is tried, and no bins are summed up. */
export const extraTreesCost: EstimatorCost = {
  ...forestCost,
  fitting: (size) => forestFitting(size, 1),
};

/** `ofNumbers`: the share of the features that a split for numbers tries where none is given. */
function forestFitting(size: FitSize, ofNumbers: number): number {
  const { features, labels, parameters } = size;
  const typical = labels === 0 ? ofNumbers : 1 / Math.sqrt(features);
  const featuresPerSplit = Math.max(1, features * (optionalNumberParameter(parameters, 'featureFraction') ?? typical));
  const rows = drawnRows(size);
  const perRow = levelsOf(size, rows) * (10 + (labels > 2 ? 20 : 5) * featuresPerSplit);
  const perNode = 20 * features + (labels > 2 ? 150 * labels : 300) * featuresPerSplit;
  return binning(size) + treesOf(size) * (rows * perRow + nodesOf(size, rows) * perNode);
}

/** Rows that each tree of a forest is grown on. */
function drawnRows({ trainRows, parameters }: FitSize): number {
  return Math.max(1, trainRows * numberParameter(parameters, 'rowFraction'));
}

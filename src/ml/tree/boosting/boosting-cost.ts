import { type EstimatorCost, type FitSize, marginsOf } from '../../estimator-cost.ts';
import { numberParameter, optionalNumberParameter } from '../../parameters/parameter-spec.ts';
import { binning, binsOf, levelsOf, nodesOf, permutedWalk, treesOf } from '../tree-cost.ts';

/** Above this many rows, splits are chosen on half of them, unless the parameter says otherwise. */
const MAX_UNSAMPLED_ROWS = 250_000;

export const boostingCost: EstimatorCost = {
  fitting: boostingFitting,
  predicting: (size) => 5 * treesOf(size) * marginsOf(size) * levelsOf(size, size.trainRows),
  explaining: (size, variants) => treesOf(size) * marginsOf(size) * permutedWalk(size, size.trainRows, variants),
  sharedFraction: 0.7,
};

function boostingFitting(size: FitSize): number {
  const { trainRows, features, parameters } = size;
  const share = optionalNumberParameter(parameters, 'rowFraction') ?? (trainRows > MAX_UNSAMPLED_ROWS ? 0.5 : 1);
  const used = features * numberParameter(parameters, 'featureFraction');
  const levels = levelsOf(size, trainRows);
  const rows = trainRows * (55 + 0.85 * share * used * levels);
  const nodes = 5 * (used / features) * binsOf(size) * nodesOf(size, trainRows * share);
  return binning(size) + treesOf(size) * marginsOf(size) * (rows + nodes);
}

import { type EstimatorCost, type FitSize, marginsOf } from '../../estimator-cost.ts';
import { numberParameter, optionalNumberParameter } from '../../parameters/parameter-spec.ts';
import { binning, binsOf, levelsOf, nodesOf, permutedWalk, treesOf } from '../tree-cost.ts';
import { EXPECTED_ROUNDS } from './round-progress.ts';

/** Above this many rows, splits are chosen on half of them, unless the parameter says otherwise. */
const MAX_UNSAMPLED_ROWS = 250_000;

export const boostingCost: EstimatorCost = {
  fitting: boostingFitting,
  predicting: (size) => 5 * roundsOf(size) * marginsOf(size) * levelsOf(size, size.trainRows),
  explaining: (size, variants) => roundsOf(size) * marginsOf(size) * permutedWalk(size, size.trainRows, variants),
  sharedFraction: 0.7,
};

function boostingFitting(size: FitSize): number {
  const { trainRows, features, parameters } = size;
  const share = optionalNumberParameter(parameters, 'rowFraction') ?? (trainRows > MAX_UNSAMPLED_ROWS ? 0.5 : 1);
  const used = features * numberParameter(parameters, 'featureFraction');
  const levels = levelsOf(size, trainRows);
  const rows = trainRows * (55 + 0.85 * share * used * levels);
  const nodes = 5 * (used / features) * binsOf(size) * nodesOf(size, trainRows * share);
  const replayed = stopsEarly(size) ? trainRows * (55 + 5 * levels) : 0;
  return binning(size) + roundsOf(size) * marginsOf(size) * (rows + nodes + replayed);
}

/** With early stopping, those that are expected: nobody knows how many there will be. */
function roundsOf(size: FitSize): number {
  return stopsEarly(size) ? Math.min(EXPECTED_ROUNDS, treesOf(size)) : treesOf(size);
}

function stopsEarly({ parameters }: FitSize): boolean {
  return (optionalNumberParameter(parameters, 'earlyStoppingRounds') ?? 0) > 0;
}

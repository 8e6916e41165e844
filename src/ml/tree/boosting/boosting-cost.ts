import { type EstimatorCost, type FitSize, marginsOf } from '../../estimator-cost.ts';
import { booleanParameter, numberParameter, optionalNumberParameter } from '../../parameters/parameter-spec.ts';
import { binning, binsOf, levelsOf, nodesOf, permutedWalk, treesOf } from '../tree-cost.ts';
import { MAX_SLOPES } from './leaf-lines.ts';
import { EXPECTED_ROUNDS } from './round-progress.ts';

/** Above this many rows, splits are chosen on half of them, unless the parameter says otherwise. */
const MAX_UNSAMPLED_ROWS = 250_000;

export const boostingCost: EstimatorCost = {
  fitting: boostingFitting,
  predicting: (size) => {
    const { trees, margins } = roundOf(size);
    const slopes = slopesOf(size);
    return roundsOf(size) * trees * (5 * levelsOf(size, size.trainRows) + 5 * slopes + 2 * (margins - 1));
  },
  explaining: (size, variants) => {
    const { trees, margins } = roundOf(size);
    const ofTree = permutedWalk(size, size.trainRows, variants) + 2 * variants * (margins - 1);
    // Of each slope's column the shuffles move the row along its leaf.
    return roundsOf(size) * trees * (ofTree + 10 * slopesOf(size) ** 2);
  },
  sharedFraction: 0.7,
};

function boostingFitting(size: FitSize): number {
  const { trainRows, features, parameters } = size;
  const share = optionalNumberParameter(parameters, 'rowFraction') ?? (trainRows > MAX_UNSAMPLED_ROWS ? 0.5 : 1);
  const used = features * numberParameter(parameters, 'featureFraction');
  const levels = levelsOf(size, trainRows);
  const { trees, margins } = roundOf(size);
  // Margins that share a tree have each their own derivatives, probabilities and leaf values.
  const ofMargins = 55 + 13 * (margins - 1);
  const lines = 5 * trainRows * slopesOf(size) + (slopesOf(size) > 0 ? 5_000 * nodesOf(size, trainRows) : 0);
  const rows = trainRows * (ofMargins + 0.85 * share * used * levels) + lines;
  const nodes = 5 * (used / features) * binsOf(size) * nodesOf(size, trainRows * share);
  const replayed = stopsEarly(size) ? trainRows * (ofMargins + 5 * levels) + lines : 0;
  return binning(size) + roundsOf(size) * trees * (rows + nodes + replayed);
}

/** The slopes of a typical leaf: of each feature on its path one. */
function slopesOf(size: FitSize): number {
  if (!booleanParameter(size.parameters, 'linearLeaves') || size.labels > 0) return 0;
  return Math.min(MAX_SLOPES, size.features, levelsOf(size, size.trainRows));
}

/** The trees of a round, and how many margins each has. */
function roundOf(size: FitSize): { readonly trees: number; readonly margins: number } {
  const margins = marginsOf(size);
  return booleanParameter(size.parameters, 'sharedTrees') ? { trees: 1, margins } : { trees: margins, margins: 1 };
}

/** With early stopping, those that are expected: nobody knows how many there will be. */
function roundsOf(size: FitSize): number {
  return stopsEarly(size) ? Math.min(EXPECTED_ROUNDS, treesOf(size)) : treesOf(size);
}

function stopsEarly({ parameters }: FitSize): boolean {
  return (optionalNumberParameter(parameters, 'earlyStoppingRounds') ?? 0) > 0;
}

import { CLASS_WEIGHT_PARAMETER, combinedWeights, type TrainingWeights, trainingWeights } from '../class-weights.ts';
import type { Estimator, FitConditions, FitStep, Fitted, StopReason } from '../estimator.ts';
import { fitSizeOf } from '../estimator-cost.ts';
import { TrainingWasm } from '../parallel/training-wasm.ts';
import type { WorkerPool } from '../parallel/worker-pool.ts';
import { numberParameter, type Parameters, TIME_BUDGET_PARAMETER } from '../parameters/parameter-spec.ts';
import type { Random } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingSet, TrainingTarget } from '../training-set.ts';
import type { BinnedMatrix } from './binning/binned-matrix.ts';
import { binningSteps } from './binning/binning-steps.ts';
import { EnsembleBuilder } from './ensemble-builder.ts';
import { addGains } from './feature-gains.ts';
import { type GrownNode, growTree, type SplitFinder } from './grow-tree.ts';
import { leafFrequencies, leafMeans, orderVectors } from './leaf-predictions.ts';
import { pruneTree } from './prune-tree.ts';
import { prepareGrowth } from './shared-growth-state.ts';
import { GiniSplitFinder } from './splitting/gini-split-finder.ts';
import { createPackedGradients, packGradients, UNIT_HESSIAN, VARYING_HESSIAN } from './splitting/gradient-packing.ts';
import { HistogramSplitFinder } from './splitting/histogram-split-finder.ts';
import { midrange } from './splitting/midrange.ts';
import type { BestSplitSettings } from './splitting/split-settings.ts';
import { decisionTreeCost, treeBinningFraction, treeGrowing } from './tree-cost.ts';
import {
  growthLimits,
  MAX_BINS_PARAMETER,
  MAX_LEAVES_PARAMETER,
  maxDepthParameter,
  minSamplesLeafParameter,
  SEED_PARAMETER,
} from './tree-parameters.ts';

/** A single tree: CART (Breiman, Friedman, Olshen and Stone, 1984) on binned features. */
export const decisionTree: Estimator<'DECISION_TREE'> = {
  name: 'DECISION_TREE',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description: 'A single decision tree. Less accurate than boosting, but easy to interpret.',
  isDefault: false,
  parameters: [
    maxDepthParameter(8),
    minSamplesLeafParameter(5),
    MAX_LEAVES_PARAMETER,
    {
      name: 'pruningAlpha',
      kind: 'FLOAT',
      default: 0,
      min: 0,
      max: 1_000_000,
      choices: [],
      description:
        'The complexity parameter of pruning: the minimum decrease of the mean Gini impurity or squared error per additional leaf. 0: no pruning.',
    },
    MAX_BINS_PARAMETER,
    CLASS_WEIGHT_PARAMETER,
    SEED_PARAMETER,
    TIME_BUDGET_PARAMETER,
  ],
  cost: decisionTreeCost,
  fitSteps,
};

function* fitSteps(
  data: TrainingSet,
  parameters: Parameters,
  random: Random,
  { pool, stopReason }: FitConditions,
): Generator<FitStep, Fitted> {
  const limits = growthLimits(parameters);
  const size = fitSizeOf(data, parameters);
  const binningFraction = treeBinningFraction(size);
  using wasm = TrainingWasm.take();
  const matrix = yield* binningSteps(data, parameters, random, wasm, pool, binningFraction);

  const directions = data.directions ?? null;
  const { finder, rows, gainScale } = createFinder(
    matrix,
    data.target,
    { ...trainingWeights(data, parameters), directions },
    numberParameter(parameters, 'minSamplesLeaf'),
    random,
    pool,
  );
  let stopped: StopReason | null = null;
  let grownFraction = 0;
  const totalCost = treeGrowing(size, matrix.rowCount, 0);
  const growth = growTree(matrix.rowCount, 0, finder, limits, (open) => {
    const left = open.reduce((sum, { start, end, depth }) => sum + treeGrowing(size, end - start, depth), 0);
    grownFraction = Math.max(grownFraction, 1 - left / totalCost);
    stopped ??= stopReason();
    return stopped !== null;
  });
  const root = yield* mapSteps(growth, (): FitStep => {
    return { progress: binningFraction + (1 - binningFraction) * grownFraction, point: null };
  });
  pruneTree(root, numberParameter(parameters, 'pruningAlpha') / gainScale);

  const featureWeights = new Float64Array(matrix.featureCount);
  addGains(root, featureWeights);
  const { target } = data;
  const trees = new EnsembleBuilder(target.task === 'REGRESSION' ? 1 : target.labels.length);
  const vectors =
    target.task === 'REGRESSION'
      ? leafMeans(root, rows, target.values, data.weights ?? null)
      : // Class weights affect the splits alone.
        leafFrequencies(root, { rows, weights: data.weights ?? null }, target, matrix.featureCount);
  if (directions !== null) orderVectors(root, vectors, directions);
  // Both functions fill in every leaf.
  trees.append(root, (leaf: GrownNode) => vectors.get(leaf)!);
  return Object.freeze({
    estimator: {
      kind: 'TREES',
      combine: 'LEAVES',
      startMargins: new Float64Array(0),
      edges: matrix.edges,
      ...trees.toArrays(),
    } as const,
    featureWeights,
    endReason: stopped ?? 'COMPLETED',
    warnings: [],
  });
}

interface FinderOfTree {
  readonly finder: SplitFinder;
  /** Those that it divides, in the order that it leaves behind. */
  readonly rows: Int32Array;
  /** Turns gains into falls of the mean squared error or of the Gini impurity. */
  readonly gainScale: number;
}

/**
 * For regression and two classes the finder of boosting, with the target as the gradient: its gains are then those of
 * variance.
 */
function createFinder(
  matrix: BinnedMatrix,
  target: TrainingTarget,
  weighting: TrainingWeights & Pick<BestSplitSettings, 'directions'>,
  minSamplesLeaf: number,
  random: Random,
  pool: WorkerPool,
): FinderOfTree {
  const { rowCount, wasm } = matrix;
  const { ofRows, directions } = weighting;
  const weights = combinedWeights(target, weighting);
  const totalWeight = weights === null ? rowCount : weights.reduce((sum, weight) => sum + weight, 0);
  if (target.task === 'CLASSIFICATION' && target.labels.length > 2) {
    const finder = new GiniSplitFinder(matrix, target.codes, target.labels.length, weights, minSamplesLeaf);
    return { finder, rows: finder.rows, gainScale: 1 / totalWeight };
  }
  const targets = wasm.doubles(rowCount);
  if (target.task === 'REGRESSION') targets.set(centred(target.values));
  else for (let i = 0; i < rowCount; i++) targets[i] = target.codes[i]! - 0.5;
  // Without weights the codes have just two gradients, which the packing holds exactly.
  const isWeighted = weights !== null;
  const hessians = wasm.doubles(isWeighted ? rowCount : 0);
  if (isWeighted) hessians.set(weights);
  for (let i = 0; i < hessians.length; i++) targets[i]! *= hessians[i]!;
  const rowCounts = wasm.doubles(ofRows === null ? 0 : rowCount);
  if (ofRows !== null) rowCounts.set(ofRows);
  const packing = isWeighted ? VARYING_HESSIAN : UNIT_HESSIAN;
  const gradients = createPackedGradients({ packing, gradients: targets, hessians, rowCounts }, wasm);
  packGradients(gradients, random.uint32(), wasm);
  const settings = {
    l1: 0,
    l2: 0,
    minSamplesLeaf,
    minHessian: 0,
    categorySmoothing: 0,
    categoryL2: 0,
    rowGradient: target.task === 'CLASSIFICATION' && !isWeighted ? 0.5 : null,
    hasRandomThresholds: false,
    // The value of a leaf is here G / H.
    directions: directions?.map((direction) => -direction) ?? null,
  };
  const workerInput = prepareGrowth(matrix, gradients, settings, pool.size);
  // A pool has at least one thread.
  const { state, rows } = workerInput[0]!;
  state.scales.set([gradients.gradientScale, gradients.hessianScale]);
  for (let row = 0; row < rowCount; row++) rows[row] = row;
  const finder = new HistogramSplitFinder(wasm, pool.parallelFor('GROWTH', workerInput), workerInput);
  // Gini impurity of two classes is 2 p (1 - p), twice the variance of a 0/1 target.
  return { finder, rows, gainScale: (target.task === 'REGRESSION' ? 1 : 2) / totalWeight };
}

/** The values minus their midrange: packed, the largest gradient is then as small as can be. */
function centred(values: Float64Array): Float64Array {
  const { midpoint } = midrange(values);
  return values.map((value) => value - midpoint);
}

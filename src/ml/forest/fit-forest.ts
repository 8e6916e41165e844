import { classTotals, trainingWeights } from '../class-weights.ts';
import type { FitConditions, FitStep, Fitted, StopReason } from '../estimator.ts';
import { TrainingWasm } from '../parallel/training-wasm.ts';
import { numberParameter, optionalNumberParameter, type Parameters } from '../parameters/parameter-spec.ts';
import type { Random } from '../random.ts';
import type { TrainingSet } from '../training-set.ts';
import { binningSteps } from '../tree/binning/binning-steps.ts';
import { ForestBuilder } from './forest-builder.ts';
import { prepareForest } from './forest-memory.ts';
import type { ForestTree } from './forest-tree.ts';
import type { ForestWorkerInput, GrownForestTree } from './forest-worker.ts';
import { LeafFinder } from './leaf-finder.ts';
import { OutOfBag, outputsFor } from './out-of-bag.ts';
import type { Sampling } from './row-sample.ts';
import { type ForestSettings, rowsOutOfBag } from './tree-grower.ts';

/** What tells one kind of forest from another. */
export interface ForestKind {
  readonly algorithm: 'RANDOM_FOREST' | 'EXTRA_TREES';
  readonly sampling: Sampling;
  /** One random threshold for each feature that a split tries, instead of the best one. */
  readonly hasRandomThresholds: boolean;
}

/** A forest after some trees. */
export interface ForestCheckpoint {
  readonly algorithm: ForestKind['algorithm'];
  readonly trees: readonly ForestTree[];
}

/** Binning costs about as much as this many trees. */
const BINNING_TREES = 3;

/** Fits a forest: Estimator.fitSteps of both kinds. */
export function* fitForest(
  kind: ForestKind,
  data: TrainingSet,
  parameters: Parameters,
  random: Random,
  { pool, stopReason, checkpoint }: FitConditions,
): Generator<FitStep, Fitted> {
  const treeCount = numberParameter(parameters, 'trees');
  const progressAt = (trees: number): number => (BINNING_TREES + trees) / (BINNING_TREES + treeCount);
  using wasm = TrainingWasm.take();
  const matrix = yield* binningSteps(data, parameters, random, wasm, pool, progressAt(0));
  const weights = trainingWeights(data, parameters);
  const prior = priorOf(data);
  const outOfBag = new OutOfBag(data.target, prior, weights.ofRows);
  const forest = new ForestBuilder(data.target.task === 'CLASSIFICATION', treeCount);
  const featureWeights = new Float64Array(matrix.featureCount);
  const settings = forestSettings(kind, data, parameters, random.uint32());
  const appendTree = ({ tree, others, outputs }: GrownForestTree): void => {
    forest.append(tree);
    for (let f = 0; f < featureWeights.length; f++) featureWeights[f]! += tree.gains[f]!;
    outOfBag.add(others, outputs);
  };
  const minSamplesLeaf = numberParameter(parameters, 'minSamplesLeaf');
  const memories = prepareForest(matrix, data.target, minSamplesLeaf, pool.size);
  // A pool has at least one thread.
  const memory = memories[0]!;
  const leafFinder = new LeafFinder(matrix, memory);
  for (const [number, tree] of (forestCheckpoint(kind, checkpoint)?.trees ?? []).entries()) {
    const others = rowsOutOfBag(memory, settings, number, wasm);
    appendTree({ tree, others, outputs: outputsFor(leafFinder, data.target, tree, others) });
    yield { progress: progressAt(number + 1), point: null };
  }

  const { wasm: _, ...share } = matrix;
  const shared = { matrix: share, target: data.target, weights, minSamplesLeaf, settings };
  const workerInput = memories.map((own): ForestWorkerInput => ({ ...shared, memory: own }));
  const taskPool = pool.taskPool('FOREST', workerInput);
  /** Trees that came before their turn: sums of doubles depend on the order. */
  const early = new Map<number, GrownForestTree>();
  let stopped: StopReason | null = null;
  for (const news of taskPool.all(forest.trees.length, treeCount)) {
    if (news.type === 'step') {
      yield { progress: progressAt(forest.trees.length + early.size + news.done), point: null };
      continue;
    }
    early.set(news.task, news.result);
    for (let grown = early.get(forest.trees.length); grown !== undefined; grown = early.get(forest.trees.length)) {
      early.delete(forest.trees.length);
      appendTree(grown);
      yield {
        progress: progressAt(forest.trees.length + early.size),
        point: { iteration: forest.trees.length, trainLoss: null, validationLoss: outOfBag.loss() },
        checkpoint: (): ForestCheckpoint => ({ algorithm: kind.algorithm, trees: [...forest.trees] }),
      };
      if (forest.trees.length < treeCount) stopped = stopReason();
      if (stopped !== null) break;
    }
    if (stopped !== null) break;
  }
  return Object.freeze({
    estimator: forest.toModel(matrix, prior),
    featureWeights,
    endReason: stopped ?? 'COMPLETED',
    warnings: [],
  });
}

function forestCheckpoint({ algorithm }: ForestKind, checkpoint: FitConditions['checkpoint']): ForestCheckpoint | null {
  // No other algorithm gives its checkpoints this name.
  if (checkpoint === null || checkpoint.algorithm === algorithm) return checkpoint as ForestCheckpoint | null;
  throw new Error(`A checkpoint of ${checkpoint.algorithm} is none of ${algorithm}.`);
}

/**
 * The share of the training rows' own label frequencies in every prediction. Five rows of one label in a leaf are no proof
 * that the others never occur there, and where all trees agree on that, one such row would cost as much log-loss as some
 * hundred others. A thousandth is nothing where the trees know better.
 */
const PRIOR_WEIGHT = 0.001;

/** For each label its background, empty for regression. */
function priorOf({ target, weights = null }: TrainingSet): Float64Array {
  if (target.task === 'REGRESSION') return new Float64Array(0);
  if (weights !== null) {
    const totals = classTotals(target.codes, target.labels.length, weights);
    const all = totals.reduce((sum, total) => sum + total, 0);
    return totals.map((total) => (PRIOR_WEIGHT * total) / all);
  }
  const prior = new Float64Array(target.labels.length);
  for (const code of target.codes) prior[code]! += PRIOR_WEIGHT / target.codes.length;
  return prior;
}

function forestSettings(
  { sampling, hasRandomThresholds }: ForestKind,
  data: TrainingSet,
  parameters: Parameters,
  seed: number,
): ForestSettings {
  const features = data.features.length;
  const fraction = optionalNumberParameter(parameters, 'featureFraction');
  const ofNumbers = hasRandomThresholds ? features : (2 / 3) * features;
  const typical = data.target.task === 'CLASSIFICATION' ? Math.sqrt(features) : ofNumbers;
  return {
    maxDepth: optionalNumberParameter(parameters, 'maxDepth') ?? Number.POSITIVE_INFINITY,
    featuresPerSplit: Math.max(1, Math.round(fraction === null ? typical : fraction * features)),
    sampling,
    sampleSize: Math.max(1, Math.round(numberParameter(parameters, 'rowFraction') * data.rows.length)),
    hasRandomThresholds,
    seed,
  };
}

import type { TreesModel } from '../../../runtime/model.ts';
import { marginsWithoutWeights, type TrainingWeights } from '../../class-weights.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../../parallel/typed-arrays.ts';
import type { ParallelFor, WorkerPool } from '../../parallel/worker-pool.ts';
import { type Random, sampleInOrder } from '../../random.ts';
import { mapSteps, runToEnd } from '../../steps.ts';
import { TrainingDataError } from '../../training-data-error.ts';
import type { TrainingTarget } from '../../training-set.ts';
import type { BinnedMatrix } from '../binning/binned-matrix.ts';
import { EnsembleBuilder, type TreeArrays } from '../ensemble-builder.ts';
import { addGains } from '../feature-gains.ts';
import { type GrownNode, type GrowthLimits, growTree, leavesOf } from '../grow-tree.ts';
import { type GrowthWorkerInput, prepareGrowth } from '../shared-growth-state.ts';
import { createPackedGradients } from '../splitting/gradient-packing.ts';
import { HistogramSplitFinder } from '../splitting/histogram-split-finder.ts';
import { effectiveMinHessian, type LeafPenalty } from '../splitting/newton-step.ts';
import { BoostingLeaves, createBoostingState } from './boosting-leaves.ts';
import {
  type BoostingObjective,
  createObjective,
  type RowRole,
  startMarginsOf,
  weightOf,
} from './boosting-objective.ts';
import { BOOSTING_STEP, type SharedBoostingState } from './boosting-worker.ts';
import type { ValidationSplit } from './early-stopping.ts';
import { drawLabelMixture } from './label-mixture.ts';
import { createLineRoom, type Slope } from './leaf-lines.ts';
import type { RegressionLoss } from './regression-loss.ts';
import { RoundSample } from './round-sample.ts';

/** The parameters of a boosting, resolved. */
export interface BoostingSettings {
  readonly learningRate: number;
  readonly featureFraction: number;
  /** The share of the rows that the splits of each round are chosen on; null: see MAX_UNSAMPLED_ROWS. */
  readonly rowFraction: number | null;
  readonly limits: GrowthLimits;
  /** Of numbers. */
  readonly loss: RegressionLoss;
  readonly penalty: LeafPenalty;
  readonly hasRandomThresholds: boolean;
  /** Of more than two labels: whether a tree has leaves of a value for each, or each label its own trees. */
  readonly sharesTrees: boolean;
  /** Whether leaves have slopes: for the loss SQUARED of numbers, without directions. */
  readonly hasLines: boolean;
  readonly minLeafHessian: number;
  readonly minSamplesLeaf: number;
  readonly weights: TrainingWeights;
  /** See TrainingSet. */
  readonly directions: Int8Array | null;
}

/**
 * LightGBM's cat_smooth and cat_l2, both 10 there. Of l2 0, 5 and 20 it was 5 that did best, as splits of categories have to
 * gain more than chance would besides.
 */
const CATEGORY_SMOOTHING = 20;
const CATEGORY_L2 = 5;

/** Margins and probabilities of all rows and classes take 16 bytes each: beyond this, more than 1.6 GB. */
const MAX_MARGINS = 100_000_000;

/** Nanoseconds that the steps take about for each row, on one thread. */
const GRADIENT_NANOSECONDS = 4;
const PACK_NANOSECONDS = 4;
const UPDATE_NANOSECONDS = 25;

/** The trees so far, and what each feature has gained by them. */
export interface RoundsCheckpoint {
  readonly trees: TreeArrays;
  readonly gains: Float64Array;
}

/** The state of a boosting between its rounds: every training row's margins, and the trees so far. */
export class BoostingRounds {
  readonly gains: Float64Array;
  readonly #matrix: BinnedMatrix;
  readonly #settings: BoostingSettings;
  readonly #startMargins: Float64Array;
  readonly #objective: BoostingObjective;
  readonly #validationRows: Int32Array;
  readonly #sample: RoundSample;
  readonly #weights: readonly [number, number];
  readonly #growth: GrowthWorkerInput;
  readonly #state: SharedBoostingState;
  readonly #parallelFor: ParallelFor;
  readonly #finder: HistogramSplitFinder;
  readonly #leaves: BoostingLeaves;
  readonly #trees: EnsembleBuilder;

  /** `from`: the rounds of an earlier boosting, to go on from. Margins are kept up to date of the rows that are set aside, too. */
  constructor(
    matrix: BinnedMatrix,
    target: TrainingTarget,
    { fitted, validation }: ValidationSplit,
    settings: BoostingSettings,
    pool: WorkerPool,
    from: RoundsCheckpoint | null,
  ) {
    this.#matrix = matrix;
    this.#settings = settings;
    this.#validationRows = validation;
    const classCount = target.task === 'REGRESSION' ? 1 : target.labels.length;
    if (classCount > 2 && matrix.rowCount * classCount > MAX_MARGINS) throw tooLarge(matrix.rowCount, classCount);
    const { wasm } = matrix;
    this.#startMargins = startMarginsOf(target, settings.loss, settings.weights);
    this.#objective = createObjective(target, settings.loss, settings.weights, this.#startMargins, validation, wasm);
    this.#weights = [weightOf(this.#objective, 0), weightOf(this.#objective, 1)];
    const gradients = createPackedGradients(this.#objective, wasm);
    const growths = prepareGrowth(matrix, gradients, splitSettings(settings), pool.size);
    // A pool has at least one thread.
    this.#growth = growths[0]!;
    this.#sample = new RoundSample({ fitted, validation }, settings.rowFraction, this.#growth, wasm);
    this.#state = createBoostingState(matrix, this.#objective.marginCount, settings);
    const { learningRate, penalty } = settings;
    const workerInput = growths.map((growth) => ({
      growth,
      objective: this.#objective,
      state: this.#state,
      learningRate,
      penalty,
      sums: wasm.doubles(4),
      room: settings.hasLines ? createLineRoom(wasm) : null,
    }));
    this.#parallelFor = pool.parallelFor('BOOSTING', workerInput);
    this.#leaves = new BoostingLeaves(
      ...([matrix, this.#objective, this.#growth, this.#state, this.#parallelFor, settings.directions] as const),
      (k) => {
        this.#derive(k);
      },
    );
    this.#finder = new HistogramSplitFinder(wasm, this.#parallelFor, growths);
    this.gains = from === null ? new Float64Array(matrix.featureCount) : from.gains.slice();
    const leafSize = Math.max(1, this.#state.shares.length);
    this.#trees = new EnsembleBuilder(leafSize, from?.trees ?? null, settings.hasLines);
    if (from !== null) runToEnd(this.#leaves.addTrees(from.trees, allRows(matrix.rowCount)));
    this.#update();
  }

  /** Grows one round's trees. Yields the share of the round that is done. */
  *run(random: Random): Generator<number, void> {
    const baggingSeed = random.uint32();
    const count = this.#treesOfRound;
    for (let tree = 0; tree < count; tree++) {
      yield tree / count;
      drawLabelMixture(this.#state.shares, random);
      this.#computeGradients(tree, random.uint32());
      this.#sampleFeatures(random);
      const drawn = this.#sample.draw(baggingSeed);
      const growth = growTree(drawn, this.#matrix.rowCount - drawn, this.#finder, this.#settings.limits);
      this.#appendTree(yield* mapSteps(growth, () => tree / count));
    }
    this.#update();
  }

  get #treesOfRound(): number {
    return this.#state.shares.length > 0 ? 1 : this.#objective.marginCount;
  }

  /** The mean loss of the training rows of a role after the rounds so far; null if it is beyond the range of a double. */
  loss(role: RowRole): number | null {
    let loss = 0;
    for (let at: number = role; at < this.#state.losses.length; at += 2) loss += this.#state.losses[at]!;
    const mean = loss / this.#weights[role];
    return Number.isFinite(mean) ? mean : null;
  }

  /** Drops the trees of later rounds. */
  truncate(rounds: number): void {
    this.#trees.truncate(rounds * this.#treesOfRound);
  }

  /**
   * Keeps the structure of the trees and computes their leaves anew, tree after tree, from all rows, those included that were
   * set aside for early stopping. What comes after it is the model alone: there is no further round, loss or checkpoint.
   * Yields the share that is done. Cost: about a round's without its histograms, for each round.
   */
  *replay(): Generator<number, void> {
    const { marginCount, margins, roles } = this.#objective;
    const { rowCount } = this.#matrix;
    const trees = this.#trees.toArrays();
    const values = trees.leafValues.slice();
    const slopes: (readonly Slope[])[] = [];
    roles.fill(0);
    for (let k = 0; k < marginCount; k++) margins.fill(this.#startMargins[k]!, k * rowCount, (k + 1) * rowCount);
    this.#update();
    for (let tree = 0; tree < trees.roots.length; tree++) {
      if (this.#state.shares.length === 0) this.#derive(tree % this.#treesOfRound);
      this.#leaves.refit(trees, tree, values, slopes);
      if ((tree + 1) % this.#treesOfRound === 0) this.#update();
      yield (tree + 1) / trees.roots.length;
    }
    this.#trees.replaceLeaves(values, slopes);
  }

  /**
   * What the model so far says of the rows that are set aside, row after row. Afterwards their margins are those of the model:
   * what may follow is replay. Yields after each tree.
   */
  *validationMargins(): Generator<void, Float64Array> {
    const { marginCount, margins } = this.#objective;
    const { rowCount } = this.#matrix;
    const rows = this.#validationRows;
    const { startMargins } = this.toModel();
    for (let k = 0; k < marginCount; k++) {
      for (const row of rows) margins[k * rowCount + row] = startMargins[k]!;
    }
    yield* this.#leaves.addTrees(this.#trees.toArrays(), rows);
    return float64ArrayFrom(rows.length * marginCount, (i) => {
      return margins[(i % marginCount) * rowCount + rows[Math.floor(i / marginCount)]!]!;
    });
  }

  /** What another boosting of the same rows and settings can go on from. */
  checkpoint(): RoundsCheckpoint {
    return { trees: this.#trees.toArrays(), gains: this.gains.slice() };
  }

  toModel(): TreesModel {
    return {
      kind: 'TREES',
      combine: this.#settings.hasLines
        ? 'LINEAR_MARGINS'
        : this.#objective.kind === 'POISSON'
          ? 'EXP_MARGINS'
          : 'MARGINS',
      startMargins: marginsWithoutWeights(this.#startMargins, this.#settings.weights.ofClasses),
      edges: this.#matrix.edges,
      ...this.#trees.toArrays(),
    };
  }

  /** Derives all rows' losses by margin k; of a single margin they have been, when the rows were updated. */
  #derive(k: number): void {
    const { margin, largest } = this.#state;
    margin[0] = k;
    if (this.#objective.marginCount === 1) return;
    this.#parallelFor.each(
      BOOSTING_STEP.COMPUTE_GRADIENTS,
      largest.length / 2,
      this.#matrix.rowCount * GRADIENT_NANOSECONDS,
    );
  }

  /** Derives all rows' losses along the direction of `shares`. */
  #deriveMixed(): void {
    const { largest } = this.#state;
    const { rowCount, marginCount } = this.#objective;
    this.#parallelFor.each(
      BOOSTING_STEP.MIX_GRADIENTS,
      largest.length / 2,
      rowCount * marginCount * GRADIENT_NANOSECONDS,
    );
  }

  /** Derives all rows' losses by margin k, or of shared trees along a direction of all, and packs the derivatives. */
  #computeGradients(k: number, seed: number): void {
    const { margin, largest } = this.#state;
    const { rowCount } = this.#matrix;
    const { scales } = this.#growth.state;
    const { gradientLimit, hessianLimit } = this.#objective.packing;
    const blocks = largest.length / 2;
    if (this.#state.shares.length > 0) this.#deriveMixed();
    else this.#derive(k);
    margin[1] = seed;
    this.#growth.state.thresholdSeed[0] = seed;
    let [gradient, hessian] = [0, 0];
    for (let block = 0; block < blocks; block++) {
      gradient = Math.max(gradient, largest[2 * block]!);
      hessian = Math.max(hessian, largest[2 * block + 1]!);
    }
    // One step of room, as the dither may round up past the scaled maximum.
    scales[0] = (gradientLimit - 1) / (gradient || 1);
    scales[1] = this.#objective.hessians.length === 0 ? 1 : (hessianLimit - 1) / (hessian || 1);
    this.#parallelFor.each(BOOSTING_STEP.PACK, blocks, rowCount * PACK_NANOSECONDS);
  }

  /** Gives the leaves their values, moves all rows' margins by them and keeps the tree. */
  #appendTree(root: GrownNode): void {
    const leaves = [...leavesOf(root)];
    const vectors = new Map(leaves.map((leaf) => [leaf, new Float64Array(Math.max(1, this.#state.shares.length))]));
    const slopes = new Map<GrownNode, readonly Slope[]>();
    this.#leaves.fit(root, leaves, (leaf, k, value, ofLeaf) => {
      // Every leaf has a vector.
      vectors.get(leaf)![k] = value;
      slopes.set(leaf, ofLeaf);
    });
    addGains(root, this.gains);
    this.#trees.append(
      root,
      // Every leaf has a vector.
      (leaf) => vectors.get(leaf)!,
      (leaf) => slopes.get(leaf) ?? [],
    );
  }

  #update(): void {
    this.#parallelFor.each(
      BOOSTING_STEP.UPDATE,
      this.#state.losses.length / 2,
      this.#matrix.rowCount * this.#objective.marginCount * UPDATE_NANOSECONDS,
    );
  }

  #sampleFeatures(random: Random): void {
    const { featureFraction } = this.#settings;
    if (featureFraction === 1) return;
    const { featureCount } = this.#matrix;
    const all = int32ArrayFrom(featureCount, (f) => f);
    const isSelected = new Uint8Array(featureCount);
    for (const f of sampleInOrder(all, Math.max(1, Math.round(featureCount * featureFraction)), random)) {
      isSelected[f] = 1;
    }
    this.#finder.selectFeatures(isSelected);
  }
}

function allRows(count: number): Int32Array {
  return int32ArrayFrom(count, (row) => row);
}

function splitSettings(settings: BoostingSettings) {
  const { penalty, hasRandomThresholds, minLeafHessian, minSamplesLeaf, directions } = settings;
  return {
    ...penalty,
    minSamplesLeaf,
    minHessian: effectiveMinHessian(minLeafHessian),
    categorySmoothing: CATEGORY_SMOOTHING,
    categoryL2: CATEGORY_L2,
    rowGradient: null,
    hasRandomThresholds,
    directions,
  };
}

function tooLarge(rowCount: number, classCount: number): TrainingDataError {
  return new TrainingDataError(
    'TRAINING_TOO_LARGE',
    `boosting ${rowCount} rows with ${classCount} labels takes too much memory; at most ${MAX_MARGINS} rows times labels`,
    'train on fewer rows, choose a target with fewer labels, or use DECISION_TREE or LINEAR',
  );
}

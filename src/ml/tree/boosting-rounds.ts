import type { TreesModel } from '../../runtime/model.ts';
import { type Random, sampleInOrder } from '../random.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingTarget } from '../training-set.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import { type BoostingObjective, createObjective } from './boosting-objective.ts';
import { addGains } from './feature-gains.ts';
import { createPackedGradients, type PackedGradients, packGradients, UNIT_HESSIAN } from './gradient-packing.ts';
import { GradientSplitFinder } from './gradient-split-finder.ts';
import { type GrownNode, type GrowthLimits, growTree, leavesOf, routeRows } from './grow-tree.ts';
import { cautiousStep, leastHessian, newtonStep, sumOfSquares } from './newton-step.ts';
import { TreeList } from './tree-list.ts';

interface BoostingSettings {
  readonly learningRate: number;
  readonly featureFraction: number;
  readonly rowFraction: number;
  readonly limits: GrowthLimits;
  readonly l2: number;
  readonly minSamplesLeaf: number;
  /** For each class how much its rows count; null: all alike. */
  readonly weights: Float64Array | null;
}

/**
 * LightGBM's cat_smooth and cat_l2, both 10 there. Of l2 0, 5 and 20 it was 5 that did best, as splits of categories have to
 * gain more than chance would besides.
 */
const CATEGORY_SMOOTHING = 20;
const CATEGORY_L2 = 5;

/** Margins and probabilities of all rows and classes take 16 bytes each: beyond this, more than 1.6 GB. */
const MAX_MARGINS = 100_000_000;

/** The state of a boosting between its rounds: every training row's margins, and the trees so far. */
export class BoostingRounds {
  readonly gains: Float64Array;
  readonly #matrix: BinnedMatrix;
  readonly #settings: BoostingSettings;
  readonly #objective: BoostingObjective;
  readonly #fittedRows: Int32Array;
  readonly #margins: Float64Array;
  readonly #gradients: Float64Array;
  readonly #hessians: Float64Array;
  readonly #packed: PackedGradients;
  readonly #finder: GradientSplitFinder;
  /** The rows of a round in the order of its tree's leaves, then the others in that order. */
  readonly #rows: Int32Array;
  readonly #scratch: Int32Array;
  readonly #trees = new TreeList(1);

  /** `fittedRows`: positions of the training rows to fit to, ascending; the margins of the others are kept up to date too. */
  constructor(matrix: BinnedMatrix, target: TrainingTarget, fittedRows: Int32Array, settings: BoostingSettings) {
    this.#matrix = matrix;
    this.#settings = settings;
    this.#fittedRows = fittedRows;
    const classCount = target.task === 'REGRESSION' ? 1 : target.labels.length;
    if (classCount > 2 && matrix.rowCount * classCount > MAX_MARGINS) throw tooLarge(matrix.rowCount, classCount);
    this.#objective = createObjective(target, settings.weights, matrix.kernel);
    const { marginCount, startMargins, packing } = this.#objective;
    const { kernel } = matrix;
    this.#margins = kernel.doubles(matrix.rowCount * marginCount);
    for (let k = 0; k < marginCount; k++)
      this.#margins.fill(startMargins[k]!, k * matrix.rowCount, (k + 1) * matrix.rowCount);
    this.#objective.update(this.#margins);
    this.#gradients = kernel.doubles(matrix.rowCount);
    this.#hessians = kernel.doubles(packing === UNIT_HESSIAN ? 0 : matrix.rowCount);
    this.#packed = createPackedGradients(matrix.rowCount, packing, kernel);
    this.#rows = kernel.integers(matrix.rowCount);
    this.#scratch = kernel.integers(matrix.rowCount);
    this.gains = new Float64Array(matrix.featureCount);
    this.#finder = new GradientSplitFinder(matrix, this.#packed, {
      l2: settings.l2,
      minSamplesLeaf: settings.minSamplesLeaf,
      minHessian: leastHessian(settings.l2),
      categorySmoothing: CATEGORY_SMOOTHING,
      categoryL2: CATEGORY_L2,
    });
  }

  /** Grows one round's trees. Yields the share of the round that is done. */
  *run(random: Random): Generator<number, void> {
    const { marginCount, packing } = this.#objective;
    const isUnit = packing === UNIT_HESSIAN;
    const bag = this.#drawRows(random);
    for (let k = 0; k < marginCount; k++) {
      yield k / marginCount;
      this.#objective.derivatives(k, this.#gradients, this.#hessians);
      packGradients(
        this.#gradients,
        isUnit ? null : this.#hessians,
        this.#packed,
        random.uint32(),
        this.#matrix.kernel,
      );
      yield k / marginCount;
      this.#drawFeatures(random);
      const rows = this.#rows.subarray(0, bag.drawn.length);
      const others = this.#rows.subarray(bag.drawn.length);
      rows.set(bag.drawn);
      others.set(bag.others);
      const growth = growTree(this.#matrix, rows, this.#scratch, this.#finder, this.#settings.limits);
      let grown = growth.next();
      for (; !grown.done; grown = growth.next()) yield k / marginCount;
      this.#adopt(grown.value, rows, others, k);
    }
    yield 1;
    this.#objective.update(this.#margins);
  }

  /** The mean loss of some training rows, by position, after the rounds so far; null if it is beyond the range of a double. */
  loss(positions: Int32Array): number | null {
    const loss = this.#objective.loss(positions);
    return Number.isFinite(loss) ? loss : null;
  }

  /** Drops the trees of later rounds. */
  keepFirst(rounds: number): void {
    this.#trees.truncate(rounds * this.#objective.marginCount);
  }

  toModel(): TreesModel {
    return {
      kind: 'TREES',
      combine: 'MARGINS',
      startMargins: this.#objective.startMargins,
      edges: this.#matrix.edges,
      ...this.#trees.toArrays(),
    };
  }

  /** Gives the leaves their values, moves all rows' margins by them and keeps the tree. */
  #adopt(root: GrownNode, rows: Int32Array, others: Int32Array, k: number): void {
    const values = new Map<GrownNode, number>();
    for (const leaf of leavesOf(root)) {
      const leafRows = rows.subarray(leaf.start, leaf.end);
      const value = this.#leafValue(leafRows);
      values.set(leaf, value);
      this.#moveMargins(leafRows, value, k);
    }
    if (others.length > 0) {
      routeRows(this.#matrix, root, others, this.#scratch, (leaf, leafRows) => {
        // Every leaf got its value above.
        this.#moveMargins(leafRows, values.get(leaf)!, k);
      });
    }
    addGains(root, this.gains);
    this.#trees.append(root, (leaf) => [values.get(leaf)!]);
  }

  /** From the unrounded derivatives. */
  #leafValue(rows: Int32Array): number {
    const { kernel } = this.#matrix;
    const { learningRate, l2 } = this.#settings;
    const at = kernel.addressOf(rows);
    const gradient = kernel.functions.sumOfRows(kernel.addressOf(this.#gradients), at, 0, rows.length);
    if (this.#hessians.length === 0) return learningRate * newtonStep(gradient, rows.length, l2);
    const hessian = kernel.functions.sumOfRows(kernel.addressOf(this.#hessians), at, 0, rows.length);
    return learningRate * cautiousStep(gradient, hessian, sumOfSquares(this.#gradients, rows), rows.length, l2);
  }

  #moveMargins(rows: Int32Array, value: number, k: number): void {
    const { kernel, rowCount } = this.#matrix;
    const margins = kernel.addressOf(this.#margins.subarray(k * rowCount));
    kernel.functions.addToRows(margins, kernel.addressOf(rows), 0, rows.length, value);
  }

  /** The rows of this round, and all the others. */
  #drawRows(random: Random): { readonly drawn: Int32Array; readonly others: Int32Array } {
    const { rowFraction } = this.#settings;
    const size = Math.max(1, Math.round(this.#fittedRows.length * rowFraction));
    const drawn = rowFraction === 1 ? this.#fittedRows : sampleInOrder(this.#fittedRows, size, random);
    if (drawn.length === this.#matrix.rowCount) return { drawn, others: new Int32Array(0) };
    const isDrawn = new Uint8Array(this.#matrix.rowCount);
    for (let i = 0; i < drawn.length; i++) isDrawn[drawn[i]!] = 1;
    const others = new Int32Array(this.#matrix.rowCount - drawn.length);
    let at = 0;
    for (let row = 0; row < isDrawn.length; row++) if (isDrawn[row] === 0) others[at++] = row;
    return { drawn, others };
  }

  #drawFeatures(random: Random): void {
    const { featureFraction } = this.#settings;
    if (featureFraction === 1) return;
    const { featureCount } = this.#matrix;
    const all = Int32Array.from({ length: featureCount }, (_, f) => f);
    const isWanted = new Uint8Array(featureCount);
    for (const f of sampleInOrder(all, Math.max(1, Math.round(featureCount * featureFraction)), random))
      isWanted[f] = 1;
    this.#finder.selectFeatures(isWanted);
  }
}

function tooLarge(rowCount: number, classCount: number): TrainingDataError {
  return new TrainingDataError(
    'TRAINING_TOO_LARGE',
    `boosting ${rowCount} rows with ${classCount} labels takes too much memory; at most ${MAX_MARGINS} rows times labels`,
    'train on fewer rows, choose a target with fewer labels, or use DECISION_TREE or LINEAR',
  );
}

import type { LeafSlopes } from '../../../runtime/model.ts';
import { orderLeaves } from '../../monotone/monotone-leaves.ts';
import type { ParallelFor } from '../../parallel/worker-pool.ts';
import type { BinnedMatrix } from '../binning/binned-matrix.ts';
import type { TreeArrays } from '../ensemble-builder.ts';
import { type GrownNode, routeRows } from '../grow-tree.ts';
import { type RestoredNode, restoreTree } from '../restore-tree.ts';
import type { GrowthWorkerInput } from '../shared-growth-state.ts';
import type { BoostingObjective } from './boosting-objective.ts';
import { BOOSTING_BLOCK, BOOSTING_STEP, type SharedBoostingState } from './boosting-worker.ts';
import {
  createLineRoom,
  createLines,
  type LineRoom,
  MAX_SLOPES,
  type SharedLines,
  type Slope,
  setSlot,
} from './leaf-lines.ts';
import { type PathNode, pathFeatures } from './path-features.ts';

/** Leaves that are given their values in one step: a tree of usual depth has far fewer. */
const LEAVES_PER_STEP = 4_096;

/** Nanoseconds that giving values takes about for each row, on one thread. */
const RAW_PREDICTION_NANOSECONDS = 10;

/** Where a leaf's rows are in the order of rows: those that its tree was grown on, and others. */
type LeafRange = Pick<GrownNode, 'start' | 'end' | 'otherStart' | 'otherEnd'>;

/** Gets of each leaf, for each margin, its value and its slopes. */
type KeepLeaf<Leaf> = (leaf: Leaf, k: number, value: number, slopes: readonly Slope[]) => void;

function rowsOf({ start, end, otherStart, otherEnd }: LeafRange): number {
  return end - start + otherEnd - otherStart;
}

/** The state for boosting rows of so many margins, whose leaves have slopes or share trees if the settings say so. */
export function createBoostingState(
  matrix: BinnedMatrix,
  marginCount: number,
  { sharesTrees, hasLines }: { readonly sharesTrees: boolean; readonly hasLines: boolean },
): SharedBoostingState {
  const { wasm, rowCount } = matrix;
  const blocks = Math.ceil(rowCount / BOOSTING_BLOCK);
  return {
    margin: wasm.integers(2),
    shares: wasm.doubles(sharesTrees && marginCount > 1 ? marginCount : 0),
    largest: wasm.doubles(2 * blocks),
    losses: wasm.doubles(2 * blocks),
    leafRows: wasm.integers(4 * LEAVES_PER_STEP),
    leafValues: wasm.doubles(LEAVES_PER_STEP),
    lines: hasLines ? createLines(matrix, LEAVES_PER_STEP, wasm) : null,
  };
}

/** Gives the leaves of trees their values, and moves the rows' margins by them. */
export class BoostingLeaves {
  readonly #matrix: BinnedMatrix;
  readonly #objective: BoostingObjective;
  readonly #growth: GrowthWorkerInput;
  readonly #state: SharedBoostingState;
  readonly #parallelFor: ParallelFor;
  readonly #directions: Int8Array | null;
  readonly #derive: (k: number) => void;
  readonly #room: LineRoom | null;

  /** `directions`: see TrainingSet; `derive` derives all rows' losses by margin k. */
  constructor(
    matrix: BinnedMatrix,
    objective: BoostingObjective,
    growth: GrowthWorkerInput,
    state: SharedBoostingState,
    parallelFor: ParallelFor,
    directions: Int8Array | null,
    derive: (k: number) => void,
  ) {
    this.#matrix = matrix;
    this.#objective = objective;
    this.#growth = growth;
    this.#state = state;
    this.#parallelFor = parallelFor;
    this.#directions = directions;
    this.#derive = derive;
    this.#room = state.lines === null ? null : createLineRoom(matrix.wasm);
  }

  /**
   * Computes the values of a tree's leaves, one for each margin k that the tree has, and moves the margins of their rows by them; in
   * order where features have directions. A tree of one margin has the derivatives of it that were computed last.
   */
  fit(root: GrownNode, leaves: readonly GrownNode[], keep: KeepLeaf<GrownNode>): void {
    const directions = this.#directions;
    if (directions === null) {
      const paths = this.#pathsOf(root);
      this.#fitEachMargin(leaves, (leaf) => paths?.get(leaf) ?? [], keep);
      return;
    }
    const values = new Map<GrownNode, number>();
    this.#step(BOOSTING_STEP.FIND_LEAF_VALUES, leaves, null, (leaf, value) => values.set(leaf, value));
    // Every leaf has a value.
    const leafOf = (leaf: GrownNode) => ({ value: values.get(leaf)!, weight: rowsOf(leaf) });
    orderLeaves(root, directions, leafOf, (leaf, value) => values.set(leaf, value));
    this.#step(
      BOOSTING_STEP.ADD_LEAF_VALUES,
      leaves,
      (leaf) => values.get(leaf) ?? 0,
      (leaf, value) => {
        keep(leaf, 0, value, []);
      },
    );
  }

  /** For each leaf the features that it may have slopes of; null where leaves have none. */
  #pathsOf<Node extends PathNode<Node>>(root: Node): Map<Node, readonly number[]> | null {
    return this.#room === null ? null : pathFeatures<Node>(root, this.#matrix.isCategory, MAX_SLOPES);
  }

  #fitEachMargin<Leaf extends LeafRange>(
    leaves: readonly Leaf[],
    pathOf: (leaf: Leaf) => readonly number[],
    keep: KeepLeaf<Leaf>,
  ): void {
    const { shares, lines } = this.#state;
    const { length } = shares;
    if (lines !== null) {
      this.#fitLines(leaves, lines, pathOf, keep);
      return;
    }
    for (let k = 0; k < Math.max(1, length); k++) {
      if (length > 0) this.#derive(k);
      this.#step(BOOSTING_STEP.UPDATE_RAW_PREDICTIONS, leaves, null, (leaf, value) => {
        keep(leaf, k, value, []);
      });
    }
  }

  #fitLines<Leaf extends LeafRange>(
    leaves: readonly Leaf[],
    { counts, features, bins, slopes }: SharedLines,
    pathOf: (leaf: Leaf) => readonly number[],
    keep: KeepLeaf<Leaf>,
  ): void {
    for (let first = 0; first < leaves.length; first += LEAVES_PER_STEP) {
      const some = leaves.slice(first, first + LEAVES_PER_STEP);
      for (const [i, leaf] of some.entries()) {
        const path = pathOf(leaf);
        counts[i] = path.length;
        features.set(path, i * MAX_SLOPES);
      }
      let next = 0;
      this.#step(BOOSTING_STEP.FIT_LINES, some, null, (leaf, value) => {
        const from = MAX_SLOPES * next;
        const ofLeaf = Array.from({ length: counts[next++]! }, (_, i): Slope => {
          return { feature: features[from + i]!, bins: bins[from + i]!, slope: slopes[from + i]! };
        });
        keep(leaf, 0, value, ofLeaf);
      });
    }
  }

  /** A step for each leaf, with the values that `given` has for them; then `keep` gets those that they have. */
  #step<Leaf extends LeafRange>(
    step: number,
    leaves: readonly Leaf[],
    given: ((leaf: Leaf) => number) | null,
    keep: (leaf: Leaf, value: number) => void,
  ): void {
    const { leafRows, leafValues } = this.#state;
    for (let first = 0; first < leaves.length; first += leafValues.length) {
      const some = leaves.slice(first, first + leafValues.length);
      some.forEach((node, leaf) => {
        const { start, end, otherStart, otherEnd } = node;
        leafRows.set([start, end, otherStart, otherEnd], 4 * leaf);
        if (given !== null) leafValues[leaf] = given(node);
      });
      this.#parallelFor.each(step, some.length, this.#matrix.rowCount * RAW_PREDICTION_NANOSECONDS);
      some.forEach((node, leaf) => {
        keep(node, leafValues[leaf]!);
      });
    }
  }

  /** Routes all rows through a tree, and computes its leaves' values, see fit; and their slopes, where they have some. */
  refit(trees: TreeArrays, tree: number, values: Float64Array, slopes: (readonly Slope[])[]): void {
    const { rows, spare } = this.#growth;
    const { leafSize } = trees;
    const leaves: (LeafRange & { readonly leaf: number; readonly path: readonly number[] })[] = [];
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    const root = restoreTree(trees, tree, this.#matrix);
    const paths = this.#pathsOf(root);
    routeRows(this.#matrix, root, rows, spare, (node, leafRows) => {
      // A part of `rows`, as the routing has ordered them.
      const start = (leafRows.byteOffset - rows.byteOffset) / rows.BYTES_PER_ELEMENT;
      const end = start + leafRows.length;
      leaves.push({ leaf: node.leaf, path: paths?.get(node) ?? [], start, end, otherStart: end, otherEnd: end });
    });
    const directions = this.#directions;
    if (directions === null) {
      this.#fitEachMargin(
        leaves,
        ({ path }) => path,
        ({ leaf }, k, value, ofLeaf) => {
          // A leaf's number is that of its vector.
          values[leaf * leafSize + k] = value;
          slopes[leaf] = ofLeaf;
        },
      );
      return;
    }
    const keep = ({ leaf }: { readonly leaf: number }, value: number): void => {
      values[leaf] = value;
    };
    this.#step(BOOSTING_STEP.FIND_LEAF_VALUES, leaves, null, keep);
    const rowsOfLeaf = new Map(leaves.map((each) => [each.leaf, rowsOf(each)]));
    const leafOf = ({ leaf }: RestoredNode) => ({ value: values[leaf]!, weight: rowsOfLeaf.get(leaf) ?? 0 });
    orderLeaves(root, directions, leafOf, keep);
    this.#step(BOOSTING_STEP.ADD_LEAF_VALUES, leaves, ({ leaf }) => values[leaf]!, keep);
  }

  /**
   * Adds what the trees say to the margins of some rows, tree after tree: as when they were grown, to the last bit. Yields after
   * each tree.
   */
  *addTrees(trees: TreeArrays, wanted: Int32Array): Generator<void, void> {
    const { wasm, rowCount } = this.#matrix;
    const { marginCount, margins } = this.#objective;
    const { spare } = this.#growth;
    const rows = this.#growth.rows.subarray(0, wanted.length);
    const { leafSize } = trees;
    rows.set(wanted);
    for (let tree = 0; tree < trees.roots.length; tree++) {
      routeRows(this.#matrix, restoreTree(trees, tree, this.#matrix), rows, spare, ({ leaf }, leafRows) => {
        for (let k = 0; k < leafSize; k++) {
          const margin = leafSize > 1 ? k : tree % marginCount;
          const column = wasm.addressOf(margins.subarray(margin * rowCount));
          // A leaf's number is that of its vector.
          const value = trees.leafValues[leaf * leafSize + k]!;
          if (trees.slopes !== undefined) this.#addLine(trees.slopes, leaf, column, leafRows, value);
          else wasm.functions.addToRows(column, wasm.addressOf(leafRows), 0, leafRows.length, value);
        }
      });
      yield;
    }
  }

  #addLine(slopes: LeafSlopes, leaf: number, margins: number, rows: Int32Array, value: number): void {
    const { wasm } = this.#matrix;
    const room = this.#room;
    if (room === null) throw new Error('the leaves of this boosting have no slopes');
    const from = leaf === 0 ? 0 : slopes.ends[leaf - 1]!;
    const count = slopes.ends[leaf]! - from;
    for (let i = 0; i < count; i++) {
      setSlot(room, i, this.#matrix, wasm, { feature: slopes.features[from + i]!, bins: slopes.bins[from + i]! });
      room.slopes[i] = slopes.values[from + i]!;
    }
    wasm.functions.addLinesToRows(
      ...([margins, wasm.addressOf(room.slots), wasm.addressOf(room.slopes), count] as const),
      ...([wasm.addressOf(rows), 0, rows.length, value] as const),
    );
  }
}

import type { TrainingWasm, WasmShare } from '../parallel/training-wasm.ts';
import type { TrainingTarget } from '../training-set.ts';
import type { BinnedMatrix } from '../tree/binning/binned-matrix.ts';
import { prepareSample, type SampleMemory } from './row-sample.ts';
import { SUBTREE_ROWS } from './splitting/node-splitter.ts';

/** What one thread writes to while it grows trees, in wasm memory. */
export interface ForestMemory extends SampleMemory {
  readonly wasm: WasmShare;
  /** The rows of a subtree, in the order of its nodes. */
  readonly subtreeRows: Int32Array;
  /** For each feature its bins in the rows of a subtree. */
  readonly subtreeColumns: readonly Uint8Array[];
  /** For each category the ranks of its codes, row after row; null for a number. */
  readonly rankColumns: readonly (Uint8Array | null)[];
  /** For each row of the table its leaf. */
  readonly leaves: Int32Array;
  /** A lookup table from code to rank. */
  readonly ranks: Uint8Array;
  /** The nodes of a tree, NODE_LENGTH numbers each, and its sets, as src/ml/assembly/forest-rows.ts wants them. */
  readonly nodes: Int32Array;
  readonly sets: Int32Array;
  /** Null where the target has more than two labels. */
  readonly cells: CellMemory | null;
}

/** What a RegressionSplitter writes to; src/ml/assembly/forest.ts says what a cell is. */
export interface CellMemory {
  /** Of each row that was drawn. */
  readonly ofTree: Float64Array;
  readonly ofSubtree: Float64Array;
  /** Of the open node's rows, side by side. */
  readonly ofNode: Float64Array;
  /** For each bin its cell, all 0 between two nodes. */
  readonly sums: Float64Array;
  readonly binFlags: Uint8Array;
  /** The open node's draws, and the sum of its values. */
  readonly totals: Float64Array;
  /** The cut that was found, and whether missing values go left. */
  readonly found: Int32Array;
}

/** The numbers of a node that LeafFinder writes. */
export const NODE_LENGTH = 6;

/** Memory for the threads that grow trees. */
export function prepareForest(
  matrix: BinnedMatrix,
  target: TrainingTarget,
  minSamplesLeaf: number,
  threads: number,
): readonly ForestMemory[] {
  const maxLeaves = Math.max(1, Math.floor(matrix.rowCount / minSamplesLeaf));
  const { wasm, rowCount } = matrix;
  const size = Math.min(SUBTREE_ROWS, rowCount);
  return Array.from({ length: threads }, () => ({
    wasm: wasm.share(),
    ...prepareSample(wasm, rowCount),
    subtreeRows: wasm.integers(size),
    subtreeColumns: matrix.columns.map(() => wasm.bytes(size)),
    rankColumns: matrix.columns.map((_, f) => (matrix.isCategory[f] === 1 ? wasm.bytes(rowCount) : null)),
    ranks: wasm.bytes(256),
    leaves: wasm.integers(rowCount),
    nodes: wasm.integers(NODE_LENGTH * (2 * maxLeaves - 1)),
    sets: wasm.integers(maxSetWords(matrix)),
    cells: target.task === 'CLASSIFICATION' && target.labels.length > 2 ? null : prepareCells(wasm, rowCount),
  }));
}

/** A tree has one set for each category and cut of its order. */
function maxSetWords({ isCategory, binCounts }: BinnedMatrix): number {
  return binCounts.reduce((sum, count, f) => sum + (isCategory[f] === 1 ? count * Math.ceil(count / 32) : 0), 0);
}

export function prepareCells(wasm: TrainingWasm, rowCount: number): CellMemory {
  return {
    ofTree: wasm.doubles(2 * rowCount),
    ofSubtree: wasm.doubles(2 * Math.min(SUBTREE_ROWS, rowCount)),
    ofNode: wasm.unsetDoubles(2 * rowCount),
    sums: wasm.doubles(2 * 256),
    binFlags: wasm.bytes(256),
    totals: wasm.doubles(2),
    found: wasm.integers(2),
  };
}

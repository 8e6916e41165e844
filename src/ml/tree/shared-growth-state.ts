import type { WasmShare } from '../parallel/training-wasm.ts';
import type { BinnedMatrix, MatrixShare } from './binning/binned-matrix.ts';
import type { PackedGradients } from './splitting/gradient-packing.ts';
import type { Histogram } from './splitting/histogram.ts';
import { CUT_BUFFER_LENGTH } from './splitting/split-gain.ts';
import type { BestSplitSettings } from './splitting/split-settings.ts';

/** Nodes that are divided at once: with a depth of 6 all of a level. */
export const MAX_PAIRS = 32;

/** The whole numbers of a pair, that is of a node that is divided and its two children. */
export const PAIR = {
  /** The node's rows are [START, END) of the order of rows; those from RIGHT_START on go right. */
  START: 0,
  RIGHT_START: 1,
  END: 2,
  /** The feature of the node's split; the bins that go left are in `pairLeftBins`. */
  FEATURE: 3,
  /** The numbers of the children's histograms. */
  LEFT_HISTOGRAM: 4,
  RIGHT_HISTOGRAM: 5,
  /** The action, one of ACTION. */
  ACTION: 6,
  /** The node's other rows: as START, RIGHT_START and END. */
  OTHER_START: 7,
  OTHER_RIGHT_START: 8,
  OTHER_END: 9,
  LENGTH: 10,
} as const;

/** Actions for a pair of children, one bit each. */
export const ACTION = {
  COUNT_LEFT: 1,
  COUNT_RIGHT: 2,
  /** The child's histogram contains the parent's: subtract the other child's from it. */
  SUBTRACT_FROM_LEFT: 4,
  SUBTRACT_FROM_RIGHT: 8,
  SEARCH_LEFT: 16,
  SEARCH_RIGHT: 32,
} as const;

/** The integers of a split; FEATURE is -1 if there is none. */
export const FOUND = { FEATURE: 0, BIN: 1, IS_CATEGORY: 2, LENGTH: 3 } as const;

/** Bytes for which of a feature's bins go left. */
export const LEFT_BINS_BYTES = 256;

/**
 * State that the threads that grow a tree share, in shared memory. The coordinator writes the pairs, one thread works
 * on each, and the coordinator reads the result.
 */
export interface SharedGrowthState {
  /** For each pair PAIR.LENGTH numbers. */
  readonly pairs: Int32Array;
  /** For each pair LEFT_BINS_BYTES bytes: 1 for the bins that go left. */
  readonly pairLeftBins: Uint8Array;
  /** For child `side` (0 left, 1 right) of pair p, at 2 * p + side: FOUND.LENGTH numbers. */
  readonly found: Int32Array;
  readonly foundGains: Float64Array;
  readonly foundLeftBins: Uint8Array;
  /** Where the splits that were found part the values of their sides; NaN for those on features without a direction. */
  readonly foundPartings: Float64Array;
  /** Between which values the leaves of the children must lie, two numbers for each; read where features have directions. */
  readonly bounds: Float64Array;
  /** The rows [0, 1) of a node that all threads count, in chunks of [2] rows. */
  readonly counted: Int32Array;
  /** The divisors of packed gradients [0] and hessians [1]. */
  readonly scales: Float64Array;
  /** What the tree's random thresholds come from. */
  readonly thresholdSeed: Int32Array;
  /** For each feature 1 if it may be split on. */
  readonly selected: Uint8Array;
  /** Histograms of open nodes, by their number. */
  readonly histograms: readonly Histogram[];
}

/** What a thread needs to help in growing trees; all arrays are in wasm memory. */
export interface GrowthWorkerInput {
  readonly wasm: WasmShare;
  readonly matrix: MatrixShare;
  /** The scales of now are those of `state`. */
  readonly gradients: PackedGradients;
  readonly settings: BestSplitSettings;
  /** The rows, in an order that growing changes; `spare` is as long. */
  readonly rows: Int32Array;
  readonly spare: Int32Array;
  readonly state: SharedGrowthState;
  /** Private to the thread: packed sums of a block of rows, scratch memory of a search, and a node's partial histogram. */
  readonly sums: BigInt64Array;
  readonly cutBuffer: Int32Array;
  readonly ownHistogram: Histogram;
}

/** Maximum bytes for histograms of open nodes; beyond that, children are counted row by row again. */
const HISTOGRAM_BYTES = 256 * 1024 * 1024;

/** Two for a node's children, and their parent's beside that of another node. */
const MIN_HISTOGRAMS = 4;

/** Open nodes of a tree of typical depth, by the number of pairs grown at once. */
const MAX_HISTOGRAMS = 4 * MAX_PAIRS;

/** Allocates the memory for growing trees with several threads, and the part of each of them. */
export function prepareGrowth(
  matrix: BinnedMatrix,
  gradients: PackedGradients,
  settings: BestSplitSettings,
  threads: number,
): readonly GrowthWorkerInput[] {
  const { wasm, rowCount, featureCount, groupCount, totalBins } = matrix;
  const { wasm: _, ...share } = matrix;
  const length = 2 * totalBins;
  const count = Math.min(MAX_HISTOGRAMS, Math.max(MIN_HISTOGRAMS, Math.floor(HISTOGRAM_BYTES / (8 * length))));
  const state: SharedGrowthState = {
    pairs: wasm.integers(MAX_PAIRS * PAIR.LENGTH),
    pairLeftBins: wasm.bytes(MAX_PAIRS * LEFT_BINS_BYTES),
    found: wasm.integers(2 * MAX_PAIRS * FOUND.LENGTH),
    foundGains: wasm.doubles(2 * MAX_PAIRS),
    foundLeftBins: wasm.bytes(2 * MAX_PAIRS * LEFT_BINS_BYTES),
    foundPartings: wasm.doubles(2 * MAX_PAIRS),
    bounds: wasm.doubles(4 * MAX_PAIRS),
    counted: wasm.integers(3),
    scales: wasm.doubles(2).fill(1),
    thresholdSeed: wasm.integers(1),
    selected: wasm.bytes(featureCount).fill(1),
    histograms: Array.from({ length: count }, () => wasm.unsetDoubles(length)),
  };
  const rows = wasm.integers(rowCount);
  const spare = wasm.integers(rowCount);
  return Array.from({ length: threads }, () => ({
    wasm: wasm.share(),
    matrix: share,
    gradients: { ...gradients },
    settings,
    rows,
    spare,
    state,
    sums: wasm.longs(groupCount * 8 * 256),
    cutBuffer: wasm.integers(CUT_BUFFER_LENGTH),
    ownHistogram: wasm.doubles(length),
  }));
}

import type { TrainingWasm } from '../../parallel/training-wasm.ts';

/** Features whose bins share one word of 64 bits. */
export const GROUP_SIZE = 8;

/**
 * The training rows as bins of at most one byte, numbered as in runtime's TreesModel: a number has edges + 1 bins and one
 * for missing, a category k codes, "other" and "missing". They are kept twice: histograms read all features of a row, and
 * partitions one feature of many rows; either from the other's copy would miss the processor's cache at every row.
 */
export interface BinnedMatrix {
  /** In whose memory the bins are. */
  readonly wasm: TrainingWasm;
  readonly rowCount: number;
  readonly featureCount: number;
  /** Words of a row: features / GROUP_SIZE, rounded up. */
  readonly groupCount: number;
  /** Row after row: feature f of row r is byte r * groupCount * GROUP_SIZE + f. */
  readonly words: Uint8Array;
  /** For each feature its bins, row after row. */
  readonly columns: readonly Uint8Array[];
  /** For each feature how many bins it has, all included. */
  readonly binCounts: Int32Array;
  /** For each feature where its bins begin in a histogram of all features. */
  readonly offsets: Int32Array;
  readonly totalBins: number;
  readonly isCategory: Uint8Array;
  /** Room for a split's leftBins, in wasm memory. */
  readonly leftBins: Uint8Array;
  /** For each feature its edges, empty for a category. */
  readonly edges: readonly Float64Array[];
}

/** A matrix as it is sent to another thread. */
export type MatrixShare = Omit<BinnedMatrix, 'wasm'>;

/** The matrix of another thread, bound to this thread's wasm instance in the same memory. */
export function bindMatrix(share: MatrixShare, wasm: TrainingWasm): BinnedMatrix {
  return { ...share, wasm };
}

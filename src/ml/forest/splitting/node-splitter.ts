/** The best way found so far to divide a node. */
export interface NodeSplit {
  /** -1: none was found. */
  feature: number;
  /** The decrease of the impurity times the node's weight; above 0 if there is a split. */
  gain: number;
  /** Bins up to this one go left; for a category, ranks in the tree's order of its codes. */
  cut: number;
  /** Where a number's missing values go. */
  missingLeft: boolean;
}

/** A feature as one tree sees it. */
export interface TreeColumn {
  /** For each training row its bin; for a category the rank of its code in the tree's order. */
  readonly bins: Uint8Array;
  /** Where the bins are in wasm memory. */
  readonly address: number;
  readonly binCount: number;
  /** The last bin is then one as any other; a number's last bin holds its missing values, which may go to either side. */
  readonly isCategory: boolean;
}

/** Receives the vector of a leaf, output by output. */
export type LeafSink = (output: number, value: number) => void;

/**
 * Looks for the best split of one node after the other. Call `open` with a node, then `tryFeature` for each feature to try; the result
 * stays in `best` until the next node.
 */
export interface NodeSplitter {
  readonly best: NodeSplit;
  /** The rows of the next nodes count as often as they were drawn. */
  startTree(draws: Int32Array): void;
  /** From now on row i is rows[i] of the tree's rows, until leaveSubtree. */
  enterSubtree(rows: Int32Array): void;
  leaveSubtree(): void;
  /** Looks at the node of rows[start, end); false if nothing could divide it: too few rows, or all of them alike. */
  open(rows: Int32Array, start: number, end: number): boolean;
  /** Tries every cut of a feature on the open node; a better one than the best so far replaces it. */
  tryFeature(feature: number, column: TreeColumn): void;
  /**
   * Tries one threshold of a feature on the open node: `draw`, from 0 to below 1, chooses among the bins from the lowest to
   * the highest that has rows, each equally likely. Missing numbers are tried on both sides, and apart from all others. A mixed node is
   * divided even where that gains nothing: the next splits may gain (XOR).
   */
  tryThreshold(feature: number, column: TreeColumn, draw: number): void;
  /** The open node's vector as a leaf, outputs ascending; those not given are 0. */
  writeLeaf(sink: LeafSink): void;
  /** Numbers that put the codes of a category in order: for each of `binCount` codes one, from the rows of the tree. */
  codeScores(codes: Uint8Array, binCount: number, rows: Int32Array): Float64Array;
}

/** A gain must exceed this share of the parent's score: less is rounding. */
export const GAIN_TOLERANCE = 1e-10;

/** What a random threshold that gains nothing counts as: more than no split, and less than any that gains something. */
export const MIN_GAIN = 1e-200;

/**
 * When category codes are sorted, each is smoothed with this many rows of the whole node, so that a code with two rows of one
 * label is not an extreme. Boosting uses the same value.
 */
export const CODE_SMOOTHING = 20;

/**
 * Maximum rows of a subtree that is grown separately: one byte per row and feature fits into the processor's second-level
 * cache.
 */
export const SUBTREE_ROWS = 4096;

/** What decides which split of a node is the best. */
export interface BestSplitSettings {
  /** Taken off the size of each side's gradient sum: the L1 penalty on leaf values. */
  readonly l1: number;
  /** Added to the hessian sum of each side: the L2 penalty on leaf values. */
  readonly l2: number;
  readonly minSamplesLeaf: number;
  /** The least hessian sum of each side; leaves of less curvature would get wild values. */
  readonly minHessian: number;
  /** Hessian added to a category's when categories are put in order: rare ones are not to be the extremes. */
  readonly categorySmoothing: number;
  /** Added to l2 where a category is divided: there are many more ways to do it than for a number. */
  readonly categoryL2: number;
  /**
   * The size of a row's gradient, where all have the same: a node is then known to be pure, and others are divided even
   * where no split has a gain, because the next ones may (XOR). Null: a split must have a gain.
   */
  readonly rowGradient: number | null;
  /** One random threshold of each feature is tried in each node, instead of all: LightGBM's extra_trees. */
  readonly hasRandomThresholds: boolean;
  /** For each feature which way -G / H may go as it rises: 1, -1, or 0 for either; null where none is constrained. */
  readonly directions: Int8Array | null;
}

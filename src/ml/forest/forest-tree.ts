/**
 * One tree of a forest, alone: the arrays of runtime's ForestModel with numbers of its own, in preorder. Typed arrays
 * only, so it can be sent from one thread to another.
 */
export interface ForestTree {
  /** For each node the feature that it splits on, or LEAF. */
  readonly nodeFeatures: Uint16Array;
  /** As in TreesModel: for a number 2 * bin + (1 if missing values go left), for a category where its set begins. */
  readonly nodeSplits: Uint32Array;
  /** For each node its right child; for a leaf its number among the tree's leaves. */
  readonly nodeRights: Uint32Array;
  readonly categorySets: Uint32Array;
  /** For each leaf where its outputs begin in the two arrays below; one more at the end. */
  readonly leafStarts: Uint32Array;
  readonly leafOutputs: Uint16Array;
  readonly leafValues: Float64Array;
  /** For each feature the gain of all splits on it. */
  readonly gains: Float64Array;
}

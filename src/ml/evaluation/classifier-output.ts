/** What a classifier said of each test row, beside the actual target. There is at least one row. */
export interface ClassifierOutput {
  /** For each row the number of its label: below labelCount one of the model's, from there on one that it does not know. */
  readonly actual: Int32Array;
  /** For each row the number of the label that the model chose. */
  readonly predicted: Int32Array;
  /** The model's answers, row after row, labelCount for each. */
  readonly probabilities: Float64Array;
  /** How many labels the model has. */
  readonly labelCount: number;
  /** Of the two labels of a binary model, the one that its curves are about; left out: the second. */
  readonly positive?: number | undefined;
  /**
   * Whether probabilities are sums of many parts, as a forest's are: those that differ in their last digits alone, by the order
   * in which parts were added, are the same. Left out: no.
   */
  readonly areSums?: boolean;
}

/** Of two labels the one that figures of one label are about where nothing says otherwise, as of all earlier runs. */
export const SECOND_LABEL = 1;

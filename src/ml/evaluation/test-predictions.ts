/** What a model said of each test row beside the actual target: enough to compare two models row by row. */
export type TestPredictions = ClassPredictions | NumberPredictions;

export interface ClassPredictions {
  readonly task: 'CLASSIFICATION';
  /** The rows' numbers in the table. */
  readonly rows: Int32Array;
  /** The model's labels, in its order, then those that only test rows have. */
  readonly labels: readonly string[];
  /** For each row the index of its label in `labels`. */
  readonly actual: Int32Array;
  readonly predicted: Int32Array;
  /** The probability that the model gave the true label; 0 for one that it does not know. */
  readonly trueProbability: Float32Array;
  /** Of a model of two labels, the one that its figures of one label are about; left out: the second. */
  readonly positive?: number | undefined;
  /** Of a model of two labels: the probability of that one. */
  readonly positiveProbability: Float32Array | null;
}

export interface NumberPredictions {
  readonly task: 'REGRESSION';
  /** The rows' numbers in the table. */
  readonly rows: Int32Array;
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
}

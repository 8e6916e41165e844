/** What the model of a fold says of the rows that it was not fitted to, in their order. */
export interface FoldPredictions {
  /** Row after row: a probability for each label of all training rows, 0 for one that the fold's rows lack; or the value. */
  readonly outputs: Float64Array;
  /** For each row the number of the label that was chosen; of a regressor all 0. */
  readonly predicted: Int32Array;
}

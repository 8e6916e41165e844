/**
 * What the predictor reads: columns as they came from a file or from an application's rows. The types are structural,
 * so that a table of the training side fits without this folder knowing it.
 */

/** Numbers, one for each row; a missing value is NaN. Dates are milliseconds since 1970 in UTC. */
interface InputNumberColumn {
  readonly storage: 'number';
  readonly name: string;
  readonly values: Float64Array;
}

/** Codes, one for each row, into `labels`; a missing value is -1. */
interface InputLabelColumn {
  readonly storage: 'label';
  readonly name: string;
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

export type InputColumn = InputNumberColumn | InputLabelColumn;

/** Columns of equal length. */
export interface InputTable {
  readonly rowCount: number;
  readonly columns: readonly InputColumn[];
}

/**
 * What a column is for a person and for a model. infer-column-kind.ts chooses the kind, by the rules in column-kind-rules.ts.
 *
 * NUMERIC and DATETIME columns are held as numbers, the others as codes into a list of distinct labels;
 * CONSTANT has one distinct value or none, and may be held either way.
 */
export const COLUMN_KINDS = [
  'NUMERIC',
  'CATEGORICAL',
  'BOOLEAN',
  'DATETIME',
  'TEXT',
  'IDENTIFIER',
  'CONSTANT',
] as const;

export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** Numbers, one for each row; a missing value is NaN. A DATETIME is held as milliseconds since 1970 in UTC. */
export interface NumberColumn {
  readonly storage: 'number';
  readonly name: string;
  readonly kind: ColumnKind;
  readonly values: Float64Array;
}

/** Codes, one for each row, into `labels` (distinct, in order of first appearance); a missing value is -1. */
export interface LabelColumn {
  readonly storage: 'label';
  readonly name: string;
  readonly kind: ColumnKind;
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

/** A column of a table in memory: all columns of a table have the same number of rows. */
export type Column = NumberColumn | LabelColumn;

/** A column of which the texts of the labels do not matter, only how many there are. */
export type CodedColumn =
  | NumberColumn
  | (Omit<LabelColumn, 'labels'> & { readonly labels: Pick<readonly string[], 'length'> });

/** Rows of a file by which its columns are compared. */
export interface CodedTable {
  readonly rowCount: number;
  readonly columns: readonly CodedColumn[];
}

/** Typed columns in memory, in the order of the file. */
export interface Table {
  readonly rowCount: number;
  readonly columns: readonly Column[];
}

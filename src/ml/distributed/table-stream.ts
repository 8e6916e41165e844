import type { Column, ColumnKind } from '../../tabular/types/column.ts';

/** What is known of a column before any of its rows is read. */
export interface StreamedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Numbers, or codes of labels. */
  readonly storage: Column['storage'];
  /** How many labels it has; 0 for numbers. */
  readonly labelCount: number;
}

/**
 * A table whose rows are read a batch at a time, as often as they are needed: whoever goes through it holds one batch of the columns
 * that are asked for. The batches are the same for all columns, in the order of the rows.
 */
export interface TableStream {
  readonly rowCount: number;
  readonly columns: readonly StreamedColumn[];
  /** How many rows each batch has. */
  readonly batches: readonly number[];
  /** The numbers of a column in a batch; NaN where they are missing. */
  numbers(column: number, batch: number): Float64Array;
  /** The codes of a column in a batch; -1 where they are missing. */
  codes(column: number, batch: number): Int32Array;
  /** The texts that the codes of a column stand for. */
  labels(column: number): readonly string[];
}

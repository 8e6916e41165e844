import { ArrowFileReader, type DescribedColumn } from './arrow-file-reader.ts';

/** Rows of a record batch. */
interface Slice {
  readonly batch: number;
  readonly first: number;
  readonly rows: number;
}

/** A table file that is read a few rows at a time, column by column: memory is what was asked for last. Close it when done. */
export class ArrowTableStream {
  readonly rowCount: number;
  readonly columns: readonly DescribedColumn[];
  /** How many rows each batch has. */
  readonly batches: readonly number[];
  readonly #reader: ArrowFileReader;
  readonly #slices: readonly Slice[];

  /**
   * `maxRows`: of a batch, a multiple of 8. A batch never reaches beyond a record batch of the file.
   *
   * @throws as ArrowFileReader
   */
  constructor(path: string, maxRows: number) {
    this.#reader = new ArrowFileReader(path);
    this.rowCount = this.#reader.rowCount;
    this.columns = this.#reader.names.map((_, index) => this.#reader.describe(index));
    this.#slices = this.#reader.batchRows.flatMap((count, batch) =>
      Array.from({ length: Math.ceil(count / maxRows) }, (_, at) => {
        return { batch, first: at * maxRows, rows: Math.min(maxRows, count - at * maxRows) };
      }),
    );
    this.batches = this.#slices.map(({ rows }) => rows);
  }

  /** The numbers of a column in a batch; NaN where they are missing. */
  numbers(column: number, batch: number): Float64Array {
    const slice = this.#slice(batch);
    return this.#reader.numbers(column, slice.batch, slice.first, slice.rows);
  }

  /** The codes of a column in a batch; -1 where they are missing. */
  codes(column: number, batch: number): Int32Array {
    const slice = this.#slice(batch);
    return this.#reader.codes(column, slice.batch, slice.first, slice.rows);
  }

  /** The texts that the codes of a column stand for. */
  labels(column: number): readonly string[] {
    return this.#reader.labels(column);
  }

  close(): void {
    this.#reader.close();
  }

  #slice(batch: number): Slice {
    const slice = this.#slices[batch];
    if (slice === undefined) throw new RangeError(`there is no batch ${batch}`);
    return slice;
  }
}

import type { Model } from '../../runtime/model.ts';
import { columnsOf, type InputColumn, type InputTable } from '../../runtime/predict/input-column.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../parallel/typed-arrays.ts';
import { type Random, sampleInOrder } from '../random.ts';

/** Maximum number of permuted columns: those with the largest gains. */
export const PERMUTED_COLUMNS = 50;

/** Permutations per column. */
export const PERMUTATIONS = 5;

/** A sample of rows and its permutations. Its rows are numbered from 0. */
export interface Permutation {
  /** For each row of the sample its index among the rows that it was drawn from. In random order: any part is a sample too. */
  readonly drawn: Int32Array;
  /** The column of each feature of the model, with the rows of the sample; null if there is none. */
  readonly columns: readonly (InputColumn | null)[];
  /** How many columns are shuffled, one at a time. */
  readonly permutedCount: number;
  /** For each feature of the model the number of its column among those that are shuffled, or -1. */
  readonly permutedOf: Int32Array;
  /** For each of PERMUTATIONS shuffles and each row the row that lends it its value. The same for all columns. */
  readonly permutedRows: readonly Int32Array[];
}

/**
 * What a model adds up for the rows of a sample, as they are and with one column shuffled. Variant c * PERMUTATIONS + s has
 * column c shuffled for the s-th time; the last variant, number permutedCount * PERMUTATIONS, has all as it is.
 */
export interface VariantSums {
  /** How many sums a row has, of one variant. */
  readonly width: number;
  /** How many rows to ask for at once: more were no quicker, or would take too much memory. The sums are the same. */
  readonly batchRows: number;
  /** For the rows `first` to `end` - 1 the sums of each variant, row after row. Yields often: the share done, 0 to 1. */
  sums(first: number, end: number): Generator<number, Float64Array>;
}

/** Maximum number of doubles held for a batch: 4 MB. */
const MAX_CELLS = 2 ** 19;

/** The number of rows of a batch: `wanted`, or fewer if each has so many numbers that they would take too much memory. */
export function batchRowsFor(wanted: number, cellsOfRow: number): number {
  return Math.max(1, Math.min(Math.floor(wanted), Math.floor(MAX_CELLS / cellsOfRow)));
}

/**
 * Draws `size` of the rows, and shuffles them for the columns of these names. The same generator, the same sample. Yields
 * before each column is read.
 */
export function* drawPermutation(
  model: Model,
  table: InputTable,
  rows: Int32Array,
  size: number,
  names: readonly string[],
  random: Random,
): Generator<void, Permutation> {
  const drawn = sampleInOrder(arange(rows.length), size, random);
  shuffleInPlace(drawn, random);
  const permutedRows = Array.from({ length: PERMUTATIONS }, () => {
    const order = arange(size);
    shuffleInPlace(order, random);
    return order;
  });
  const sampled = int32ArrayFrom(size, (i) => rows[drawn[i]!]!);
  const features = new Set(model.features.map(({ name }) => name));
  const columns: InputColumn[] = [];
  for (const column of table.columns) {
    if (!features.has(column.name)) continue;
    yield;
    columns.push(takeRows(column, sampled));
  }
  const numberOf = new Map(names.map((name, number) => [name, number]));
  return {
    drawn,
    columns: columnsOf(model.features, columns),
    permutedCount: names.length,
    permutedOf: Int32Array.from(model.features, ({ name }) => numberOf.get(name) ?? -1),
    permutedRows,
  };
}

/** Those rows of a column. Of its labels those that occur there: all others need not be read. */
function takeRows(column: InputColumn, rows: Int32Array): InputColumn {
  if (column.storage === 'number') {
    return { ...column, values: float64ArrayFrom(rows.length, (i) => column.values[rows[i]!]!) };
  }
  if (column.storage === 'text') {
    return { ...column, values: Array.from(rows, (row) => column.values[row] ?? null) };
  }
  const codeOf = new Map<number, number>();
  const labels: string[] = [];
  const codes = int32ArrayFrom(rows.length, (i) => {
    const code = column.codes[rows[i]!]!;
    if (code < 0) return -1;
    let taken = codeOf.get(code);
    if (taken === undefined) {
      taken = labels.push(column.labels[code]!) - 1;
      codeOf.set(code, taken);
    }
    return taken;
  });
  return { ...column, codes, labels };
}

function arange(length: number): Int32Array {
  return int32ArrayFrom(length, (i) => i);
}

/** Fisher and Yates: every order is equally likely. */
function shuffleInPlace(items: Int32Array, random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    const item = items[i]!;
    items[i] = items[other]!;
    items[other] = item;
  }
}

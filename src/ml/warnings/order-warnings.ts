import type { Column, Table } from '../../tabular/types/column.ts';
import type { RowSplit, SplitRequest } from '../split/split.ts';

/** Rows of each side whose timestamps are compared. */
const ROWS_COMPARED = 1_000;
/** Of pairs of a training row and a test row, dates that run backwards leave the test row the later one in fewer than this. */
const LATER_TEST_ROWS = 0.25;
/** A column that rises through fewer rows, or by fewer values, may do so by chance or counts classes. */
const MIN_ROWS = 50;
const MIN_VALUES = 10;

/**
 * Where the file has an order that the way of dividing its rows does not go with: sorted by a number though rows are drawn from
 * everywhere, or in time though the last rows are the earliest.
 *
 * @param moments names of columns of dates, features or not
 */
export function orderWarnings(
  strategy: SplitRequest['strategy'],
  table: Table,
  features: readonly string[],
  timestampColumns: readonly string[],
  split: RowSplit,
): string[] {
  const columnsOf = (names: readonly string[]) => table.columns.filter(({ name }) => names.includes(name));
  const numbers = columnsOf(features).filter(({ kind }) => kind === 'NUMERIC');
  if (strategy === 'RANDOM' || strategy === 'INTERLEAVED') {
    const sorted = numbers.filter((column) => directionOf(column) !== null).map(({ name }) => name);
    if (sorted.length === 0) return [];
    return [
      `the file is sorted by ${sorted.join(', ')}, and test rows are drawn from everywhere in it (${strategy}): each has neighbours among ` +
        `the training rows. If new rows will lie beyond these, choose the split TIME with that column, or LAST`,
    ];
  }
  if (strategy !== 'LAST') return [];
  const backwards = [
    ...columnsOf(timestampColumns).filter((column) => runsBackwards(column, split)),
    ...numbers.filter((column) => directionOf(column) === 'FALLING'),
  ].map(({ name }) => name);
  if (backwards.length === 0) return [];
  return [
    `the rows run backwards by ${backwards.join(', ')}: with the split LAST the training rows are later than the test rows, so that the ` +
      'past is predicted from the future. Choose the split TIME with that column, or turn the file round',
  ];
}

/** Whether numbers rise or fall all through the file; null where they do neither. */
function directionOf(column: Column): 'RISING' | 'FALLING' | null {
  if (column.storage === 'label') return null;
  let [isRising, isFalling] = [true, true];
  let last = Number.NaN;
  let [rows, steps] = [0, 0];
  for (const value of column.values) {
    if (Number.isNaN(value)) continue;
    rows++;
    if (value < last) isRising = false;
    if (value > last) isFalling = false;
    if (value !== last) steps++;
    if (!isRising && !isFalling) return null;
    last = value;
  }
  if (rows < MIN_ROWS || steps < MIN_VALUES) return null;
  return isRising ? 'RISING' : 'FALLING';
}

function runsBackwards(column: Column, { train, test }: RowSplit): boolean {
  if (column.storage === 'label') return false;
  const sampledTimestamps = (rows: Int32Array): Float64Array => {
    const step = Math.ceil(rows.length / ROWS_COMPARED);
    const timestamps = Float64Array.from(
      { length: Math.ceil(rows.length / step) },
      (_, i) => column.values[rows[i * step]!]!,
    );
    return timestamps.filter((timestamp) => !Number.isNaN(timestamp)).sort();
  };
  const [earlier, later] = [sampledTimestamps(train), sampledTimestamps(test)];
  if (earlier.length === 0 || later.length === 0) return false;
  let pairs = 0;
  let below = 0;
  for (const timestamp of later) {
    while (below < earlier.length && earlier[below]! < timestamp) below++;
    pairs += below;
  }
  return pairs / (earlier.length * later.length) < LATER_TEST_ROWS;
}

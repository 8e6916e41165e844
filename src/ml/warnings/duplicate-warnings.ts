import { percentText } from '../../runtime/values/percent-text.ts';
import type { Column } from '../../tabular/types/column.ts';
import type { Target } from '../preprocessing/target.ts';
import type { RowSplit } from '../split/split.ts';

/** Test rows to look up among all training rows, evenly spaced. */
const SAMPLED_TEST_ROWS = 1_000;
/** Rows are first compared by a hash of this many columns, those with the most different values. */
const KEY_COLUMNS = 3;
/** The probability that two rows agree by chance is estimated from at most this many columns. */
const SAMPLED_COLUMNS = 200;
/** Fewer duplicates than these are not reported. */
const MIN_DUPLICATES = 3;
const MIN_DUPLICATE_FRACTION = 0.05;
/** Duplicates must be this many times more frequent than chance explains, where columns have few values. */
const CHANCE_FACTOR = 100;
/** Maximum number of comparisons of rows with equal keys. */
const MAX_COMPARISONS = 2_000_000;

/**
 * Warns of test rows that are also training rows, equal in all features and the target: a model that has memorised them is
 * right about these, and need not be about new rows.
 */
export function duplicateWarnings(features: readonly Column[], target: Target, split: RowSplit): string[] {
  if (features.length === 0) return [];
  const step = Math.ceil(split.test.length / SAMPLED_TEST_ROWS);
  const sampledRows = split.test.filter((_, i) => i % step === 0);
  const cells = [targetCells(target), ...features.map(cellsOf)];
  const agreements = cells.slice(0, SAMPLED_COLUMNS).map((column) => agreement(column, sampledRows));
  const byChance = Math.min(
    1,
    agreements.reduce((product, share) => product * share, split.train.length),
  );
  if (byChance * CHANCE_FACTOR > 1) return [];
  const order = agreements.map((share, at) => ({ share, at })).sort((a, b) => a.share - b.share || a.at - b.at);
  const keys = order.slice(0, KEY_COLUMNS).map(({ at }) => cells[at]!);
  const duplicates = countDuplicates(cells, keys, sampledRows, split.train);
  const share = duplicates / sampledRows.length;
  if (duplicates < MIN_DUPLICATES || share < MIN_DUPLICATE_FRACTION || share < CHANCE_FACTOR * byChance) return [];
  return [
    `${percentText(share)} of the test rows${step > 1 ? `, of ${sampledRows.length} that were looked at,` : ''} stand among the training rows as ` +
      'well, alike in all features and the target: the figures are better than they will be on new rows. Leave copies out of the file, ' +
      'or keep them on one side: the split GROUP with a column that says which rows belong together',
  ];
}

/** What a column has in each row: equal numbers for equal values, NaN for a missing one. */
type Cells = Float64Array | Int32Array;

function cellsOf(column: Column): Cells {
  return column.storage === 'label' ? column.codes : column.values;
}

function targetCells(target: Target): Cells {
  return target.task === 'CLASSIFICATION' ? target.codes : target.values;
}

/** How likely two of the rows agree in a column: the share of the pairs that do. */
function agreement(cells: Cells, rows: Int32Array): number {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(cells[row]!, (counts.get(cells[row]!) ?? 0) + 1);
  let pairs = 0;
  for (const count of counts.values()) pairs += count * (count - 1);
  return rows.length < 2 ? 1 : pairs / (rows.length * (rows.length - 1));
}

/** The number of sampled rows that equal any of the others in all columns. */
function countDuplicates(
  columns: readonly Cells[],
  keys: readonly Cells[],
  sampledRows: Int32Array,
  others: Int32Array,
): number {
  const hashOf = hasher(keys);
  const byHash = new Map<number, number[]>();
  // One bit in sixteen is set at most: nearly all rows are done with at once.
  const hashes = new Uint8Array(2 ** 16);
  for (const row of sampledRows) {
    const hash = hashOf(row);
    hashes[hash & 0xffff] = 1;
    const known = byHash.get(hash);
    if (known === undefined) byHash.set(hash, [row]);
    else known.push(row);
  }
  let duplicates = 0;
  let comparisons = 0;
  for (const other of others) {
    const hash = hashOf(other);
    if (hashes[hash & 0xffff] === 0) continue;
    const sameHash = byHash.get(hash);
    if (sameHash === undefined) continue;
    comparisons += sameHash.length;
    if (comparisons > MAX_COMPARISONS) break;
    const left = sameHash.filter((row) => !areDuplicates(columns, row, other));
    duplicates += sameHash.length - left.length;
    if (left.length < sameHash.length) byHash.set(hash, left);
  }
  return duplicates;
}

function areDuplicates(columns: readonly Cells[], row: number, other: number): boolean {
  // Two missing values agree.
  return columns.every(
    (cells) => cells[row] === cells[other] || (Number.isNaN(cells[row]) && Number.isNaN(cells[other])),
  );
}

/** Returns a function that hashes the values of a row in these columns. */
function hasher(columns: readonly Cells[]): (row: number) => number {
  const number = new Float64Array(1);
  const words = new Int32Array(number.buffer);
  return (row) => {
    let hash = 0;
    for (const cells of columns) {
      // Of -0 and 0, which are equal, 0 is made.
      number[0] = cells[row]! + 0;
      hash = Math.imul(hash ^ words[0]!, 0x9e3779b1);
      hash = Math.imul(hash ^ (hash >>> 15) ^ words[1]!, 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    return hash;
  };
}

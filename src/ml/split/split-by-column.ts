import type { Column } from '../../tabular/types/column.ts';
import type { Random } from '../random.ts';

/**
 * Marks test rows so that all rows with the same value of the column are on one side; a row without a value is a group of
 * its own. The groups are put into an order by chance, and each becomes one of test rows as long as these do not grow beyond
 * the share that is wanted; where every group is larger than that, the smallest one does. Returns the number of groups.
 */
export function markGroups(
  column: Column,
  rows: Int32Array,
  fraction: number,
  random: Random,
  isTest: Uint8Array,
): number {
  const { groupOf, sizes } = groupRows(column, rows);
  const isDrawn = drawGroups(sizes, Math.round(rows.length * fraction), random);
  for (const [i, row] of rows.entries()) isTest[row] = isDrawn[groupOf[i]!]!;
  return sizes.length;
}

/** For each group, by its size, 1 where its rows are test rows: about `targetRows` of them, as markGroups draws them. */
export function drawGroups(sizes: ArrayLike<number>, targetRows: number, random: Random): Uint8Array {
  const order = permutedIndices(sizes.length, random);
  const isDrawn = new Uint8Array(sizes.length);
  let count = 0;
  for (const group of order) {
    if (count + sizes[group]! > targetRows) continue;
    isDrawn[group] = 1;
    count += sizes[group]!;
  }
  if (count === 0 && order.length > 1) {
    isDrawn[order.reduce((smallest, group) => (sizes[group]! < sizes[smallest]! ? group : smallest))] = 1;
  }
  return isDrawn;
}

/** Of each of the rows the number of its group, in order of first appearance, and how many rows each group has. */
export function groupRows(
  column: Column,
  rows: Int32Array,
): { readonly groupOf: Int32Array; readonly sizes: number[] } {
  const values = column.storage === 'label' ? column.codes : column.values;
  const groups = new Map<number, number>();
  const sizes: number[] = [];
  const groupOf = new Int32Array(rows.length);
  for (const [i, row] of rows.entries()) {
    const value = values[row]!;
    const isMissing = column.storage === 'label' ? value < 0 : Number.isNaN(value);
    const known = isMissing ? undefined : groups.get(value);
    const group = known ?? sizes.push(0) - 1;
    if (known === undefined && !isMissing) groups.set(value, group);
    sizes[group]!++;
    groupOf[i] = group;
  }
  return { groupOf, sizes };
}

/** The numbers from 0 to count - 1 in an order by chance (Fisher and Yates). */
export function permutedIndices(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const moved = order[last]!;
    order[last] = order[other]!;
    order[other] = moved;
  }
  return order;
}

/**
 * Marks the latest rows by the number or moment in the column as test rows. Rows of the same moment are on one side, so that
 * the test rows are as near to the share that is wanted as that allows; those without a moment are no test rows.
 */
export function markLatest(values: Float64Array, rows: Int32Array, fraction: number, isTest: Uint8Array): void {
  const known = rows.filter((row) => !Number.isNaN(values[row]!));
  const sorted = Float64Array.from(known, (row) => values[row]!).sort();
  const targetRows = Math.round(sorted.length * fraction);
  const at = sorted[Math.min(sorted.length - 1, sorted.length - targetRows)]!;
  const from = sorted.indexOf(at);
  const after = sorted.lastIndexOf(at) + 1;
  const begin = isWithLatest(sorted.length, targetRows, from, after) ? from : after;
  if (begin >= sorted.length) return;
  const earliest = sorted[begin]!;
  for (const row of known) if (values[row]! >= earliest) isTest[row] = 1;
}

/**
 * Whether the rows of the moment in which the latest `targetRows` of `rowCount` begin are test rows too: `from` rows are earlier than that
 * moment, and the first `after` not later.
 */
export function isWithLatest(rowCount: number, targetRows: number, from: number, after: number): boolean {
  const isNearer = Math.abs(rowCount - from - targetRows) <= Math.abs(rowCount - after - targetRows);
  // Neither side may be empty where that can be helped.
  return from > 0 && (isNearer || after === rowCount);
}

import type { Column, Table } from './column.ts';
import { atLines, counted, type DatasetIssue, issue } from './issues.ts';
import { LineTally } from './line-tally.ts';

/**
 * What is to be said of whole rows: those without any value, and those that repeat an earlier one.
 *
 * Rows are compared by a hash of 64 bits: among a million rows, two that differ are taken for the same with a
 * chance of one in 30 million. About 3 ns a cell; 16 bytes a row for the time being.
 *
 * @param lines the line at which each row begins
 */
export function rowIssues({ rowCount, columns }: Table, lines: Uint32Array): DatasetIssue[] {
  const low = new Int32Array(rowCount);
  const high = new Int32Array(rowCount);
  const present = new Uint8Array(rowCount);
  for (const column of columns) mixIn(column, low, high, present);
  const empty = new LineTally();
  const duplicate = new LineTally();
  const seen = new RowSet(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (present[row] === 0) empty.add(lines[row] as number);
    else if (!seen.add(low[row] as number, high[row] as number)) duplicate.add(lines[row] as number);
  }
  const issues: DatasetIssue[] = [];
  if (empty.count > 0) {
    const message = `${counted(empty.count, 'row')} ${empty.count === 1 ? 'has' : 'have'} no value in any column: ${atLines(empty)}.`;
    issues.push(issue('ROWS_EMPTY', message, { lines: empty.lines, hint: 'Remove them from the file.' }));
  }
  if (duplicate.count > 0) {
    const message = `${counted(duplicate.count, 'row')} ${duplicate.count === 1 ? 'is' : 'are'} the same as an earlier one: ${atLines(duplicate)}.`;
    const hint =
      'If they are the same cases twice, remove them: copies in the test rows make a model look better than it is.';
    issues.push(issue('ROWS_DUPLICATE', message, { lines: duplicate.lines, hint }));
  }
  return issues;
}

/** Multipliers of Murmur's finaliser: odd, with bits all over, so that each column moves every bit of the hash. */
const LOW_PRIME = 0x85ebca6b;
const HIGH_PRIME = 0xc2b2ae35;

/** Mixes the values of a column into the hashes of the rows, and marks the rows that have one. */
function mixIn(column: Column, low: Int32Array, high: Int32Array, present: Uint8Array): void {
  const isNumber = column.storage === 'number';
  const words = isNumber
    ? new Int32Array(column.values.buffer, column.values.byteOffset, column.values.length * 2)
    : null;
  for (let row = 0; row < low.length; row++) {
    let first: number;
    let second: number;
    if (words === null || column.storage !== 'number') {
      first = column.storage === 'label' ? (column.codes[row] as number) : 0;
      second = 0;
      if (first >= 0) present[row] = 1;
    } else {
      first = words[row * 2] as number;
      second = words[row * 2 + 1] as number;
      if (!Number.isNaN(column.values[row])) present[row] = 1;
    }
    const mixed = Math.imul((low[row] as number) ^ first ^ Math.imul(second, HIGH_PRIME), LOW_PRIME);
    low[row] = mixed ^ (mixed >>> 15);
    const other = Math.imul((high[row] as number) ^ second ^ Math.imul(first + 1, LOW_PRIME), HIGH_PRIME);
    high[row] = other ^ (other >>> 13);
  }
}

/** Hashes of 64 bits that were seen, in an open-addressing table that is at most half full. */
class RowSet {
  readonly #slots: Int32Array;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, capacity * 2)))).fill(-1);
    this.#low = new Int32Array(capacity);
    this.#high = new Int32Array(capacity);
  }

  /** False where it was there already. */
  add(low: number, high: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (let entry = this.#slots[slot] as number; entry >= 0; entry = this.#slots[slot] as number) {
      if (this.#low[entry] === low && this.#high[entry] === high) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#size;
    this.#low[this.#size] = low;
    this.#high[this.#size++] = high;
    return true;
  }
}

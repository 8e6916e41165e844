import type { RowMetadata } from '../scan/row-metadata.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import { atLines, counted, type DatasetIssue, issue } from './issues.ts';

/** What was seen of whole rows. */
export interface RowFindings {
  /** Rows without any value. */
  readonly empty: LineCounter;
  /** Rows that repeat an earlier one. */
  readonly duplicate: LineCounter;
  /** The share of the rows that was searched for duplicates, as 1 in N. */
  readonly oneIn: number;
}

/**
 * Finds rows without any value, and those that repeat an earlier one, by a hash of 64 bits: among a million rows, two
 * that differ are taken for the same with a chance of one in 30 million.
 */
export function findRows({ lines, hashes, present }: RowMetadata, rowCount: number): RowFindings {
  const empty = new LineCounter();
  const duplicate = new LineCounter();
  const seen = new RowSet(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (present[row] === 0) empty.add(lines[row]!);
    else if (!seen.add(hashes[row * 2]!, hashes[row * 2 + 1]!)) duplicate.add(lines[row]!);
  }
  return { empty, duplicate, oneIn: 1 };
}

/** Issues about whole rows. */
export function rowIssues({ empty, duplicate, oneIn }: RowFindings): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  if (empty.count > 0) {
    const message = `${counted(empty.count, 'row')} ${empty.count === 1 ? 'has' : 'have'} no value in any column: ${atLines(empty)}.`;
    issues.push(issue('ROWS_EMPTY', message, { lines: empty.lines, hint: 'Remove them from the file.' }));
  }
  if (duplicate.count > 0) {
    const number = `${oneIn > 1 ? 'About ' : ''}${counted(duplicate.count * oneIn, 'row')}`;
    const message = `${number} ${duplicate.count * oneIn === 1 ? 'is' : 'are'} the same as an earlier one: ${atLines(duplicate)}.`;
    const hint =
      'If they are the same cases twice, remove them: copies in the test rows make a model look better than it is.';
    issues.push(issue('ROWS_DUPLICATE', message, { lines: duplicate.lines, hint }));
  }
  return issues;
}

/** Hashes of 64 bits that were seen, in an open-addressing table that is at most half full. */
export class RowSet {
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
    for (let entry = this.#slots[slot]!; entry >= 0; entry = this.#slots[slot]!) {
      if (this.#low[entry] === low && this.#high[entry] === high) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#size;
    this.#low[this.#size] = low;
    this.#high[this.#size++] = high;
    return true;
  }
}

// The buffered rows: the last ones that were read, column by column, until they are flushed.

import { allocate } from '../../runtime/assembly/arena';
import { addLabel, Labels, lastHash, lastIsMissing, mix, seed } from './labels';
import { isMissingNumber } from './null-tokens';

/** How the cells of a column are kept. Those of a SKIPPED one are passed over. */
export const SKIPPED: i32 = 0;
export const NUMBER: i32 = 1;
/** Numbers whose decimal mark is the delimiter too: only within quotes, or without it. */
export const QUOTED_NUMBER: i32 = 2;
export const LABEL: i32 = 3;

/** A column and its buffered rows. */
@unmanaged
export class Column {
  storage: i32;
  /** ASCII code of the decimal mark. */
  decimal: u32;
  /** One f64 for each row of numbers, one i32 for each of labels. */
  rows: usize;
  labels: usize;
  /** Rows without a value that were taken here. */
  missing: u32;
  /** Those of them that held a number which stands for "no value". */
  missingNumbers: u32;
}

let columns: usize = 0;
export let columnCount: i32 = 0;
export let capacity: i32 = 0;
/** The line at which each buffered row begins, u32. */
export let lines: usize = 0;
/** The hash of each buffered row, u64: rows with the same values have the same. */
export let hashes: usize = 0;
/** 1 for each buffered row that has a value, u8. */
export let present: usize = 0;
/** Buffered rows. */
export let rowCount: i32 = 0;

/** Starts with no rows and memory for this many rows and columns, all SKIPPED. */
export function beginRows(count: i32, rows: i32): void {
  columnCount = count;
  columns = allocate(<usize>count * offsetof<Column>());
  memory.fill(columns, 0, <usize>count * offsetof<Column>());
  capacity = rows;
  lines = allocate((<usize>rows) << 2);
  hashes = allocate((<usize>rows) << 3);
  present = allocate(rows);
  // Whoever had the memory before may have given it back with buffered rows.
  clearRows();
}

export function columnAt(index: i32): Column {
  return changetype<Column>(columns + <usize>index * offsetof<Column>());
}

/**
 * Takes a column for numbers, in which `decimal` is the ASCII code of the decimal mark.
 *
 * @param isQuoted whether numbers with that mark are within quotes only, because it is the delimiter too
 * @returns where its buffered rows are
 */
export function takeAsNumbers(index: i32, decimal: u32, isQuoted: bool): usize {
  const column = columnAt(index);
  column.storage = isQuoted ? QUOTED_NUMBER : NUMBER;
  column.decimal = decimal;
  column.rows = allocate((<usize>capacity) << 3);
  return column.rows;
}

/**
 * Takes a column for labels; it may have been one of numbers before.
 *
 * @returns where its buffered rows are
 */
export function takeAsLabels(index: i32, labels: Labels): usize {
  const column = columnAt(index);
  column.storage = LABEL;
  column.labels = changetype<usize>(labels);
  column.missing = 0;
  column.missingNumbers = 0;
  if (column.rows == 0) column.rows = allocate((<usize>capacity) << 2);
  return column.rows;
}

/** Passes over the cells of a column from now on. */
export function skipColumn(index: i32): void {
  columnAt(index).storage = SKIPPED;
}

/** Cells without a value that were taken since the last call. */
export function takeMissing(index: i32): u32 {
  const column = columnAt(index);
  const count = column.missing;
  column.missing = 0;
  return count;
}

/** Those of them that held a number. */
export function takeMissingNumbers(index: i32): u32 {
  const column = columnAt(index);
  const count = column.missingNumbers;
  column.missingNumbers = 0;
  return count;
}

/** Puts a number into the current row. */
export function takeNumber(column: Column, number: f64): void {
  let value = number;
  if (isMissingNumber(value)) {
    column.missingNumbers++;
    column.missing++;
    value = NaN;
  }
  hashNumber(value);
  store<f64>(column.rows + ((<usize>rowCount) << 3), value);
}

/** Those of the current row. */
let rowHash: u64 = 0;
let rowPresent: u8 = 0;

/** What counts in the hash of a row for a cell without a value. */
const NULL_HASH: u64 = 0x7ff8dead0000beef;

/** Counts a cell in the hash of its row: another value gives another hash, whatever the other cells. */
function addToRowHash(bits: u64): void {
  rowHash = mix(rowHash, bits);
}

/** Counts a number that was taken elsewhere in the hash of its row; NaN is no value. */
export function hashNumber(value: f64): void {
  if (value != value) addToRowHash(NULL_HASH);
  else {
    rowPresent = 1;
    // 0 and -0 are one value.
    addToRowHash(reinterpret<u64>(value + 0.0));
  }
}

/** Puts no value into the current row, in a column of numbers. */
export function takeNull(column: Column): void {
  column.missing++;
  addToRowHash(NULL_HASH);
  store<f64>(column.rows + ((<usize>rowCount) << 3), NaN);
}

/** The number of a label, as addLabel, counted in the hash of its row; -1 for an empty text. */
export function takeLabel(labels: Labels, start: usize, length: u32, line: u32): i32 {
  const code = length == 0 ? -1 : addLabel(labels, start, length, line);
  if (code < 0 || lastIsMissing) addToRowHash(NULL_HASH);
  else {
    rowPresent = 1;
    addToRowHash(lastHash);
  }
  return code;
}

/** Ends the current row. */
export function endRow(line: u32): void {
  store<u32>(lines + ((<usize>rowCount) << 2), line);
  // The high bits are the good ones after a multiplication.
  store<u64>(hashes + ((<usize>rowCount) << 3), rowHash ^ (rowHash >> 32));
  store<u8>(present + rowCount, rowPresent);
  rowHash = seed;
  rowPresent = 0;
  rowCount++;
}

/** Gives the buffered rows out, and forgets what there is of the next one. */
export function clearRows(): void {
  rowCount = 0;
  rowHash = seed;
  rowPresent = 0;
}

// Cells and records of a CSV file, as far as they are plain.

import { Labels } from './labels';
import { isMissing } from './null-tokens';
import { numberEnd, parseNumber } from './numbers';
import {
  beginRows,
  Column,
  capacity,
  columnAt,
  columnCount,
  endRow,
  LABEL,
  NUMBER,
  rowCount,
  SKIPPED,
  takeLabel,
  takeNull,
  takeNumber,
} from './rows';

const LINE_FEED: u32 = 10;
const CARRIAGE_RETURN: u32 = 13;
const SPACE: u32 = 32;

/** ASCII codes; the quote is 0 where nothing is quoted: a NUL byte never comes here. */
let delimiter: u32 = 0;
let quote: u32 = 0;
/** What ends an unquoted cell or needs handling, each in all 16 bytes. */
let delimiters: v128 = i8x16.splat(0);
let quotes: v128 = i8x16.splat(0);
let returns: v128 = i8x16.splat(0);
/** The escape character, or the quote where there is none: what ends the plain part of a quoted cell. */
let escapes: v128 = i8x16.splat(0);
const lineFeeds: v128 = i8x16.splat(<i8>LINE_FEED);
/** 1 for the white space that is dropped around cells. */
const BLANKS: usize = memory.data(256);

/** The position of the next cell: its column, the first line of its record, and its own line. */
export let cellColumn: i32 = 0;
export let cellRecordLine: u32 = 0;
export let cellLine: u32 = 0;

/**
 * Begins a scan: room for `rows` rows of so many columns, all SKIPPED. The escape character is 0 where there is none; a
 * file that has one and ends its lines with a carriage return alone is not supported here.
 */
export function beginScan(
  delimiterCode: u32,
  quoteCode: u32,
  escapeCode: u32,
  carriageReturnEnds: bool,
  columns: i32,
  rows: i32,
): void {
  delimiter = delimiterCode;
  quote = quoteCode;
  delimiters = i8x16.splat(<i8>delimiter);
  quotes = i8x16.splat(<i8>(quote != 0 ? quote : delimiter));
  returns = i8x16.splat(<i8>(carriageReturnEnds ? CARRIAGE_RETURN : escapeCode != 0 ? escapeCode : delimiter));
  escapes = i8x16.splat(<i8>(escapeCode != 0 ? escapeCode : quote));
  for (let byte: u32 = 0; byte <= SPACE; byte++) {
    const isStop =
      byte == delimiter || byte == LINE_FEED || byte == quote || (carriageReturnEnds && byte == CARRIAGE_RETURN);
    store<u8>(BLANKS + byte, isWhite(byte) && !isStop ? 1 : 0);
  }
  beginRows(columns, rows);
}

/** Sets the position of the next cell. */
export function setCellPosition(column: i32, recordLine: u32, line: u32): void {
  cellColumn = column;
  cellRecordLine = recordLine;
  cellLine = line;
}

/**
 * Reads the cells from `start` on into the buffered rows, up to the first that is not plain, the last whole one before
 * `end`, or the last row that there is room for; returns where it stopped. A cell is plain where its quotes, if any, are
 * around all of it and hold neither quotes nor line ends, where a column of numbers has a number or nothing, and where
 * its record has as many cells as there are columns.
 *
 * `end` must hold a line feed, and 32 bytes more must be there.
 */
export function scanCells(start: usize, end: usize): usize {
  let at = start;
  while (rowCount < capacity && cellColumn < columnCount) {
    const next = scanCell(at, end);
    if (next == 0) break;
    at = next;
  }
  return at;
}

/** Reads one cell; returns where the next one begins, or 0 where it is not plain. */
function scanCell(start: usize, end: usize): usize {
  const column = columnAt(cellColumn);
  let from = start;
  let first = <u32>load<u8>(from);
  while (first <= SPACE && load<u8>(BLANKS + first) != 0) first = <u32>load<u8>(++from);
  if (column.storage == NUMBER) {
    const value = parseNumber(from, column.decimal);
    if (value == value) {
      const next = cellEnd(numberEnd, end);
      if (next != 0) {
        if (!isExpected(next)) return 0;
        takeNumber(column, value);
        endCell(next);
        return next;
      }
    }
  }
  return first == quote && quote != 0 ? scanQuoted(column, from, end) : scanText(column, from, end);
}

/** Where the next cell begins, if the current one ends at `at`; else 0. */
function cellEnd(at: usize, end: usize): usize {
  if (at >= end) return 0;
  const mark = <u32>load<u8>(at);
  if (mark == delimiter || mark == LINE_FEED) return at + 1;
  // The pair of carriage return and line feed.
  if (mark == CARRIAGE_RETURN && at + 1 < end && <u32>load<u8>(at + 1) == LINE_FEED) return at + 2;
  return 0;
}

/** Whether the cell that ends before `next` ends its record where, and only where, it is the last column's. */
function isExpected(next: usize): bool {
  return (<u32>load<u8>(next - 1) == LINE_FEED) == (cellColumn == columnCount - 1);
}

/** Moves the position to the cell that begins at `next`. */
function endCell(next: usize): void {
  if (<u32>load<u8>(next - 1) == LINE_FEED) {
    endRow(cellRecordLine);
    endLine();
  } else cellColumn++;
}

function endLine(): void {
  cellLine++;
  cellRecordLine = cellLine;
  cellColumn = 0;
}

/** Reads an unquoted cell. */
function scanText(column: Column, from: usize, end: usize): usize {
  let to = firstOf(from, delimiters, lineFeeds, quotes, returns);
  if (to >= end) return 0;
  const mark = <u32>load<u8>(to);
  if (mark != delimiter && mark != LINE_FEED) return 0;
  const next = to + 1;
  while (to > from && isWhite(<u32>load<u8>(to - 1))) to--;
  if (cellColumn == 0 && to == from && mark == LINE_FEED) {
    // A blank line is nothing.
    endLine();
    return next;
  }
  return takeCell(column, from, to, next);
}

/** Reads a cell whose quote opens at `open`. */
function scanQuoted(column: Column, open: usize, end: usize): usize {
  let to = firstOf(open + 1, quotes, escapes, lineFeeds, i8x16.splat(<i8>CARRIAGE_RETURN));
  if (to >= end || <u32>load<u8>(to) != quote) return 0;
  let after = to + 1;
  while (after < end && load<u8>(BLANKS + <u32>load<u8>(after)) != 0) after++;
  // A carriage return may be a blank, too.
  const next = cellEnd(after, end);
  if (next == 0) return 0;
  let from = open + 1;
  while (from < to && isWhite(<u32>load<u8>(from))) from++;
  while (to > from && isWhite(<u32>load<u8>(to - 1))) to--;
  return takeCell(column, from, to, next);
}

/** Takes the content of a cell; returns `next`, or 0 where that is not supported here. */
function takeCell(column: Column, from: usize, to: usize, next: usize): usize {
  if (!isExpected(next)) return 0;
  const length = <u32>(to - from);
  if (column.storage == LABEL) {
    const code = takeLabel(changetype<Labels>(column.labels), from, length, cellRecordLine);
    store<i32>(column.rows + ((<usize>rowCount) << 2), code);
    column.missing += <u32>(code < 0);
  } else if (column.storage != SKIPPED) {
    if (isMissing(from, length)) takeNull(column);
    else {
      const value = parseNumber(from, column.decimal);
      if (value != value || numberEnd != to) return 0;
      takeNumber(column, value);
    }
  }
  endCell(next);
  return next;
}

/** ASCII white space: space, tab, line feed, vertical tab, form feed and carriage return. */
function isWhite(byte: u32): bool {
  return byte == SPACE || byte - 9 < 5;
}

/** The address of the first byte from `start` on that is one of four; 16 bytes are compared at once. */
function firstOf(start: usize, first: v128, second: v128, third: v128, fourth: v128): usize {
  let at = start - 16;
  let mask: i32 = 0;
  while (mask == 0) {
    at += 16;
    const bytes = v128.load(at);
    mask = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, first), i8x16.eq(bytes, second)),
        v128.or(i8x16.eq(bytes, third), i8x16.eq(bytes, fourth)),
      ),
    );
  }
  return at + <usize>ctz(mask);
}

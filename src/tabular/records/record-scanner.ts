import { isWhiteSpace } from '../../runtime/values/cells.ts';
import type { CsvSyntax } from '../scan/csv-scanner.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

/** How the content of a cell is written. */
const PLAIN = 0;
/** It holds doubled quotes or escape characters. */
export const ESCAPED = 1;

/**
 * Divides bytes into records as CsvScanner does, one at a time, and tells where the bytes of each cell are: for files that are
 * written anew with their own bytes. After `next`, the first `cellCount` elements of the arrays are those of its record.
 */
export class RecordScanner {
  /** The content of each cell, without white space and quotes around it. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The same with them. */
  readonly rawStarts: Int32Array;
  readonly rawEnds: Int32Array;
  /** PLAIN or ESCAPED. */
  readonly forms: Uint8Array;
  /** Cells of the record; 0 where only blank lines were left. Those beyond the expected ones have no positions. */
  cellCount = 0;

  readonly #syntax: CsvSyntax;
  readonly #stops = new Uint8Array(256);
  readonly #blanks = new Uint8Array(256);
  #isRecordOver = false;

  /** `columnCount`: the cells of a record that are wanted. */
  constructor(syntax: CsvSyntax, columnCount: number) {
    this.#syntax = syntax;
    [this.starts, this.ends] = [new Int32Array(columnCount), new Int32Array(columnCount)];
    [this.rawStarts, this.rawEnds] = [new Int32Array(columnCount), new Int32Array(columnCount)];
    this.forms = new Uint8Array(columnCount);
    for (const byte of [syntax.delimiter, LINE_FEED]) this.#stops[byte] = 1;
    if (syntax.quote >= 0) this.#stops[syntax.quote] = 1;
    if (syntax.escape >= 0) this.#stops[syntax.escape] = 1;
    if (syntax.carriageReturnEnds) this.#stops[CARRIAGE_RETURN] = 1;
    for (let byte = 0; byte <= SPACE; byte++) {
      this.#blanks[byte] = isWhiteSpace(byte) && this.#stops[byte] === 0 ? 1 : 0;
    }
  }

  /**
   * Reads the record at `position` and returns where the next one begins, or -1 where the bytes end within it. `bytes[length]`
   * must be a line feed. With `isLast` the end of the bytes ends a record.
   */
  next(bytes: Uint8Array, position: number, length: number, isLast: boolean): number {
    this.cellCount = 0;
    let at = position;
    while (at < length || (isLast && this.cellCount > 0)) {
      this.#isRecordOver = false;
      at = this.#cell(bytes, at, length, isLast);
      if (at < 0 || this.#isRecordOver) return at;
    }
    return this.cellCount === 0 ? length : -1;
  }

  #cell(bytes: Uint8Array, start: number, length: number, isLast: boolean): number {
    let content = start;
    while (content < length && this.#blanks[bytes[content]!] === 1) content++;
    if (content < length && bytes[content] === this.#syntax.quote) {
      return this.#quoted(bytes, start, content, length, isLast);
    }
    const { delimiter, escape: escapeMark, quote } = this.#syntax;
    let end = content;
    let form = PLAIN;
    for (;;) {
      while (this.#stops[bytes[end]!] === 0) end++;
      if (end >= length) break;
      if (bytes[end] === escapeMark) {
        if (end + 2 >= length && !isLast) return -1;
        const taken = this.#escapedBytes(bytes, end, length);
        if (taken > 0) form = ESCAPED;
        end += 1 + taken;
      } else if (bytes[end] === quote) end++;
      else break;
    }
    if (end >= length) {
      if (!isLast) return -1;
      end = length;
    }
    let contentEnd = end;
    while (contentEnd > content && this.#blanks[bytes[contentEnd - 1]!] === 1) contentEnd--;
    const isDelimited = end < length && bytes[end] === delimiter;
    // A blank line is no record.
    if (this.cellCount === 0 && !isDelimited && contentEnd === content) return this.#afterLine(bytes, end, length);
    this.#add(start, end, content, contentEnd, form);
    return isDelimited ? end + 1 : this.#endRecord(bytes, end, length);
  }

  #quoted(bytes: Uint8Array, start: number, open: number, length: number, isLast: boolean): number {
    const { delimiter, escape: escapeMark, quote } = this.#syntax;
    let form = PLAIN;
    let close = open + 1;
    for (; close < length; close++) {
      const byte = bytes[close]!;
      if (byte === quote) {
        if (close + 1 >= length && !isLast) return -1;
        if (close + 1 >= length || bytes[close + 1] !== quote) break;
        form = ESCAPED;
        close++;
      } else if (byte === escapeMark) {
        if (close + 2 >= length && !isLast) return -1;
        const taken = this.#escapedBytes(bytes, close, length);
        if (taken > 0) form = ESCAPED;
        close += taken;
      }
    }
    if (close >= length) {
      if (!isLast) return -1;
      this.#add(start, length, open + 1, length, PLAIN);
      return this.#endRecord(bytes, length, length);
    }
    let end = close + 1;
    while (end < length && this.#blanks[bytes[end]!] === 1) end++;
    const trailing = end;
    while (end < length && bytes[end] !== delimiter && !this.#endsLine(bytes[end]!)) end++;
    if (end >= length && !isLast) return -1;
    if (end > trailing) this.#addTrimmed(bytes, start, end, open, end, PLAIN);
    else this.#addTrimmed(bytes, start, end, open + 1, close, form);
    return end < length && bytes[end] === delimiter ? end + 1 : this.#endRecord(bytes, end, length);
  }

  #addTrimmed(bytes: Uint8Array, rawStart: number, rawEnd: number, from: number, to: number, form: number): void {
    let [start, end] = [from, to];
    while (start < end && isWhiteSpace(bytes[start]!)) start++;
    // The last byte may be what an escape character takes: white space after such a text is dropped when that is read.
    while (form === PLAIN && end > start && isWhiteSpace(bytes[end - 1]!)) end--;
    this.#add(rawStart, rawEnd, start, end, form);
  }

  #add(rawStart: number, rawEnd: number, start: number, end: number, form: number): void {
    const column = this.cellCount++;
    if (column >= this.starts.length) return;
    this.rawStarts[column] = rawStart;
    this.rawEnds[column] = rawEnd;
    this.starts[column] = start;
    this.ends[column] = end;
    this.forms[column] = form;
  }

  #endRecord(bytes: Uint8Array, end: number, length: number): number {
    this.#isRecordOver = true;
    const last = this.cellCount - 1;
    // The carriage return before a line feed is part of the line end, not of the cell.
    if (last < this.rawEnds.length && end > this.rawStarts[last]! && bytes[end - 1] === CARRIAGE_RETURN) {
      this.rawEnds[last] = end - 1;
    }
    return this.#afterLine(bytes, end, length);
  }

  #afterLine(bytes: Uint8Array, end: number, length: number): number {
    if (end >= length) return length;
    return bytes[end] === CARRIAGE_RETURN && end + 1 < length && bytes[end + 1] === LINE_FEED ? end + 2 : end + 1;
  }

  #endsLine(byte: number): boolean {
    return byte === LINE_FEED || (this.#syntax.carriageReturnEnds && byte === CARRIAGE_RETURN);
  }

  /** How many bytes after the escape character at `position` it takes for characters like any other. */
  #escapedBytes(bytes: Uint8Array, position: number, length: number): number {
    if (position + 1 >= length) return 0;
    const next = bytes[position + 1];
    if (next === CARRIAGE_RETURN) return position + 2 < length && bytes[position + 2] === LINE_FEED ? 2 : 1;
    const { delimiter, escape: escapeMark, quote } = this.#syntax;
    return next === quote || next === escapeMark || next === delimiter || next === LINE_FEED ? 1 : 0;
  }
}

/**
 * The content of an ESCAPED cell, perhaps with white space behind it: with one quote for each doubled one, and without escape
 * characters that mean something.
 */
export function unescapeCell(text: string, syntax: CsvSyntax): string {
  const quote = syntax.quote < 0 ? '' : String.fromCharCode(syntax.quote);
  const escapeMark = syntax.escape < 0 ? '' : String.fromCharCode(syntax.escape);
  const taken = [quote, escapeMark, String.fromCharCode(syntax.delimiter), '\n', '\r'];
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const next = text[at + 1];
    if (character === escapeMark && next !== undefined && taken.includes(next)) {
      plain += next;
      at++;
      if (next === '\r' && text[at + 1] === '\n') plain += text[++at]!;
      continue;
    }
    plain += character;
    if (character === quote && next === quote) at++;
  }
  return plain;
}

import { isWhiteSpace } from '../../runtime/values/cells.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;

/** How the text of a file is divided, as the scanner needs it. */
export interface CsvSyntax {
  /** ASCII code of the character between cells. */
  readonly delimiter: number;
  /** ASCII code of the quote, -1 where nothing is quoted. */
  readonly quote: number;
  /** ASCII code of the character that takes its meaning from the one after it, -1 where quotes are only doubled. */
  readonly escape: number;
  /** True where a lone carriage return ends a record. A line feed always does, with or without one before it. */
  readonly carriageReturnEnds: boolean;
}

/** Where the next cell of a scan is. */
export interface CellPosition {
  column: number;
  /** The line at which its record begins. */
  recordLine: number;
  line: number;
}

/** Reads plain cells, many at once. */
export interface PlainCellReader {
  /** Whether there is no room for another row. */
  readonly isFull: boolean;
  /** Reads from `start` up to the first cell that is not plain, and returns where that begins; advances `cellPosition`. */
  scan(bytes: Buffer, start: number, end: number, cellPosition: CellPosition): number;
}

/** What goes wrong within a cell. */
export type CellFault = 'STRAY_QUOTE' | 'TEXT_AFTER_QUOTE' | 'UNCLOSED_QUOTE';

/**
 * What the scanner hands its findings to. Bytes are only lent: they change after the call returns. Cells come
 * without the white space around them and without their quotes.
 */
export interface CsvSink {
  /**
   * Who takes plain cells, many at once, from now on: they do not come through `cell`, nor their records through
   * `recordEnd`. Null, or left out, where all are to come one by one. Looked at before each call.
   */
  readonly plain?: PlainCellReader | null;
  /** Room for bytes from which plain cells can be taken. */
  buffer?(length: number): Buffer;
  /** Puts the rows of plain cells away, so that there is room for more. */
  flush?(): void;
  cell(column: number, bytes: Buffer, start: number, end: number, line: number): void;
  /** After the last cell of each record; blank lines are no records. False stops the scan. */
  recordEnd(cellCount: number, line: number): boolean;
  fault(fault: CellFault, line: number): void;
}

/**
 * Divides bytes into records and cells by RFC 4180: cells may be quoted, and then hold delimiters, line breaks
 * and, doubled, quotes. Lenient where the meaning is plain: white space around cells and quotes is dropped, a
 * quote inside an unquoted cell is a character like any other (and reported). Where there is an escape character, it takes
 * its meaning from a quote, a delimiter, a line end or an escape character after it, and is a character like any other
 * before everything else. Linear in the bytes, whatever they are.
 */
export class CsvScanner {
  /** The physical line that is being read; the first of a file is 1. */
  line: number;
  /** True once the sink has had enough. */
  stopped = false;

  readonly #sink: CsvSink;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #carriageReturnEnds: boolean;
  /** 1 for the bytes that end an unquoted cell or need a look: delimiter, quote, line ends. */
  readonly #stops = new Uint8Array(256);
  /** 1 for the white space that is dropped around cells. */
  readonly #blanks = new Uint8Array(256);
  #column = 0;
  #recordLine = 1;
  #skipLineFeed = false;
  /** Where quoted cells with doubled quotes are put together. */
  #unescaped: Buffer = Buffer.allocUnsafe(256);

  /** @param firstLine the number of the line that the first byte is in */
  constructor(syntax: CsvSyntax, sink: CsvSink, firstLine = 1) {
    this.line = firstLine;
    this.#sink = sink;
    this.#delimiter = syntax.delimiter;
    this.#quote = syntax.quote;
    this.#escape = syntax.escape;
    this.#carriageReturnEnds = syntax.carriageReturnEnds;
    for (const byte of [syntax.delimiter, LINE_FEED]) this.#stops[byte] = 1;
    if (syntax.quote >= 0) this.#stops[syntax.quote] = 1;
    if (syntax.escape >= 0) this.#stops[syntax.escape] = 1;
    if (syntax.carriageReturnEnds) this.#stops[CARRIAGE_RETURN] = 1;
    for (let byte = 0; byte <= SPACE; byte++) {
      this.#blanks[byte] = isWhiteSpace(byte) && this.#stops[byte] === 0 ? 1 : 0;
    }
  }

  /** Room for bytes to scan, and for a guard after them. */
  buffer(length: number): Buffer {
    return this.#sink.buffer?.(length) ?? Buffer.allocUnsafe(length);
  }

  /** Whether no record has begun that is not at its end. */
  get isBetweenRecords(): boolean {
    return this.#column === 0;
  }

  /**
   * Reads all whole cells of bytes[0, length) and returns the number of bytes they took; the caller brings the
   * rest again, with more after it. `bytes[length]` must be a line feed: the guard at which inner loops stop.
   *
   * @param isLast whether the file ends at `length`; then everything is read
   */
  scan(bytes: Buffer, length: number, isLast: boolean): number {
    let position = 0;
    while (!this.stopped) {
      if (this.#column === 0) {
        if (this.#skipLineFeed && position < length) {
          this.#skipLineFeed = false;
          if (bytes[position] === LINE_FEED) position++;
        }
        this.#recordLine = this.line;
      }
      const { plain } = this.#sink;
      if (plain) position = this.#takePlain(plain, bytes, position, length);
      if (position >= length && !(isLast && this.#column > 0)) break;
      const next = this.#scanCell(bytes, position, length, isLast);
      if (next < 0) break;
      position = next;
    }
    return position;
  }

  /** Has plain cells taken for as long as they come, and returns where they stop. */
  #takePlain(rows: PlainCellReader, bytes: Buffer, start: number, length: number): number {
    const cellPosition = { column: this.#column, recordLine: this.#recordLine, line: this.line };
    let position = rows.scan(bytes, start, length, cellPosition);
    while (rows.isFull) {
      this.#sink.flush?.();
      position = rows.scan(bytes, position, length, cellPosition);
    }
    this.#column = cellPosition.column;
    this.#recordLine = cellPosition.recordLine;
    this.line = cellPosition.line;
    return position;
  }

  /** Reads the cell at `start`. Returns where the next one begins, or -1 where the cell may go on after `length`. */
  #scanCell(bytes: Buffer, start: number, length: number, isLast: boolean): number {
    let contentStart = start;
    while (contentStart < length && this.#blanks[bytes[contentStart]!] === 1) contentStart++;
    if (contentStart < length && bytes[contentStart] === this.#quote) {
      return this.#scanQuoted(bytes, contentStart, length, isLast);
    }
    let end = contentStart;
    let strayQuote = false;
    let lines = 0;
    let escaped = 0;
    for (;;) {
      while (this.#stops[bytes[end]!] === 0) end++;
      if (end >= length) break;
      if (bytes[end] === this.#escape) {
        // It may take two bytes with it.
        if (end + 2 >= length && !isLast) return -1;
        const taken = this.#escapedBytes(bytes, end, length);
        if (taken > 0) escaped++;
        if (taken > 0 && this.#endsPhysicalLine(bytes, end + taken)) lines++;
        end += 1 + taken;
      } else if (bytes[end] === this.#quote) {
        strayQuote = true;
        end++;
      } else break;
    }
    if (end >= length) {
      if (!isLast) return -1;
      end = length;
    }
    if (strayQuote) this.#sink.fault('STRAY_QUOTE', this.#recordLine);
    let contentEnd = end;
    while (contentEnd > contentStart && this.#blanks[bytes[contentEnd - 1]!] === 1) contentEnd--;
    const isDelimited = end < length && bytes[end] === this.#delimiter;
    if (this.#column === 0 && !isDelimited && contentEnd === contentStart) {
      return this.#skipLine(bytes, end, length, isLast);
    }
    this.line += lines;
    if (escaped > 0) {
      const content = this.#unescape(bytes, contentStart, contentEnd);
      this.#sink.cell(this.#column++, content, 0, content.length, this.#recordLine);
    } else this.#sink.cell(this.#column++, bytes, contentStart, contentEnd, this.#recordLine);
    return isDelimited ? end + 1 : this.#endRecord(bytes, end, length, isLast);
  }

  /** Reads the cell whose quote opens at `open`; returns as #scanCell. */
  #scanQuoted(bytes: Buffer, open: number, length: number, isLast: boolean): number {
    const quote = this.#quote;
    let lines = 0;
    let special = 0;
    let close = open + 1;
    for (; close < length; close++) {
      const byte = bytes[close]!;
      if (byte === quote) {
        if (close + 1 >= length && !isLast) return -1;
        if (close + 1 >= length || bytes[close + 1] !== quote) break;
        special++;
        close++;
      } else if (byte === this.#escape) {
        if (close + 2 >= length && !isLast) return -1;
        const taken = this.#escapedBytes(bytes, close, length);
        if (taken > 0) special++;
        close += taken;
        if (taken > 0 && this.#endsPhysicalLine(bytes, close)) lines++;
      } else if (this.#isLineEnd(bytes, close)) lines++;
    }
    if (close >= length) {
      if (!isLast) return -1;
      this.#sink.fault('UNCLOSED_QUOTE', this.#recordLine);
      this.#sink.cell(this.#column++, bytes, open + 1, length, this.#recordLine);
      this.line += lines;
      return this.#endRecord(bytes, length, length, isLast);
    }
    let end = close + 1;
    while (end < length && this.#blanks[bytes[end]!] === 1) end++;
    const trailingStart = end;
    while (end < length && bytes[end] !== this.#delimiter && !this.#ends(bytes, end)) end++;
    if (end >= length && !isLast) return -1;
    this.line += lines;
    if (end > trailingStart) {
      this.#sink.fault('TEXT_AFTER_QUOTE', this.#recordLine);
      this.#emitCell(bytes, open, end);
    } else if (special > 0) {
      const content = this.#unescape(bytes, open + 1, close);
      this.#emitCell(content, 0, content.length);
    } else this.#emitCell(bytes, open + 1, close);
    if (end < length && bytes[end] === this.#delimiter) return end + 1;
    return this.#endRecord(bytes, end, length, isLast);
  }

  /** Hands over the content of a quoted cell, without the white space at its ends. */
  #emitCell(bytes: Buffer, start: number, end: number): void {
    let contentStart = start;
    let contentEnd = end;
    while (contentStart < contentEnd && isWhiteSpace(bytes[contentStart]!)) contentStart++;
    while (contentEnd > contentStart && isWhiteSpace(bytes[contentEnd - 1]!)) contentEnd--;
    this.#sink.cell(this.#column++, bytes, contentStart, contentEnd, this.#recordLine);
  }

  /** The content of a cell with one quote for each doubled one, and without the escape characters that mean something. */
  #unescape(bytes: Buffer, start: number, end: number): Buffer {
    if (this.#unescaped.length < end - start) this.#unescaped = Buffer.allocUnsafe((end - start) * 2);
    const target = this.#unescaped;
    let count = 0;
    for (let index = start; index < end; index++) {
      const byte = bytes[index]!;
      const taken = byte === this.#escape ? this.#escapedBytes(bytes, index, end) : 0;
      if (taken > 0) {
        for (let more = 0; more < taken; more++) target[count++] = bytes[++index]!;
        continue;
      }
      target[count++] = byte;
      if (byte === this.#quote && bytes[index + 1] === this.#quote && index + 1 < end) index++;
    }
    return target.subarray(0, count);
  }

  /** How many bytes after the escape character at `position` it takes for characters like any other; 0 where it is one itself. */
  #escapedBytes(bytes: Buffer, position: number, length: number): number {
    if (position + 1 >= length) return 0;
    const next = bytes[position + 1];
    if (next === CARRIAGE_RETURN) return position + 2 < length && bytes[position + 2] === LINE_FEED ? 2 : 1;
    return next === this.#quote || next === this.#escape || next === this.#delimiter || next === LINE_FEED ? 1 : 0;
  }

  /** Whether the byte is the last of those that end a physical line. */
  #endsPhysicalLine(bytes: Buffer, position: number): boolean {
    const byte = bytes[position];
    return byte === LINE_FEED || (this.#carriageReturnEnds && byte === CARRIAGE_RETURN);
  }

  /** Whether the byte ends a record. */
  #ends(bytes: Buffer, position: number): boolean {
    const byte = bytes[position];
    return byte === LINE_FEED || (this.#carriageReturnEnds && byte === CARRIAGE_RETURN);
  }

  /** Whether a physical line ends here; the pair CR LF counts once, at its line feed. */
  #isLineEnd(bytes: Buffer, position: number): boolean {
    const byte = bytes[position];
    return (
      byte === LINE_FEED || (this.#carriageReturnEnds && byte === CARRIAGE_RETURN && bytes[position + 1] !== LINE_FEED)
    );
  }

  #endRecord(bytes: Buffer, end: number, length: number, isLast: boolean): number {
    const cellCount = this.#column;
    this.#column = 0;
    if (!this.#sink.recordEnd(cellCount, this.#recordLine)) this.stopped = true;
    return this.#skipLine(bytes, end, length, isLast);
  }

  /** Passes the line end at `end`: one byte, or two where a carriage return that ends records has a line feed after it. */
  #skipLine(bytes: Buffer, end: number, length: number, isLast: boolean): number {
    if (end >= length) return length;
    this.line++;
    if (bytes[end] !== CARRIAGE_RETURN) return end + 1;
    if (end + 1 < length) return bytes[end + 1] === LINE_FEED ? end + 2 : end + 1;
    this.#skipLineFeed = !isLast;
    return end + 1;
  }
}

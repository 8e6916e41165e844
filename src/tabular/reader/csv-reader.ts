import { ByteSource, type SourceSpan, type Utf8Counts, Utf8Detector } from '../scan/byte-source.ts';
import { type CellFault, CsvScanner, type CsvSink } from '../scan/csv-scanner.ts';
import { RowBuffer } from '../scan/row-buffer.ts';
import { RowMetadata } from '../scan/row-metadata.ts';
import { scanFile } from '../scan/scan-file.ts';
import { syntaxOf } from '../sniffer/delimiter-guess.ts';
import type { CsvDialect } from '../sniffer/dialect.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import { LabelReader, NumberReader } from './cell-reader.ts';
import { checkMemory } from './memory-limit.ts';
import type { NullTokens } from './null-tokens.ts';
import type { ColumnPlan } from './read-plan.ts';

/** The faults in the format of the file, as the reader found them. */
export interface ReadingFaults {
  /** Records with fewer or more cells than there are columns. */
  readonly ragged: LineCounter;
  /** For each number of cells that ragged records have, how many have it; at most 20 different ones. */
  readonly raggedCounts: ReadonlyMap<number, number>;
  /** Cells that records have too few, all together. Reading stopped where they are more than MAX_CELLS_LACKING. */
  readonly cellsLacking: number;
  /** Records with one more cell, which is empty: a delimiter at the end of the line. */
  readonly trailingDelimiter: LineCounter;
  readonly strayQuote: LineCounter;
  readonly textAfterQuote: LineCounter;
  readonly unclosedQuote: LineCounter;
  /** The line of a cell beyond MAX_CELL_BYTES, at which reading stopped. */
  readonly tooLongLine: number | null;
  /** True where the file holds a NUL byte, at which reading stopped. */
  readonly hasNul: boolean;
}

/**
 * Each of these takes 8 bytes and a microsecond, and nothing in the file: of a header with 100,000 names and rows of one
 * cell, a megabyte would become hundreds of gigabytes. The file is refused in any case.
 */
const MAX_CELLS_LACKING = 1 << 22;

/** Whether reading stopped before the end of the file. */
export function haveStopped({ hasNul, tooLongLine, cellsLacking }: ReadingFaults): boolean {
  return hasNul || tooLongLine !== null || cellsLacking > MAX_CELLS_LACKING;
}

/** The columns of a file as they were read, still without kinds. To be disposed of: its labels lie in memory that is lent. */
export interface RawTable extends Disposable {
  readonly rowCount: number;
  readonly metadata: RowMetadata;
  /** One reader for each column, full of its cells; none where reading stopped before the end. */
  readonly readers: readonly (NumberReader | LabelReader)[];
  readonly faults: ReadingFaults;
  readonly utf8: Utf8Counts;
  /** The line at which reading ended: one after the last where that has a line end. */
  readonly endLine: number;
}

/** Where to read from, and how. */
export interface ReadingTask extends SourceSpan {
  readonly path: string;
  readonly dialect: CsvDialect;
  readonly firstLine: number;
  readonly plans: readonly ColumnPlan[];
  readonly missing: NullTokens;
  /** A guess at the number of rows, to take the right memory at once. */
  readonly expectedRows: number;
  readonly chunkBytes: number;
}

/**
 * Reads a file into columns: one pass, and a second one where some columns turned out not to be numbers after the rows
 * that were looked at beforehand. Memory grows with the values, not with the text.
 *
 * @throws the file system's error where the file cannot be read
 */
export function readCsv(task: ReadingTask, onProgress: (fraction: number) => void): RawTable {
  const first = readOnce(task, task.plans, (fraction) => onProgress(fraction * 0.8));
  const { demoted } = first;
  if (demoted.size === 0 || haveStopped(first.table.faults)) return first.table;
  first.table[Symbol.dispose]();
  // All columns, not these alone: the hash of a row is one of all its values.
  const plans = task.plans.map((plan, index): ColumnPlan => {
    return demoted.has(index) ? { ...plan, storage: 'label' } : plan;
  });
  return readOnce(task, plans, (fraction) => onProgress(0.8 + fraction * 0.2)).table;
}

/** One pass, and the columns that are not there because they have to be read again, as labels. */
function readOnce(
  task: ReadingTask,
  plans: readonly ColumnPlan[],
  onProgress: (fraction: number) => void,
): { readonly table: RawTable; readonly demoted: ReadonlySet<number> } {
  const sink = new TableSink(task, plans);
  try {
    const { hasNul, tooLongLine, utf8, endLine } = scanInto(task, sink, onProgress);
    const faults = { ...sink.faults, hasNul, tooLongLine };
    const readers = haveStopped(faults) ? [] : sink.readers.filter((reader) => reader !== null);
    const { rowCount, metadata, demoted } = sink;
    const table = {
      rowCount,
      metadata,
      readers,
      faults,
      utf8,
      endLine,
      [Symbol.dispose]: () => sink[Symbol.dispose](),
    };
    return { table, demoted };
  } catch (error) {
    sink[Symbol.dispose]();
    throw error;
  }
}

/** Scans the whole file, up to where reading stops. */
export function scanInto(task: ReadingTask, sink: TableSink, onProgress: (fraction: number) => void) {
  const source = new ByteSource(task.path, task.dialect.encoding, task);
  try {
    const scanner = new CsvScanner(syntaxOf(task.dialect), sink, task.firstLine);
    const detector = new Utf8Detector();
    let hasNul = false;
    const stop = scanFile(source, scanner, task.chunkBytes, (chunk) => {
      hasNul = chunk.includes(0);
      detector.add(chunk);
      onProgress(source.fraction);
      return !hasNul;
    });
    sink.flush();
    const { line } = scanner;
    return { hasNul, tooLongLine: stop === 'CELL_TOO_LONG' ? line : null, utf8: detector.counts, endLine: line };
  } finally {
    source.close();
  }
}

/** More lengths of ragged records than this say no more than "all sorts". */
const RAGGED_COUNTS_KEPT = 20;

/** Counts records with this number of cells, unless it is one number too many. */
export function countRagged(raggedCounts: Map<number, number>, cellCount: number, records: number): void {
  if (raggedCounts.has(cellCount) || raggedCounts.size < RAGGED_COUNTS_KEPT) {
    raggedCounts.set(cellCount, (raggedCounts.get(cellCount) ?? 0) + records);
  }
}

function noFaults() {
  return {
    ragged: new LineCounter(),
    raggedCounts: new Map<number, number>(),
    cellsLacking: 0,
    trailingDelimiter: new LineCounter(),
    strayQuote: new LineCounter(),
    textAfterQuote: new LineCounter(),
    unclosedQuote: new LineCounter(),
  };
}

/** What a table is read by. */
interface TableTask extends Pick<ReadingTask, 'missing' | 'expectedRows' | 'dialect'> {
  /** The seed of the row hashes; omitted if no other thread reads a part of the rows. */
  readonly hashSeed?: number;
}

/** Takes the cells of a scan into one reader for each column. */
export class TableSink implements CsvSink, Disposable {
  readonly metadata: RowMetadata;
  readonly readers: (NumberReader | LabelReader | null)[];
  /** Columns that were read as numbers until a cell was none, and have to be read again. */
  readonly demoted = new Set<number>();
  /** Columns that were read as numbers at first: those demoted, and those without a number before. */
  readonly relabelled = new Set<number>();
  faults = noFaults();
  readonly #rows: RowBuffer;
  readonly #columnCount: number;
  #rowCount = 0;
  #capacity: number;
  #isHeader: boolean;
  /** False for the rare file of which the wasm module cannot tell the plain cells. */
  readonly #hasPlain: boolean;
  #hasMore = false;

  /** @param plans one for each column; null for a column to pass over */
  constructor(task: TableTask, plans: readonly (ColumnPlan | null)[]) {
    this.#columnCount = plans.length;
    this.#capacity = Math.max(16, Math.ceil(task.expectedRows));
    this.#isHeader = task.dialect.hasHeader;
    this.metadata = new RowMetadata(this.#capacity);
    const { dialect, missing, hashSeed } = task;
    const syntax = syntaxOf(dialect);
    this.#hasPlain = syntax.escape < 0 || !syntax.carriageReturnEnds;
    this.#rows = new RowBuffer(syntax, plans.length, this.#capacity, missing, hashSeed);
    this.readers = plans.map((plan, column) => {
      if (plan === null) return null;
      if (plan.storage === 'label') return new LabelReader(this.#capacity, this.#rows, column);
      return new NumberReader(this.#capacity, this.#rows, column, plan, task.missing);
    });
  }

  /** Rows that have been put away: all of them, after `flush`. */
  get rowCount(): number {
    return this.#rowCount;
  }

  get plain(): RowBuffer | null {
    return this.#isHeader || !this.#hasPlain ? null : this.#rows;
  }

  /** Forgets all rows, for those of the next part of the file, and says whether that begins with the header. */
  reset(beginsWithHeader: boolean): void {
    this.flush();
    this.#rowCount = 0;
    this.faults = noFaults();
    this.#isHeader = beginsWithHeader;
    this.#hasMore = false;
    for (const reader of this.readers) reader?.reset();
  }

  buffer(length: number): Buffer {
    return this.#rows.buffer(length);
  }

  cell(column: number, bytes: Buffer, start: number, end: number, line: number): void {
    if (this.#isHeader) return;
    if (column >= this.#columnCount) {
      if (end > start) this.#hasMore = true;
      return;
    }
    const row = this.#rows.count;
    const reader = this.readers[column];
    if (reader instanceof LabelReader) reader.addCell(row, bytes, start, end, line);
    else if (reader instanceof NumberReader && !reader.addCell(row, bytes, start, end, line)) {
      this.#demote(column);
    }
  }

  recordEnd(cellCount: number, line: number): boolean {
    if (this.#isHeader) {
      this.#isHeader = false;
      return true;
    }
    if (cellCount !== this.#columnCount) this.#endUneven(cellCount, line);
    this.#rows.endRow(line);
    if (this.#rows.isFull) this.flush();
    return this.faults.cellsLacking <= MAX_CELLS_LACKING;
  }

  fault(fault: CellFault, line: number): void {
    if (fault === 'STRAY_QUOTE') this.faults.strayQuote.add(line);
    else if (fault === 'TEXT_AFTER_QUOTE') this.faults.textAfterQuote.add(line);
    else this.faults.unclosedQuote.add(line);
  }

  /** Puts the buffered rows away, those read so far at the end. */
  flush(): void {
    const { count } = this.#rows;
    while (this.#rowCount + count > this.#capacity) this.#grow();
    this.metadata.flush(this.#rows, this.#rowCount);
    this.readers.forEach((reader, column) => {
      reader?.countMissing(this.#rows.takeMissing(column));
      reader?.flush(this.#rowCount, count);
    });
    this.#rowCount += count;
    this.#rows.clear();
    checkMemory('its rows');
  }

  [Symbol.dispose](): void {
    this.#rows[Symbol.dispose]();
  }

  #grow(): void {
    // Half as much again: a guess that was too small is seldom far off.
    this.#capacity = Math.ceil(this.#capacity * 1.5);
    for (const reader of this.readers) reader?.grow(this.#capacity);
    this.metadata.grow(this.#capacity);
  }

  #endUneven(cellCount: number, line: number): void {
    if (cellCount === this.#columnCount + 1 && !this.#hasMore) this.faults.trailingDelimiter.add(line);
    else {
      this.faults.ragged.add(line);
      countRagged(this.faults.raggedCounts, cellCount, 1);
    }
    this.#hasMore = false;
    this.faults.cellsLacking += Math.max(0, this.#columnCount - cellCount);
    const row = this.#rows.count;
    for (let column = cellCount; column < this.#columnCount; column++) this.readers[column]?.addMissing(row);
  }

  /** Gives up reading a column as numbers: it has to be read again, as labels. */
  #demote(column: number): void {
    this.relabelled.add(column);
    this.#rows.skip(column);
    this.readers[column] = null;
    this.demoted.add(column);
  }
}

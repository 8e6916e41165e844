import { closeSync, openSync } from 'node:fs';
import type { NumberFormat } from '../../runtime/values/cells.ts';
import { NumberReader } from '../reader/cell-reader.ts';
import { type ReadingFaults, TableSink } from '../reader/csv-reader.ts';
import { type NullTokenOptions, NullTokens } from '../reader/null-tokens.ts';
import type { ColumnPlan } from '../reader/read-plan.ts';
import { ByteSource, type Utf8Counts, Utf8Detector } from '../scan/byte-source.ts';
import { CsvScanner } from '../scan/csv-scanner.ts';
import { areSpilled, type BlockLabels, type SpilledLabels, spilledBytes, spillLabels } from '../scan/label-spill.ts';
import { scanFile } from '../scan/scan-file.ts';
import { syntaxOf } from '../sniffer/delimiter-guess.ts';
import type { CsvDialect } from '../sniffer/dialect.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import { countCodes } from '../types/infer-column-kind.ts';
import type { NumberRange } from '../types/number-range.ts';
import type { Occurrences } from '../types/read-labels.ts';
import { writeAt } from '../types/stored-rows.ts';

/** How to read the blocks of a file, as sent between threads. */
export interface BlockTask {
  readonly path: string;
  readonly dialect: CsvDialect;
  readonly plans: readonly ColumnPlan[];
  readonly missing: NullTokenOptions;
  readonly format: NumberFormat;
  readonly chunkBytes: number;
  /** Where the blocks begin, and the end of the file. */
  readonly bounds: readonly number[];
  readonly expectedRowsPerBlock: number;
  /** Rows whose hash has zeros in these bits are searched for duplicates. */
  readonly hashMask: number;
  /** The same for all blocks, whose hashes are compared. */
  readonly hashSeed: number;
  /** Where the threads put the values that they read: each adds its number to this path. */
  readonly spillPath: string;
}

/** A column of a block, its rows in the spill file from byte `at` on: doubles, or 32-bit codes. */
export type BlockColumn = { readonly at: number; readonly missing: number } & (
  | {
      readonly storage: 'number';
      readonly range: NumberRange;
      readonly nonFinite: Occurrences;
    }
  | { readonly storage: 'label'; readonly content: BlockLabels | SpilledLabels }
);

/** What a block holds. Lines are counted from the first of the block, as 0. */
export interface Block {
  readonly index: number;
  /** Why it is of no use: not to be read here, or at its end within a record; null where it is. */
  readonly stop: 'NUL' | 'CELL_TOO_LONG' | 'UNFINISHED' | null;
  /** Columns that cannot be read as numbers. */
  readonly relabelled: readonly number[];
  readonly rowCount: number;
  readonly lineCount: number;
  /** The line of each row; null where every row is one line, one after the other, from `firstLine` on. */
  readonly lines: Uint32Array | null;
  readonly firstLine: number;
  readonly faults: Omit<ReadingFaults, 'tooLongLine' | 'hasNul'>;
  readonly utf8: Utf8Counts;
  /** The number of the spill file. */
  readonly spill: number;
  readonly columns: BlockColumn[];
  readonly emptyRows: LineCounter;
  /** Low and high half of the hash, and the line, of each row in the search for duplicates. */
  readonly hashes: Int32Array;
}

/** Reads blocks of a file, one after the other, and puts their values in a spill file. Close it when done. */
export class BlockReader {
  readonly #task: BlockTask;
  readonly #spill: number;
  readonly #descriptor: number;
  #sink: TableSink;
  #spilled = 0;

  /** @param spill the number of the spill file, one for each thread */
  constructor(task: BlockTask, spill: number) {
    this.#task = task;
    this.#spill = spill;
    this.#descriptor = openSync(`${task.spillPath}${spill}`, 'w');
    this.#sink = this.#newSink();
  }

  #newSink(): TableSink {
    const { dialect, plans, expectedRowsPerBlock, missing: missingOptions, format, hashSeed } = this.#task;
    const missing = new NullTokens(missingOptions, format);
    return new TableSink({ missing, expectedRows: expectedRowsPerBlock, dialect, hashSeed }, plans);
  }

  /** Reads the bytes of block `index`, and those of as many blocks after it as one. */
  read(index: number, more = 0): Block {
    const { path, dialect, bounds, chunkBytes } = this.#task;
    if (this.#sink.relabelled.size > 0) {
      this.#sink[Symbol.dispose]();
      this.#sink = this.#newSink();
    }
    const sink = this.#sink;
    const isFirst = index === 0;
    const isLast = index + more + 2 === bounds.length;
    sink.reset(isFirst && dialect.hasHeader);
    const scanner = new CsvScanner(syntaxOf(dialect), sink, 0);
    const detector = new Utf8Detector();
    let hasNul = false;
    const source = new ByteSource(path, dialect.encoding, {
      skip: bounds[index]!,
      end: bounds[index + more + 1],
    });
    let stop: Block['stop'];
    try {
      stop = scanFile(
        source,
        scanner,
        chunkBytes,
        (chunk) => {
          hasNul = chunk.includes(0);
          detector.add(chunk);
          return !hasNul;
        },
        isLast,
      );
    } finally {
      source.close();
    }
    sink.flush();
    const { rowCount } = sink;
    const lines = sink.metadata.lines.subarray(0, rowCount);
    const isEven = rowCount > 0 && lines[0]! + rowCount - 1 === lines.at(-1)!;
    const isUseful = stop === null && !hasNul && sink.relabelled.size === 0;
    return {
      index,
      stop: hasNul ? 'NUL' : stop,
      relabelled: [...sink.relabelled],
      rowCount,
      lineCount: scanner.line,
      lines: isEven ? null : lines.slice(),
      firstLine: lines[0] ?? 0,
      faults: sink.faults,
      utf8: detector.counts,
      spill: this.#spill,
      ...(isUseful ? this.#spillColumns(rowCount, lines) : NOTHING),
    };
  }

  close(): void {
    this.#sink[Symbol.dispose]();
    closeSync(this.#descriptor);
  }

  #spillColumns(rowCount: number, lines: Uint32Array): Pick<Block, 'columns' | 'emptyRows' | 'hashes'> {
    const columns = this.#sink.readers.map((reader): BlockColumn => {
      if (reader === null) throw new Error('every column of a block is read');
      const at = this.#spilled;
      if (reader instanceof NumberReader) {
        const values = reader.values.subarray(0, rowCount);
        this.#write(values);
        const { missing, nonFinite } = reader;
        return { storage: 'number', at, missing, range: reader.range, nonFinite };
      }
      const codes = reader.codes.subarray(0, rowCount);
      const labels = reader.dictionary.pack();
      this.#write(codes);
      const content = { labels, counts: countCodes(codes, labels.ends.length) };
      return { storage: 'label', at, missing: reader.missing, content: this.#spillLabels(content) };
    });
    const emptyRows = new LineCounter();
    const hashes: number[] = [];
    const { present, hashes: halves } = this.#sink.metadata;
    for (let row = 0; row < rowCount; row++) {
      const half = halves[row * 2]!;
      if (present[row] === 0) emptyRows.add(lines[row]!);
      else if ((half & this.#task.hashMask) === 0) {
        hashes.push(half, halves[row * 2 + 1]!, lines[row]!);
      }
    }
    return { columns, emptyRows, hashes: Int32Array.from(hashes) };
  }

  #write(values: Float64Array | Int32Array): void {
    writeAt(this.#descriptor, values, this.#spilled);
    this.#moveOn(values.byteLength);
  }

  /** Puts the labels into the file where they are many. */
  #spillLabels(content: BlockLabels): BlockLabels | SpilledLabels {
    if (!areSpilled(content)) return content;
    const spilled = spillLabels(this.#descriptor, content, this.#spilled);
    this.#moveOn(spilledBytes(spilled));
    return spilled;
  }

  /** To whole doubles, so that the next column can be any. */
  #moveOn(bytes: number): void {
    this.#spilled += Math.ceil(bytes / 8) * 8;
  }
}

const NOTHING = { columns: [], emptyRows: new LineCounter(), hashes: new Int32Array(0) };

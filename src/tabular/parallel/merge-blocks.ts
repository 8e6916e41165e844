import { type RowFindings, RowSet } from '../issues/row-issues.ts';
import { countRagged, type ReadingFaults } from '../reader/csv-reader.ts';
import { checkMemory, releaseDictionary } from '../reader/memory-limit.ts';
import type { NullTokens } from '../reader/null-tokens.ts';
import type { Utf8Counts } from '../scan/byte-source.ts';
import { CsvWasm } from '../scan/csv-wasm.ts';
import { type BlockLabels, SpillReader } from '../scan/label-spill.ts';
import { addNullTokens, StringDictionary } from '../scan/string-dictionary.ts';
import type { Decode } from '../scan/text-decoding.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import { EMPTY_RANGE, joinRanges, type NumberRange } from '../types/number-range.ts';
import type { Occurrences, ReadLabels } from '../types/read-labels.ts';
import type { Block, BlockColumn } from './block-reader.ts';
import { collectLabels, type LabelTotals, type NumberedLabels } from './collect-labels.ts';

/**
 * The blocks of a file in order, as a single reader would have read the whole. To be disposed of when the labels of all columns
 * have been asked for.
 */
export class MergedBlocks implements Disposable {
  readonly blocks: readonly Block[];
  readonly rowCount: number;
  /** The line at which reading ended. */
  readonly endLine: number;
  /** The line of the file before each block's first. */
  readonly #lineBases: readonly number[];
  readonly #spills: SpillReader;

  /**
   * @param firstLine the line at which the first block begins
   * @param spillPath what the paths of the spill files begin with, as in the task
   */
  constructor(blocks: readonly Block[], firstLine: number, spillPath: string) {
    this.blocks = blocks;
    this.#spills = new SpillReader(spillPath);
    const lineBases: number[] = [];
    let line = firstLine;
    let rowCount = 0;
    for (const block of blocks) {
      lineBases.push(line);
      line += block.lineCount;
      rowCount += block.rowCount;
    }
    this.#lineBases = lineBases;
    this.rowCount = rowCount;
    this.endLine = line;
  }

  get faults(): ReadingFaults {
    const faults = this.blocks.map((block) => block.faults);
    const raggedCounts = new Map<number, number>();
    for (const { raggedCounts: counts } of faults) {
      for (const [cells, count] of counts) countRagged(raggedCounts, cells, count);
    }
    return {
      raggedCounts,
      cellsLacking: faults.reduce((sum, { cellsLacking }) => sum + cellsLacking, 0),
      ragged: this.#join(faults.map(({ ragged }) => ragged)),
      trailingDelimiter: this.#join(faults.map(({ trailingDelimiter }) => trailingDelimiter)),
      strayQuote: this.#join(faults.map(({ strayQuote }) => strayQuote)),
      textAfterQuote: this.#join(faults.map(({ textAfterQuote }) => textAfterQuote)),
      unclosedQuote: this.#join(faults.map(({ unclosedQuote }) => unclosedQuote)),
      tooLongLine: null,
      hasNul: false,
    };
  }

  get utf8(): Utf8Counts {
    const sum = (key: keyof Utf8Counts) => this.blocks.reduce((total, { utf8 }) => total + utf8[key], 0);
    return {
      wellFormed: sum('wellFormed'),
      malformed: sum('malformed'),
      cyrillic: sum('cyrillic'),
      adjacent: sum('adjacent'),
    };
  }

  /** Rows without values, and those that repeat one before them. */
  rows(hashMask: number): RowFindings {
    const duplicate = new LineCounter();
    const seen = new RowSet(this.blocks.reduce((sum, { hashes }) => sum + hashes.length / 3, 0));
    this.blocks.forEach(({ hashes }, index) => {
      for (let at = 0; at < hashes.length; at += 3) {
        if (!seen.add(hashes[at]!, hashes[at + 1]!)) {
          duplicate.add(hashes[at + 2]! + this.#lineBases[index]!);
        }
      }
    });
    return { empty: this.#join(this.blocks.map(({ emptyRows }) => emptyRows)), duplicate, oneIn: hashMask + 1 };
  }

  /** What was read of a column of numbers, apart from its rows. */
  numbers(column: number) {
    const parts = this.blocks.map(({ columns }) => numberPart(columns[column]));
    return {
      range: parts.reduce((range: NumberRange, part) => joinRanges(range, part.range), EMPTY_RANGE),
      missing: parts.reduce((sum, part) => sum + part.missing, 0),
      nonFinite: this.#join(parts.map(({ nonFinite }) => nonFinite)),
    };
  }

  /**
   * The labels of a column in order of first appearance, and for each block the code of each of its labels among them. To be
   * asked once for each column: the blocks forget their labels of it.
   *
   * The dictionary that numbers them is several times as large as they are: it is gone before they are brought together, for which
   * the blocks are read once more.
   */
  labels(
    column: number,
    name: string,
    missing: NullTokens,
    decode: Decode,
  ): { read: ReadLabels; recodes: readonly Int32Array[] } {
    const { recodes, totals } = this.#numberLabels(column, name, missing);
    releaseDictionary();
    const read = collectLabels(this.#numbered(column, recodes), totals, decode);
    for (const { columns } of this.blocks) {
      // What the block has of it is not wanted any more: long texts would be in memory twice.
      columns[column] = { ...labelPart(columns[column]), content: NO_CONTENT };
    }
    checkMemory(`the distinct values of column ${JSON.stringify(name)}`);
    return { read, recodes };
  }

  /** The number of each label of each block among those of the column, and what these are together. */
  #numberLabels(
    column: number,
    name: string,
    missing: NullTokens,
  ): { recodes: readonly Int32Array[]; totals: LabelTotals } {
    using wasm = CsvWasm.take();
    addNullTokens(wasm, missing);
    const dictionary = new StringDictionary(wasm);
    const sizes = this.blocks.map(({ columns }) => {
      const { content } = labelPart(columns[column]);
      return 'labels' in content ? { count: content.counts.length, length: content.labels.bytes.length } : content;
    });
    dictionary.reserve(
      sizes.reduce((sum, { count }) => sum + count, 0),
      sizes.reduce((sum, { length }) => sum + length, 0),
    );
    const recodes = this.blocks.map((block) => {
      const recode = dictionary.addPacked(this.#contentOf(block, column).labels);
      checkMemory(`the distinct values of column ${JSON.stringify(name)}`);
      return recode;
    });
    return { recodes, totals: { size: dictionary.size, bytes: dictionary.textBytes } };
  }

  *#numbered(column: number, recodes: readonly Int32Array[]): Iterable<NumberedLabels> {
    for (const [index, block] of this.blocks.entries()) {
      const recode = recodes[index] ?? new Int32Array(0);
      yield { ...this.#contentOf(block, column), recode, lineBase: this.#lineBases[index] ?? 0 };
    }
  }

  #contentOf({ spill, columns }: Block, column: number): BlockLabels {
    const { content } = labelPart(columns[column]);
    return 'labels' in content ? content : this.#spills.read(spill, content);
  }

  [Symbol.dispose](): void {
    this.#spills.close();
  }

  /** The lines of the given rows, which are ascending. */
  linesOf(rows: readonly number[]): readonly number[] {
    let base = 0;
    let index = 0;
    return rows.map((row) => {
      while (row - base >= this.blocks[index]!.rowCount) base += this.blocks[index++]!.rowCount;
      const { lines, firstLine } = this.blocks[index]!;
      const line = lines === null ? firstLine + row - base : lines[row - base]!;
      return line + this.#lineBases[index]!;
    });
  }

  /** The counters of all blocks merged. */
  #join(counters: readonly Occurrences[]): LineCounter {
    const merged = new LineCounter();
    counters.forEach(({ count, lines }, index) => {
      for (const line of lines) merged.add(line + this.#lineBases[index]!);
      merged.count += count - lines.length;
    });
    return merged;
  }
}

const NO_CONTENT = {
  labels: { bytes: new Uint8Array(0), ends: new Float64Array(0), firstLines: new Float64Array(0) },
  counts: new Uint32Array(0),
};

function numberPart(column: BlockColumn | undefined) {
  if (column?.storage !== 'number') throw new Error('all blocks of a column are read alike');
  return column;
}

function labelPart(column: BlockColumn | undefined) {
  if (column?.storage !== 'label') throw new Error('all blocks of a column are read alike');
  return column;
}

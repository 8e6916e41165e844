import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { LinearDesign } from './design.ts';
import { readNumbers } from './moments.ts';

/** Rows are worked on in blocks: a block's numbers stay in the processor's caches for all that is computed with them. */
export const BLOCK_ROWS = 256;

/** Up to this many bytes of rows are cached; beyond that, each block is computed again when it is needed. */
const MAX_CACHED_BYTES = 2 ** 28;

/** Cached rows are allocated in slabs of about this many dense numbers: clearing one takes a few milliseconds. */
const CHUNK_VALUES = 2 ** 19;

/** Computing a row takes as long as this many multiplications per column. */
const ROW_BUILD_COST = 60;

/** Where rows are in wasm memory, in the order in which the functions of src/ml/assembly/linear.ts take them. */
export type RowsAddress = readonly [dense: number, width: number, starts: number, columns: number, count: number];

/** Room for some rows, in the form of src/ml/assembly/linear.ts. */
interface RowChunk {
  readonly dense: Float64Array;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
}

/** The training rows of a design in wasm memory, built on first use. */
export class DesignRows {
  readonly design: LinearDesign;
  readonly wasm: TrainingWasm;
  /** Whether all rows are kept, not one block. */
  readonly isCached: boolean;
  readonly #chunks: RowChunk[] = [];
  readonly #chunkRows: number;
  /** For indicator feature s and row i of a block at s * BLOCK_ROWS + i: the column that is 1, or -1. */
  readonly #indicatorColumns: Int32Array;
  /** The numbers of a feature in a block. */
  readonly #values = new Float64Array(BLOCK_ROWS);
  /** How many of the rows that are kept have been made. */
  #builtRows = 0;

  constructor(wasm: TrainingWasm, design: LinearDesign, maxCachedBytes = MAX_CACHED_BYTES) {
    this.design = design;
    this.wasm = wasm;
    const { rows, width, indicatorFeatures } = design;
    this.isCached = rows.length * (8 * width + 4 + 4 * indicatorFeatures) <= maxCachedBytes;
    this.#chunkRows = this.isCached
      ? Math.max(1, Math.floor(CHUNK_VALUES / (width * BLOCK_ROWS))) * BLOCK_ROWS
      : BLOCK_ROWS;
    this.#indicatorColumns = new Int32Array(BLOCK_ROWS * indicatorFeatures);
  }

  /** Cost of building a row, in multiplications; 0 where the rows are cached. */
  get costPerRow(): number {
    const { rows, width, indicatorFeatures } = this.design;
    return this.#builtRows === rows.length ? 0 : ROW_BUILD_COST * (width + indicatorFeatures);
  }

  /**
   * The block of rows from position `start` on, a multiple of BLOCK_ROWS; valid until the next call. The first
   * time, blocks must be requested in order.
   */
  block(start: number): RowsAddress {
    const { wasm, design } = this;
    const count = Math.min(BLOCK_ROWS, design.rows.length - start);
    const chunk = this.#chunk(this.isCached ? Math.floor(start / this.#chunkRows) : 0);
    const first = this.isCached ? start % this.#chunkRows : 0;
    if (!this.isCached || start >= this.#builtRows) {
      this.#buildRows(start, count, chunk, first);
      if (this.isCached) this.#builtRows = start + count;
    }
    return [
      wasm.addressOf(chunk.dense) + first * design.width * 8,
      design.width,
      wasm.addressOf(chunk.starts) + first * 4,
      wasm.addressOf(chunk.columns),
      count,
    ];
  }

  #chunk(index: number): RowChunk {
    const existing = this.#chunks[index];
    if (existing !== undefined) return existing;
    const { wasm, design } = this;
    const rows = this.isCached
      ? Math.min(this.#chunkRows, design.rows.length - index * this.#chunkRows)
      : this.#chunkRows;
    const chunk = {
      dense: wasm.doubles(rows * design.width),
      starts: wasm.integers(rows + 1),
      columns: wasm.integers(rows * design.indicatorFeatures),
    };
    this.#chunks[index] = chunk;
    return chunk;
  }

  /** Writes the rows from position `start` on as the rows of the slab from number `first` on. */
  #buildRows(start: number, count: number, chunk: RowChunk, first: number): void {
    const { features, rows, width } = this.design;
    const { dense } = chunk;
    const indicatorColumns = this.#indicatorColumns;
    let indicatorFeature = 0;
    for (let i = 0; i < count; i++) dense[(first + i) * width] = 1;
    for (const feature of features) {
      if (feature.kind === 'CATEGORY') {
        const { columnOfCode, codeAt } = feature;
        const to = indicatorFeature++ * BLOCK_ROWS;
        for (let i = 0; i < count; i++) indicatorColumns[to + i] = columnOfCode[codeAt(rows[start + i]!)]!;
        continue;
      }
      const { mean, scale, numberAt, missingColumn } = feature;
      const values = this.#values;
      readNumbers(numberAt, rows, start, count, values);
      let at = first * width + feature.column;
      for (let i = 0; i < count; i++) {
        const value = values[i]!;
        // A missing number counts as its mean, beside its indicator.
        dense[at] = Number.isNaN(value) ? 0 : (value - mean) / scale;
        at += width;
      }
      if (missingColumn < 0) continue;
      const to = indicatorFeature++ * BLOCK_ROWS;
      for (let i = 0; i < count; i++) indicatorColumns[to + i] = Number.isNaN(values[i]) ? missingColumn : -1;
    }
    this.#writeIndicators(count, chunk, first);
  }

  /** Writes down the columns that are 1 in each row of the block, those of later features after those of earlier ones. */
  #writeIndicators(count: number, { starts, columns }: RowChunk, first: number): void {
    const { indicatorFeatures } = this.design;
    let next = starts[first]!;
    for (let i = 0; i < count; i++) {
      for (let s = 0; s < indicatorFeatures; s++) {
        const column = this.#indicatorColumns[s * BLOCK_ROWS + i]!;
        if (column >= 0) columns[next++] = column;
      }
      starts[first + i + 1] = next;
    }
  }
}

import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { LinearDesign } from './design.ts';
import { readNumbers } from './moments.ts';

/** Rows are worked on in blocks: a block's numbers stay in the processor's caches for all that is computed with them. */
export const BLOCK_ROWS = 256;

/** Up to so many bytes of rows are kept; of more, each block is made anew whenever its turn comes. */
const MAX_BYTES_KEPT = 2 ** 28;

/** Rows that are kept get their memory in slabs of about so many dense numbers: clearing one takes some milliseconds. */
const SLAB_NUMBERS = 2 ** 19;

/** Making a row takes as long as so many multiplications for each column. */
const MAKING_WORK = 60;

/** Where rows lie in a kernel's memory, in the order in which the functions of src/ml/assembly/linear.ts take them. */
export type RowsAddress = readonly [dense: number, width: number, starts: number, columns: number, count: number];

/** Room for some rows, in the form of src/ml/assembly/linear.ts. */
interface Slab {
  readonly dense: Float64Array;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
}

/** The training rows of a design in the memory of a kernel, made when they are first asked for. */
export class DesignRows {
  readonly design: LinearDesign;
  readonly wasm: TrainingWasm;
  /** Whether all rows are kept, not one block. */
  readonly isKept: boolean;
  readonly #slabs: Slab[] = [];
  readonly #slabRows: number;
  /** For indicator feature s and row i of a block at s * BLOCK_ROWS + i: the column that is 1, or -1. */
  readonly #found: Int32Array;
  /** The numbers of a feature in a block. */
  readonly #values = new Float64Array(BLOCK_ROWS);
  /** How many of the rows that are kept have been made. */
  #made = 0;

  constructor(wasm: TrainingWasm, design: LinearDesign, mostBytesKept = MAX_BYTES_KEPT) {
    this.design = design;
    this.wasm = wasm;
    const { rows, width, indicatorFeatures } = design;
    this.isKept = rows.length * (8 * width + 4 + 4 * indicatorFeatures) <= mostBytesKept;
    this.#slabRows = this.isKept
      ? Math.max(1, Math.floor(SLAB_NUMBERS / (width * BLOCK_ROWS))) * BLOCK_ROWS
      : BLOCK_ROWS;
    this.#found = new Int32Array(BLOCK_ROWS * indicatorFeatures);
  }

  /** Multiplications that a row would take instead of being made, where it is not at hand. */
  get workPerRow(): number {
    const { rows, width, indicatorFeatures } = this.design;
    return this.#made === rows.length ? 0 : MAKING_WORK * (width + indicatorFeatures);
  }

  /**
   * The block of rows from position `start` on, a multiple of BLOCK_ROWS; valid until the next one is asked for. The first
   * time, blocks are to be asked for in their order.
   */
  block(start: number): RowsAddress {
    const { wasm, design } = this;
    const count = Math.min(BLOCK_ROWS, design.rows.length - start);
    const slab = this.#slab(this.isKept ? Math.floor(start / this.#slabRows) : 0);
    const first = this.isKept ? start % this.#slabRows : 0;
    if (!this.isKept || start >= this.#made) {
      this.#makeRows(start, count, slab, first);
      if (this.isKept) this.#made = start + count;
    }
    return [
      wasm.addressOf(slab.dense) + first * design.width * 8,
      design.width,
      wasm.addressOf(slab.starts) + first * 4,
      wasm.addressOf(slab.columns),
      count,
    ];
  }

  #slab(index: number): Slab {
    const existing = this.#slabs[index];
    if (existing !== undefined) return existing;
    const { wasm, design } = this;
    const rows = this.isKept ? Math.min(this.#slabRows, design.rows.length - index * this.#slabRows) : this.#slabRows;
    const slab = {
      dense: wasm.doubles(rows * design.width),
      starts: wasm.integers(rows + 1),
      columns: wasm.integers(rows * design.indicatorFeatures),
    };
    this.#slabs[index] = slab;
    return slab;
  }

  /** Writes the rows from position `start` on as the rows of the slab from number `first` on. */
  #makeRows(start: number, count: number, slab: Slab, first: number): void {
    const { features, rows, width } = this.design;
    const { dense } = slab;
    const found = this.#found;
    let indicatorFeature = 0;
    for (let i = 0; i < count; i++) dense[(first + i) * width] = 1;
    for (const feature of features) {
      if (feature.kind === 'CATEGORY') {
        const { columnOfCode, codeAt } = feature;
        const to = indicatorFeature++ * BLOCK_ROWS;
        for (let i = 0; i < count; i++) found[to + i] = columnOfCode[codeAt(rows[start + i]!)]!;
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
      for (let i = 0; i < count; i++) found[to + i] = Number.isNaN(values[i]) ? missingColumn : -1;
    }
    this.#nameColumns(count, slab, first);
  }

  /** Writes down the columns that are 1 in each row of the block, those of later features after those of earlier ones. */
  #nameColumns(count: number, { starts, columns }: Slab, first: number): void {
    const { indicatorFeatures } = this.design;
    let next = starts[first]!;
    for (let i = 0; i < count; i++) {
      for (let s = 0; s < indicatorFeatures; s++) {
        const column = this.#found[s * BLOCK_ROWS + i]!;
        if (column >= 0) columns[next++] = column;
      }
      starts[first + i + 1] = next;
    }
  }
}

import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { LinearDesign } from './design.ts';
import type { DesignRows } from './design-rows.ts';
import { sumByParts } from './sum-by-parts.ts';

/** Multiplications that a row adds to a gram matrix. */
export function gramCost(design: LinearDesign): number {
  const { width, indicatorFeatures } = design;
  return (width * width) / 2 + indicatorFeatures * (width + indicatorFeatures);
}

/** Sums of X' diag(curvatures) X, in wasm memory. */
export class GramSum {
  /** Of one part of the rows. */
  readonly #part: Float64Array;

  constructor(wasm: TrainingWasm, design: LinearDesign) {
    this.#part = wasm.doubles(design.columnCount ** 2);
  }

  /**
   * Fills the lower triangle of `gram`, columns * columns numbers, row after row.
   *
   * @param curvatures in the same wasm memory: one for each row at least
   */
  *sum(rows: DesignRows, curvatures: Float64Array, gram: Float64Array): Generator<number, void> {
    const { wasm, design } = rows;
    const curvaturesAt = wasm.addressOf(curvatures);
    const partAt = wasm.addressOf(this.#part);
    gram.fill(0);
    yield* sumByParts(design.rows.length, {
      costPerRow: gramCost(design) + rows.costPerRow,
      begin: () => this.#part.fill(0),
      addBlock: (start) => {
        wasm.functions.addGram(...rows.block(start), curvaturesAt + start * 8, partAt, design.columnCount);
      },
      end: () => {
        for (let j = 0; j < gram.length; j++) gram[j]! += this.#part[j]!;
      },
    });
  }
}

/** X' X of all rows, every row with the same curvature. */
export function* gramOf(rows: DesignRows, curvature: number): Generator<number, Float64Array> {
  const gram = new Float64Array(rows.design.columnCount ** 2);
  const curvatures = rows.wasm.doubles(rows.design.rows.length).fill(curvature);
  yield* new GramSum(rows.wasm, rows.design).sum(rows, curvatures, gram);
  return gram;
}

import { BLOCK_ROWS } from './design-rows.ts';

/** Maximum number of parts into which rows are divided, and so of threads that can share them. */
const MAX_PARTS = 16;

/** Multiplications between two yield points: about 10 ms. */
const COST_PER_STEP = 2 ** 24;

/** Processes the rows of one part after the other. */
export interface PartSum {
  /** Multiplications that a row takes, about. */
  readonly costPerRow: number;
  /** Before the first block of a part: sums begin at 0. */
  begin(): void;
  /** For each block of a part in turn: the position of its first row. */
  addBlock(start: number): void;
  /** After the last block of a part: its sums are added to those of the parts before. */
  end(): void;
}

/**
 * Processes rows block by block, and yields the multiplications since the last yield. Sums are computed per part and then
 * added in the order of the parts, which depend on the number of rows alone: the total is the same to the bit, whichever
 * thread computes a part.
 */
export function* sumByParts(rowCount: number, cost: PartSum): Generator<number, void> {
  const stepRows = COST_PER_STEP / cost.costPerRow;
  const batchRows = Math.ceil(rowCount / (MAX_PARTS * BLOCK_ROWS)) * BLOCK_ROWS;
  let sinceStep = 0;
  for (let first = 0; first < rowCount; first += batchRows) {
    cost.begin();
    const end = Math.min(rowCount, first + batchRows);
    for (let start = first; start < end; start += BLOCK_ROWS) {
      if (sinceStep >= stepRows) {
        yield sinceStep * cost.costPerRow;
        sinceStep = 0;
      }
      cost.addBlock(start);
      sinceStep += BLOCK_ROWS;
    }
    cost.end();
  }
  yield sinceStep * cost.costPerRow;
}

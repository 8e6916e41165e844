import { BLOCK_ROWS } from './design-rows.ts';

/** Into so many parts rows are divided at most: as many threads could share them. */
const MAX_PARTS = 16;

/** Multiplications between two yield points: some 10 ms. */
const COST_PER_STEP = 2 ** 24;

/** What is done with the rows of one part after the other. */
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
 * Goes through rows block by block; yields now and then the multiplications since the last time. Sums are taken part by part and then added up in the order of
 * the parts, which depend on the number of rows alone: whoever takes the sums of a part, the total is the same to the bit.
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

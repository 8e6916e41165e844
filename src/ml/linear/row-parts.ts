import { BLOCK_ROWS } from './design-rows.ts';

/** Into so many parts rows are divided at most: as many threads could share them. */
const MAX_PARTS = 16;

/** Multiplications between two yield points: some 10 ms. */
const WORK_PER_STEP = 2 ** 24;

/** What is done with the rows of one part after the other. */
export interface PartWork {
  /** Multiplications that a row takes, about. */
  readonly workPerRow: number;
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
export function* forParts(rowCount: number, work: PartWork): Generator<number, void> {
  const stepRows = WORK_PER_STEP / work.workPerRow;
  const partRows = Math.ceil(rowCount / (MAX_PARTS * BLOCK_ROWS)) * BLOCK_ROWS;
  let sinceStep = 0;
  for (let first = 0; first < rowCount; first += partRows) {
    work.begin();
    const end = Math.min(rowCount, first + partRows);
    for (let start = first; start < end; start += BLOCK_ROWS) {
      if (sinceStep >= stepRows) {
        yield sinceStep * work.workPerRow;
        sinceStep = 0;
      }
      work.addBlock(start);
      sinceStep += BLOCK_ROWS;
    }
    work.end();
  }
  yield sinceStep * work.workPerRow;
}

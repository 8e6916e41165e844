import { BLOCK_ROWS, createBlock, type DesignBlock, type LinearDesign, loadBlock } from './design.ts';

/**
 * gram += X' diag(curvatures) X for the rows of a block: columns * columns numbers, row after row, of which only the lower
 * triangle is touched. Columns of later features come after those of earlier ones, so the later one names the row.
 * Cost: for each row half the square of the number of features.
 */
export function addGram(design: LinearDesign, block: DesignBlock, curvatures: Float64Array, gram: Float64Array): void {
  addDenseColumns(design, block, curvatures, gram);
  const { indicators, rowCount } = block;
  const { indicatorFeatures, columnCount } = design;
  for (let s = 0; s < indicatorFeatures; s++) {
    for (let other = 0; other <= s; other++) {
      for (let i = 0; i < rowCount; i++) {
        const column = indicators[s * BLOCK_ROWS + i]!;
        const otherColumn = indicators[other * BLOCK_ROWS + i]!;
        if (column >= 0 && otherColumn >= 0) gram[column * columnCount + otherColumn]! += curvatures[i]!;
      }
    }
  }
}

function addDenseColumns(design: LinearDesign, block: DesignBlock, curvatures: Float64Array, gram: Float64Array): void {
  const { dense, indicators, rowCount } = block;
  const { denseCount, indicatorFeatures, columnCount } = design;
  const scaled = new Float64Array(rowCount);
  for (let j = 0; j < denseCount; j++) {
    for (let i = 0; i < rowCount; i++) scaled[i] = dense[j * BLOCK_ROWS + i]! * curvatures[i]!;
    for (let other = 0; other <= j; other++) {
      let sum = 0;
      for (let i = 0; i < rowCount; i++) sum += scaled[i]! * dense[other * BLOCK_ROWS + i]!;
      gram[j * columnCount + other]! += sum;
    }
    for (let s = 0; s < indicatorFeatures; s++) {
      for (let i = 0; i < rowCount; i++) {
        const column = indicators[s * BLOCK_ROWS + i]!;
        if (column >= 0) gram[column * columnCount + j]! += scaled[i]!;
      }
    }
  }
}

/** Work between two breaths: rows times the square of the features, some 10 ms. */
const GRAM_WORK_PER_STEP = 4_000_000;

/** How many blocks of rows make a step's work. */
export function gramBlocksPerStep(design: LinearDesign): number {
  return Math.max(
    1,
    Math.floor(GRAM_WORK_PER_STEP / (BLOCK_ROWS * (design.denseCount + design.indicatorFeatures) ** 2)),
  );
}

/** X' X of all training rows, every row with the same curvature. */
export function* gramOf(design: LinearDesign, curvature: number): Generator<void, Float64Array> {
  const gram = new Float64Array(design.columnCount ** 2);
  const curvatures = new Float64Array(BLOCK_ROWS).fill(curvature);
  const block = createBlock(design);
  const stepBlocks = gramBlocksPerStep(design);
  for (let start = 0, blocks = 1; start < design.rows.length; start += BLOCK_ROWS, blocks++) {
    if (blocks % stepBlocks === 0) yield;
    loadBlock(design, start, block);
    addGram(design, block, curvatures, gram);
  }
  return gram;
}

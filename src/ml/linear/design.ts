import { type CodeReader, codeReader, type NumberReader, numberReader } from '../../runtime/encode-features.ts';
import { codeCount, isLinearCode } from '../../runtime/model.ts';
import type { TrainingSet } from '../training-set.ts';

/** Rows are worked on in blocks: a block's numbers stay in the processor's cache for all that is computed with them. */
export const BLOCK_ROWS = 512;

/** A number's place among the dense columns, standardised by the training rows. */
interface NumberFeature {
  readonly mean: number;
  readonly scale: number;
  readonly column: number;
  /** The column that is 1 where the number is missing; -1 if it never was in training. */
  readonly missingColumn: number;
  readonly missingRows: number;
  readonly numberAt: NumberReader;
}

/** The columns of a category, or of a part of dates that is read as one: for each code the column that is 1 for it, -1 for codes that weigh nothing. */
interface CategoryFeature {
  readonly columnOfCode: Int32Array;
  readonly rowsOfCode: Uint32Array;
  readonly codeAt: CodeReader;
}

export type DesignFeature =
  | ({ readonly kind: 'NUMBER' } & NumberFeature)
  | ({ readonly kind: 'CATEGORY' } & CategoryFeature);

/**
 * The columns of a linear model: first the dense ones, the intercept (all 1) and one for each number; then the indicators,
 * of which each category, and each number that can be missing, has at most one that is 1 in a row. Indicators are never
 * written out: a row names the column that is 1.
 */
export interface LinearDesign {
  readonly features: readonly DesignFeature[];
  readonly rows: Int32Array;
  readonly denseCount: number;
  /** Features with indicators. */
  readonly indicatorFeatures: number;
  readonly columnCount: number;
}

/** Some consecutive training rows. */
export interface DesignBlock {
  /** Position of the first row among the training rows. */
  start: number;
  rowCount: number;
  /** Dense column j of row i at j * BLOCK_ROWS + i. */
  readonly dense: Float64Array;
  /** For indicator feature s and row i at s * BLOCK_ROWS + i: the column that is 1, or -1. */
  readonly indicators: Int32Array;
}

/**
 * Fits means, deviations and columns on the training rows. Without a penalty (`dropLevel`) the indicators of a category
 * would add up to the intercept: its most frequent code then gets no column. Codes without training rows get none either.
 * Yields before each feature.
 */
export function* createDesign(data: TrainingSet, dropLevel: boolean): Generator<void, LinearDesign> {
  const features: DesignFeature[] = [];
  const numbers = data.features.filter((feature) => !isLinearCode(feature)).length;
  const denseCount = 1 + numbers;
  let nextDense = 1;
  let nextIndicator = denseCount;
  let indicatorFeatures = 0;
  for (const [f, feature] of data.features.entries()) {
    yield;
    const column = data.columns[f]!;
    if (isLinearCode(feature)) {
      const codeAt = codeReader(column, feature);
      // After the codes of the values those for "other" and "missing".
      const rowsOfCode = new Uint32Array(codeCount(feature) + 2);
      for (const row of data.rows) rowsOfCode[codeAt(row)]!++;
      const dropped = dropLevel ? rowsOfCode.indexOf(Math.max(...rowsOfCode)) : -1;
      const columnOfCode = Int32Array.from(rowsOfCode, (rows, code) =>
        rows > 0 && code !== dropped ? nextIndicator++ : -1,
      );
      features.push({ kind: 'CATEGORY', columnOfCode, rowsOfCode, codeAt });
      indicatorFeatures++;
      continue;
    }
    const numberAt = numberReader(column, feature);
    const { mean, deviation, missingRows } = moments(numberAt, data.rows);
    // Without a spread there is nothing to standardise: the column is 0 in every row that has a value.
    const scale = deviation > 0 ? deviation : 1;
    const missingColumn = missingRows > 0 ? nextIndicator++ : -1;
    if (missingRows > 0) indicatorFeatures++;
    features.push({ kind: 'NUMBER', mean, scale, column: nextDense++, missingColumn, missingRows, numberAt });
  }
  return { features, rows: data.rows, denseCount, indicatorFeatures, columnCount: nextIndicator };
}

/** Mean and population deviation of the known numbers, by Welford's update, which does not cancel. */
function moments(
  numberAt: NumberReader,
  rows: Int32Array,
): { readonly mean: number; readonly deviation: number; readonly missingRows: number } {
  let known = 0;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = numberAt(rows[i]!);
    if (Number.isNaN(value)) continue;
    known++;
    const distance = value - mean;
    mean += distance / known;
    squares += distance * (value - mean);
  }
  return { mean, deviation: known > 0 ? Math.sqrt(squares / known) : 0, missingRows: rows.length - known };
}

export function createBlock(design: LinearDesign): DesignBlock {
  const dense = new Float64Array(design.denseCount * BLOCK_ROWS).fill(1, 0, BLOCK_ROWS);
  return { start: 0, rowCount: 0, dense, indicators: new Int32Array(design.indicatorFeatures * BLOCK_ROWS) };
}

/** Fills the block with the rows from position `start` on. A missing number counts as its mean, beside its indicator. */
export function loadBlock(design: LinearDesign, start: number, block: DesignBlock): void {
  block.start = start;
  block.rowCount = Math.min(BLOCK_ROWS, design.rows.length - start);
  const { dense, indicators } = block;
  let indicatorFeature = 0;
  for (const feature of design.features) {
    if (feature.kind === 'CATEGORY') {
      const to = indicatorFeature++ * BLOCK_ROWS;
      for (let i = 0; i < block.rowCount; i++) {
        indicators[to + i] = feature.columnOfCode[feature.codeAt(design.rows[start + i]!)]!;
      }
      continue;
    }
    const { mean, scale, numberAt, missingColumn } = feature;
    const to = feature.column * BLOCK_ROWS;
    const missingTo = missingColumn < 0 ? -1 : indicatorFeature++ * BLOCK_ROWS;
    for (let i = 0; i < block.rowCount; i++) {
      const value = numberAt(design.rows[start + i]!);
      const isMissing = Number.isNaN(value);
      dense[to + i] = isMissing ? 0 : (value - mean) / scale;
      if (missingTo >= 0) indicators[missingTo + i] = isMissing ? missingColumn : -1;
    }
  }
}

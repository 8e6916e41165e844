import { codeCount, isLinearCode } from '../../runtime/model.ts';
import { type CodeReader, codeReader, type NumberReader, numberReader } from '../../runtime/predict/encode-features.ts';
import { mapSteps } from '../steps.ts';
import { PLAIN_READING, type TrainingSet } from '../training-set.ts';
import { momentsOf, ROWS_PER_STEP } from './moments.ts';

/** A numeric feature: one dense column, standardised by the training rows. */
interface NumberFeature {
  readonly mean: number;
  readonly scale: number;
  readonly column: number;
  /** The column that is 1 where the number is missing; -1 if it never was in training. */
  readonly missingColumn: number;
  /** By weight. */
  readonly missingRows: number;
  readonly numberAt: NumberReader;
}

/** The columns of a category, or of a part of dates that is read as one: for each code the column that is 1 for it, -1 for codes that weigh nothing. */
interface CategoryFeature {
  readonly columnOfCode: Int32Array;
  /** By weight. */
  readonly rowsOfCode: Float64Array;
  readonly codeAt: CodeReader;
}

export type DesignFeature =
  | ({ readonly kind: 'NUMBER' } & NumberFeature)
  | ({ readonly kind: 'CATEGORY' } & CategoryFeature);

/** The compiled loops take numbers by fours. */
const LANES = 4;

/** The next multiple of four. */
export function paddedToLanes(count: number): number {
  return Math.ceil(count / LANES) * LANES;
}

/**
 * The columns of a linear model: first the dense ones, the intercept (all 1) and one for each number; then the indicators,
 * of which each category, and each number that can be missing, has at most one that is 1 in a row. Indicators are never
 * written out: a row names the columns that are 1.
 */
export interface LinearDesign {
  readonly features: readonly DesignFeature[];
  readonly rows: Int32Array;
  readonly denseCount: number;
  /** Where the indicators begin: the dense columns, and after them up to three that are 0 in every row. */
  readonly width: number;
  /** Features with indicators. */
  readonly indicatorFeatures: number;
  readonly columnCount: number;
  /** In how many rows each column is not 0, by weight. */
  readonly rowsOfColumn: Float64Array;
  /** Of all rows: their number, where they have no weights. */
  readonly totalWeight: number;
  /** On average. */
  readonly weightPerRow: number;
}

/**
 * Fits means, deviations and columns on the training rows, by weight. Without a penalty (`dropLevel`) the indicators of a category
 * would add up to the intercept: its most frequent code then gets no column. Codes without training rows get none either.
 * Yields the share done, before each feature, and more often where there are many rows.
 */
export function* createDesign(data: TrainingSet, dropLevel: boolean): Generator<number, LinearDesign> {
  const features: DesignFeature[] = [];
  const denseCount = 1 + data.features.filter((feature) => !isLinearCode(feature)).length;
  const width = paddedToLanes(denseCount);
  const { rows, weights = null } = data;
  const totalWeight = weights === null ? rows.length : weights.reduce((sum, weight) => sum + weight, 0);
  const rowsOfColumn: number[] = new Array<number>(width).fill(0).fill(totalWeight, 0, denseCount);
  let nextDense = 1;
  let indicatorFeatures = 0;
  for (const [f, feature] of data.features.entries()) {
    const done = f / data.features.length;
    yield done;
    const column = data.columns[f]!;
    if (isLinearCode(feature)) {
      const codeAt = codeReader(column, feature, PLAIN_READING);
      // After the codes of the values those for "other" and "missing".
      const rowsOfCode = yield* atProgress(done, countCodes(codeAt, codeCount(feature) + 2, { rows, weights }));
      const dropped = dropLevel ? rowsOfCode.indexOf(Math.max(...rowsOfCode)) : -1;
      const columnOfCode = Int32Array.from(rowsOfCode, (count, code) =>
        count > 0 && code !== dropped ? rowsOfColumn.push(count) - 1 : -1,
      );
      features.push({ kind: 'CATEGORY', columnOfCode, rowsOfCode, codeAt });
      indicatorFeatures++;
      continue;
    }
    const numberAt = numberReader(column, feature, PLAIN_READING);
    const { mean, deviation, missingRows } = yield* atProgress(done, momentsOf(numberAt, rows, weights));
    // Without a spread there is nothing to standardise: the column is 0 in every row that has a value.
    const scale = deviation > 0 ? deviation : 1;
    const missingColumn = missingRows > 0 ? rowsOfColumn.push(missingRows) - 1 : -1;
    if (missingRows > 0) indicatorFeatures++;
    features.push({ kind: 'NUMBER', mean, scale, column: nextDense++, missingColumn, missingRows, numberAt });
  }
  return {
    features,
    rows,
    denseCount,
    width,
    indicatorFeatures,
    columnCount: rowsOfColumn.length,
    rowsOfColumn: Float64Array.from(rowsOfColumn),
    totalWeight,
    weightPerRow: totalWeight / rows.length,
  };
}

/** Passes the yield points of a feature on: none takes long enough to be worth measuring. */
function atProgress<T>(done: number, part: Generator<void, T>): Generator<number, T> {
  return mapSteps(part, () => done);
}

function* countCodes(
  codeAt: CodeReader,
  codeCount: number,
  { rows, weights }: { readonly rows: Int32Array; readonly weights: Float64Array | null },
): Generator<void, Float64Array> {
  const rowsOfCode = new Float64Array(codeCount);
  for (let start = 0; start < rows.length; start += ROWS_PER_STEP) {
    if (start > 0) yield;
    const end = Math.min(rows.length, start + ROWS_PER_STEP);
    for (let i = start; i < end; i++) rowsOfCode[codeAt(rows[i]!)]! += weights === null ? 1 : weights[i]!;
  }
  return rowsOfCode;
}

import type { Model, ModelFeature, TextFeature } from '../runtime/model.ts';
import { codeReader, numberReader } from '../runtime/predict/encode-features.ts';
import type { InputColumn, InputTable } from '../runtime/predict/input-column.ts';
import type { CategoryProfile, ColumnProfile, NumberProfile, NumberRange } from '../runtime/training-profile.ts';
import type { CellReading } from '../runtime/values/cells.ts';
import { parseBoolean } from '../runtime/values/cells.ts';

/** Enough rows for deciles and shares of categories within a percent. */
const MAX_ROWS = 10_000;

/** The profile of more columns would make files of many megabytes larger still. */
const MAX_COLUMNS = 10_000;

const DECILES = 10;

/**
 * The model with the profile of the training rows in each column that it reads, counted on every n-th of at most 10,000 rows; the
 * smallest and the largest number are those of all rows. Models of more than 10,000 columns are returned as they are.
 */
export function withTrainingProfile(model: Model, table: InputTable, trainRows: Int32Array): Model {
  const features = [...new Map(model.features.map((feature) => [feature.name, feature])).values()];
  if (features.length > MAX_COLUMNS) return model;
  const columnOf = new Map(table.columns.map((column) => [column.name, column]));
  const step = Math.max(1, Math.ceil(trainRows.length / MAX_ROWS));
  const sample = trainRows.filter((_, index) => index % step === 0);
  const profile = features.map((feature) =>
    profileOf(feature, columnOf.get(feature.name) ?? null, model.reading, trainRows, sample),
  );
  return { ...model, profile };
}

function profileOf(
  feature: ModelFeature,
  column: InputColumn | null,
  reading: CellReading,
  rows: Int32Array,
  sample: Int32Array,
): ColumnProfile {
  if (feature.kind === 'CATEGORY') return profileCategories(feature, column, reading, sample);
  // Of dates the moment itself, whichever of their parts the model reads.
  const plain: ModelFeature = feature.kind === 'DATETIME' ? { ...feature, part: 'ORDINAL' } : feature;
  const numberAt = numberReader(column, plain, reading);
  return profileNumbers(feature.name, feature.kind === 'DATETIME' ? 'DATETIME' : 'NUMERIC', numberAt, rows, sample);
}

/** The profile of numbers, given by their rows; counted on those of `sample`. */
export function profileNumbers(
  name: string,
  kind: NumberProfile['kind'],
  numberAt: (row: number) => number,
  rows: Int32Array,
  sample: Int32Array,
): NumberProfile {
  const present = Float64Array.from(sample, numberAt)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const hasMissing = rows.some((row) => Number.isNaN(numberAt(row)));
  const counted = { name, kind, rows: sample.length, missing: sample.length - present.length, hasMissing };
  if (present.length === 0) return { ...counted, range: null, bounds: [], counts: [0] };
  const quantile = (share: number) => present[Math.min(present.length - 1, Math.floor(share * present.length))]!;
  const deciles = Array.from({ length: DECILES - 1 }, (_, i) => quantile((i + 1) / DECILES));
  const bounds = [...new Set(deciles)];
  return { ...counted, range: rangeOf(rows, numberAt, quantile(0.5)), bounds, counts: countsOf(present, bounds) };
}

function rangeOf(rows: Int32Array, numberAt: (row: number) => number, median: number): NumberRange {
  let min = median;
  let max = median;
  for (const row of rows) {
    const value = numberAt(row);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, median, max };
}

/** How many of the ascending values lie up to each bound, and above the last. */
function countsOf(values: Float64Array, bounds: readonly number[]): readonly number[] {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let group = 0;
  for (const value of values) {
    while (group < bounds.length && value > bounds[group]!) group++;
    counts[group]! += 1;
  }
  return counts;
}

function profileCategories(
  { name, categories }: TextFeature,
  column: InputColumn | null,
  reading: CellReading,
  sample: Int32Array,
): CategoryProfile {
  const feature: TextFeature = { name, kind: 'CATEGORY', categories };
  const codeAt = codeReader(column, feature, reading);
  const counts = new Array<number>(categories.length + 2).fill(0);
  for (const row of sample) counts[codeAt(row)]! += 1;
  const kind =
    categories.length > 0 && categories.every((text) => parseBoolean(text) !== null) ? 'BOOLEAN' : 'CATEGORICAL';
  return { name, kind, rows: sample.length, missing: counts.pop() ?? 0, counts };
}

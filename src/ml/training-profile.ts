import type { Model, ModelFeature, TextFeature } from '../runtime/model.ts';
import { codeReader, numbersReader, wholeDate } from '../runtime/predict/encode-features.ts';
import type { InputColumn, InputTable } from '../runtime/predict/input-column.ts';
import type { CategoryProfile, ColumnProfile, NumberProfile, NumberRange } from '../runtime/training-profile.ts';
import type { CellReading } from '../runtime/values/cells.ts';
import { parseBoolean } from '../runtime/values/cells.ts';
import { firstFeatures } from './known-rows/known-rows.ts';

/** Enough rows for deciles and shares of categories within a percent. */
const MAX_ROWS = 10_000;

/** The profile of more columns would make files of many megabytes larger still. */
const MAX_COLUMNS = 10_000;

const DECILES = 10;

const PROFILE_KINDS = { NUMBER: 'NUMERIC', DATETIME: 'DATETIME', TEXT: 'TEXT' } as const;

/**
 * The model with the profile of the training rows in each column that it reads, counted on every n-th of at most 10,000 rows; the
 * smallest and the largest number are those of all rows. Models of more than 10,000 columns are returned as they are.
 */
export function withTrainingProfile(model: Model, table: InputTable, trainRows: Int32Array): Model {
  const features = firstFeatures(model.features).map(({ feature }) => feature);
  if (features.length > MAX_COLUMNS) return model;
  const columnOf = new Map(table.columns.map((column) => [column.name, column]));
  const step = Math.max(1, Math.ceil(trainRows.length / MAX_ROWS));
  const profile = features.map((feature) =>
    profileOf(feature, columnOf.get(feature.name) ?? null, model.reading, trainRows, step),
  );
  return { ...model, profile };
}

function profileOf(
  feature: ModelFeature,
  column: InputColumn | null,
  reading: CellReading,
  rows: Int32Array,
  step: number,
): ColumnProfile {
  if (feature.kind === 'CATEGORY') return profileCategories(feature, column, reading, rows, step);
  // Of dates the moment itself, whichever of their parts the model reads.
  const plain = feature.kind === 'DATETIME' ? wholeDate(feature) : feature;
  const values = new Float64Array(rows.length);
  numbersReader(column, plain, reading)(rows, values);
  return profileNumbers(feature.name, PROFILE_KINDS[feature.kind], values, step);
}

/** The profile of numbers, NaN where they are missing; counted on every `step`-th of them, the first included. */
export function profileNumbers(
  name: string,
  kind: NumberProfile['kind'],
  values: Float64Array,
  step: number,
): NumberProfile {
  const sampled = Math.ceil(values.length / step);
  const present = presentOf(values, step, sampled).sort();
  const missing = sampled - present.length;
  const counted = { name, kind, rows: sampled, missing, hasMissing: hasMissing(values) };
  if (present.length === 0) return { ...counted, range: null, bounds: [], counts: [0] };
  const quantile = (share: number) => present[Math.min(present.length - 1, Math.floor(share * present.length))]!;
  const deciles = Array.from({ length: DECILES - 1 }, (_, i) => quantile((i + 1) / DECILES));
  const bounds = [...new Set(deciles)];
  return { ...counted, range: rangeOf(values, quantile(0.5)), bounds, counts: countsOf(present, bounds) };
}

/** Those of every `step`-th value that are not missing. */
function presentOf(values: Float64Array, step: number, sampled: number): Float64Array {
  const present = new Float64Array(sampled);
  let count = 0;
  for (let i = 0; i < values.length; i += step) {
    const value = values[i]!;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  return present.subarray(0, count);
}

function hasMissing(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return true;
  return false;
}

function rangeOf(values: Float64Array, median: number): NumberRange {
  let min = median;
  let max = median;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
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
  rows: Int32Array,
  step: number,
): CategoryProfile {
  const feature: TextFeature = { name, kind: 'CATEGORY', categories };
  const codeAt = codeReader(column, feature, reading);
  const counts = new Array<number>(categories.length + 2).fill(0);
  for (let i = 0; i < rows.length; i += step) counts[codeAt(rows[i]!)]! += 1;
  const kind =
    categories.length > 0 && categories.every((text) => parseBoolean(text) !== null) ? 'BOOLEAN' : 'CATEGORICAL';
  return { name, kind, rows: Math.ceil(rows.length / step), missing: counts.pop() ?? 0, counts };
}

import type { Model, ModelFeature } from '../model.ts';
import { type CellReading, isMissing, trimCell } from '../values/cells.ts';
import { textParser } from '../values/text-value.ts';
import type { InputColumn, InputTable } from './input-column.ts';

/** One row as an application has it: values by the names of the columns. */
export type InputRow = Readonly<Record<string, unknown>>;

/**
 * The features' columns from rows of JSON values. A number may come as a number or as a text that spells one, a category as
 * text, number or boolean (of which the case does not count, True being true). Null, absent and the texts that stand for
 * "missing" in a file are missing; so is any value of another type, and a number's text that spells none. Texts are read as
 * the cells of the training file were: with its decimal mark, its order of day and month, its tokens for "missing".
 */
export function tableFromRows(model: Model, rows: readonly InputRow[]): InputTable {
  // A column of dates is several features.
  const features = new Map(model.features.map((feature) => [feature.name, feature]));
  return {
    rowCount: rows.length,
    columns: Array.from(features.values(), (feature) => columnOf(feature, model.reading, rows)),
  };
}

function columnOf(feature: ModelFeature, reading: CellReading, rows: readonly InputRow[]): InputColumn {
  const { name } = feature;
  if (feature.kind === 'TEXT') return { storage: 'text', name, values: rows.map((row) => plainText(row[name])) };
  if (feature.kind !== 'CATEGORY') {
    const parse = textParser(feature, reading);
    return { storage: 'number', name, values: Float64Array.from(rows, (row) => numberOf(row[name], parse)) };
  }
  const labels: string[] = [];
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from(rows, (row) => {
    const label = labelOf(row[name], feature.categories, reading);
    if (label === null) return -1;
    const known = codeOf.get(label);
    if (known !== undefined) return known;
    codeOf.set(label, labels.length);
    return labels.push(label) - 1;
  });
  return { storage: 'label', name, codes, labels };
}

/** The number that a JSON value is or spells; NaN for none. */
export function numberOf(value: unknown, parse: (text: string) => number): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? parse(value) : Number.NaN;
}

/** The text of a JSON value; null for a missing one. */
export function plainText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** The text of a JSON value as a category, which may be none of the model's; null for a missing one. */
export function labelOf(value: unknown, categories: readonly string[], reading: CellReading): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') {
    const text = String(value);
    return categories.find((category) => category.toLowerCase() === text) ?? text;
  }
  if (typeof value !== 'string') return null;
  const text = trimCell(value);
  // A token that stands for "missing" elsewhere may be a category of this file, such as "-".
  return isMissing(text, reading) && !categories.includes(text) ? null : text;
}

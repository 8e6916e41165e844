import { cycleOf, datePart } from './date-parts.ts';
import type { InputColumn } from './input-column.ts';
import { type CodedFeature, codeCount, type DateFeature, type NumberFeature } from './model.ts';
import { textParser } from './text-value.ts';

/**
 * From raw columns to what a model computes with. Training and predicting both encode through these functions, so a model
 * cannot see one thing when it is fitted and another when it is used.
 */

/** Reads one number of a column's row; NaN where it is missing, infinite, or a text that is no number. */
export type NumberReader = (row: number) => number;

/** Reads the model's code (see CategoryFeature) of a column's row. */
export type CodeReader = (row: number) => number;

/**
 * A reader of numbers, or of one part of dates. In a column that arrives as texts each distinct text is parsed once. An absent
 * column (null) is missing in every row.
 */
export function numberReader(column: InputColumn | null, feature: NumberFeature | DateFeature): NumberReader {
  if (column === null) return () => Number.NaN;
  const valueAt = plainReader(column, feature);
  if (feature.kind === 'NUMBER') return valueAt;
  const partOf = datePart(feature.part);
  return (row) => partOf(valueAt(row));
}

function plainReader(column: InputColumn, feature: NumberFeature | DateFeature): NumberReader {
  if (column.storage === 'number') {
    const { values } = column;
    return (row) => {
      const value = values[row]!;
      // x - x is 0 for every finite number and NaN otherwise: infinities are no values to learn from.
      return value - value === 0 ? value : Number.NaN;
    };
  }
  const parse = textParser(feature.kind);
  const numbers = Float64Array.from(column.labels, (label) => {
    const value = parse(label);
    return Number.isFinite(value) ? value : Number.NaN;
  });
  const { codes } = column;
  return (row) => (codes[row]! < 0 ? Number.NaN : numbers[codes[row]!]!);
}

/** A reader of codes. Of a category, numbers are looked up as the text that String() makes of them. */
export function codeReader(column: InputColumn | null, feature: CodedFeature): CodeReader {
  const other = codeCount(feature);
  const missing = other + 1;
  if (column === null) return () => missing;
  if (feature.kind === 'DATETIME') {
    const first = cycleOf(feature.part)?.first ?? 0;
    const partAt = numberReader(column, feature);
    return (row) => {
      const value = partAt(row);
      return Number.isNaN(value) ? missing : value - first;
    };
  }
  const codeOf = new Map(feature.categories.map((category, code) => [category, code]));
  if (column.storage === 'number') {
    const { values } = column;
    return (row) => (Number.isFinite(values[row]) ? (codeOf.get(String(values[row])) ?? other) : missing);
  }
  const codeOfLabel = Uint8Array.from(column.labels, (label) => codeOf.get(label) ?? other);
  const { codes } = column;
  return (row) => (codes[row]! < 0 ? missing : codeOfLabel[codes[row]!]!);
}

/**
 * Finds bins by binary search: the bin of x is how many of the ascending edges are below x; edges.length + 1 if missing.
 * Cost: log2(edges) comparisons.
 */
export function binOf(edges: Float64Array, value: number): number {
  if (Number.isNaN(value)) return edges.length + 1;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

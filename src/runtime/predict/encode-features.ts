import {
  type CodedFeature,
  codeCount,
  type DateFeature,
  type MeanFeature,
  type ReadNumber,
  type TextFeature,
  type WordsFeature,
} from '../model.ts';
import { type CellReading, isMissing, missingNumbers, parseBoolean, trimCell } from '../values/cells.ts';
import { MILLISECONDS_PER_DAY } from '../values/civil-calendar.ts';
import { cycleOf, DAYS_SINCE, datePart } from '../values/date-parts.ts';
import { canonicalLabel, wholeNumberLabel } from '../values/label-text.ts';
import { textTerms } from '../values/text-terms.ts';
import { textParser } from '../values/text-value.ts';
import type { InputColumn } from './input-column.ts';

/**
 * From raw columns to what a model computes with. Training and predicting both encode through these functions, so a model
 * cannot see one thing when it is fitted and another when it is used.
 */

/** Reads one number of a column's row; NaN where it is missing, infinite, or a text that is no number. */
export type NumberReader = (row: number) => number;

/** Reads the model's code (see CategoryFeature) of a column's row. */
export type CodeReader = (row: number) => number;

/**
 * A reader of numbers, of one part of dates, or of the means of texts. In a column that arrives as texts each distinct text is parsed once. An absent
 * column (null) is missing in every row, and so are texts that stand for "no value"; a table that was read from a file has none
 * left.
 */
export function numberReader(column: InputColumn | null, feature: ReadNumber, reading: CellReading): NumberReader {
  if (feature.kind === 'CATEGORY') {
    const codeAt = codeReader(column, feature, reading);
    return (row) => feature.means[codeAt(row)] ?? Number.NaN;
  }
  if (column === null) return () => Number.NaN;
  if (feature.kind === 'TEXT') return textReader(column, textScorer(feature, reading));
  const valueAt = plainReader(column, textParser(feature, reading));
  if (feature.kind === 'DATETIME') {
    if (feature.part === DAYS_SINCE) {
      const timeAt = numberReader(column, wholeDate(feature), reading);
      const startAt = numberReader(column.since ?? null, wholeDate(feature.since), reading);
      return (row) => (timeAt(row) - startAt(row)) / MILLISECONDS_PER_DAY;
    }
    const partOf = datePart(feature.part);
    return (row) => partOf(valueAt(row));
  }
  const missing = missingNumbers(reading.missingTokens, feature.numberFormat);
  if (missing.length === 0) return valueAt;
  return (row) => {
    const value = valueAt(row);
    return missing.includes(value) ? Number.NaN : value;
  };
}

/** The date itself, whichever of its parts a feature reads. */
export function wholeDate({ name, dateOrder }: Pick<DateFeature, 'name' | 'dateOrder'>): DateFeature {
  return { name, kind: 'DATETIME', part: 'ORDINAL', ...(dateOrder && { dateOrder }) };
}

/**
 * As numberReader, for many rows at once: `numbers[i]` becomes that of rows[i]. A plain column, the usual case, is read
 * without a call for each row.
 */
export function numbersReader(
  column: InputColumn | null,
  feature: ReadNumber,
  reading: CellReading,
): (rows: Int32Array, numbers: Float64Array) => void {
  const isPlain = feature.kind === 'NUMBER' && missingNumbers(reading.missingTokens, feature.numberFormat).length === 0;
  if (column?.storage === 'number' && isPlain) {
    const { values } = column;
    return (rows, numbers) => {
      for (let i = 0; i < rows.length; i++) {
        const value = values[rows[i]!]!;
        numbers[i] = value - value === 0 ? value : Number.NaN;
      }
    };
  }
  const numberAt = numberReader(column, feature, reading);
  return (rows, numbers) => {
    for (let i = 0; i < rows.length; i++) numbers[i] = numberAt(rows[i]!);
  };
}

/** A reader of the numbers of texts, of which each distinct one that is read is asked once. */
function textReader(column: InputColumn, numberOf: (text: string) => number): NumberReader {
  if (column.storage !== 'label') return (row) => numberOf(String(column.values[row] ?? ''));
  const { codes, labels } = column;
  const known: number[] = [];
  return (row) => {
    const code = codes[row]!;
    if (code < 0) return Number.NaN;
    known[code] ??= numberOf(labels[code]!);
    return known[code];
  };
}

/** The number of a text: the sum of the weights of its terms, over the square root of their number; NaN where it is missing. */
function textScorer({ terms, weights }: WordsFeature, reading: CellReading): (text: string) => number {
  const weightOf = new Map(Array.from(terms, (term, i) => [term, weights[i]!]));
  return (text) => {
    if (isMissing(trimCell(text), reading)) return Number.NaN;
    const known = [...textTerms(text)].flatMap((term) => weightOf.get(term) ?? []);
    return known.reduce((sum, weight) => sum + weight, 0) / Math.sqrt(known.length || 1);
  };
}

function plainReader(column: InputColumn, parse: (text: string) => number): NumberReader {
  if (column.storage === 'number') {
    const { values } = column;
    return (row) => {
      const value = values[row]!;
      // x - x is 0 for every finite number and NaN otherwise: infinities are no values to learn from.
      return value - value === 0 ? value : Number.NaN;
    };
  }
  return textReader(column, (text) => {
    const value = parse(text);
    return Number.isFinite(value) ? value : Number.NaN;
  });
}

/** A reader of codes. Of a category, numbers are looked up as the text that String() makes of them. */
export function codeReader(
  column: InputColumn | null,
  feature: CodedFeature | MeanFeature,
  reading: CellReading,
): CodeReader {
  const missing = codeCount(feature) + 1;
  if (column === null) return () => missing;
  if (feature.kind === 'DATETIME') {
    const first = cycleOf(feature.part)?.first ?? 0;
    const partAt = numberReader(column, feature, reading);
    return (row) => {
      const value = partAt(row);
      return Number.isNaN(value) ? missing : value - first;
    };
  }
  const codeOf = categoryCodes(feature, reading);
  if (column.storage === 'number') {
    const { values } = column;
    return (row) => (Number.isFinite(values[row]) ? codeOf(String(values[row])) : missing);
  }
  if (column.storage === 'text') return (row) => codeOf(trimCell(column.values[row] ?? ''));
  const codeOfLabel = Int32Array.from(column.labels, codeOf);
  const { codes } = column;
  return (row) => (codes[row]! < 0 ? missing : codeOfLabel[codes[row]!]!);
}

/**
 * The code of a trimmed text. A text that stands for "no value" in other columns may be a category of this one, such as "-".
 * Where all categories are spellings of true and false, case does not count, as when a file is read. From version 2 of the
 * reading on, a text is a category too where nobody could tell the two apart, or where both are one whole number (1 and 1.0).
 */
export function categoryCodes(feature: TextFeature, reading: CellReading): (text: string) => number {
  const { categories } = feature;
  const codes = new Map(categories.map((category, code) => [category, code]));
  const areBooleans = categories.every((category) => parseBoolean(category) !== null);
  const folded = new Map(areBooleans ? categories.map((category, code) => [category.toLowerCase(), code]) : []);
  const other = codeCount(feature);
  const known = (text: string) => codes.get(text) ?? folded.get(text.toLowerCase());
  if (reading.version === 1) return (text) => known(text) ?? (isMissing(text, reading) ? other + 1 : other);
  const wholeNumbers = new Map(
    categories.flatMap((category, code) => {
      const number = wholeNumberLabel(category);
      return number === null ? [] : [[number, code] as const];
    }),
  );
  return (text) => {
    const exact = known(text);
    if (exact !== undefined) return exact;
    const canonical = canonicalLabel(text);
    return (
      known(canonical) ??
      wholeNumbers.get(wholeNumberLabel(canonical) ?? '') ??
      (isMissing(canonical, reading) ? other + 1 : other)
    );
  };
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

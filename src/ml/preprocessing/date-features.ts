import type { DateFeature, DaysFeature } from '../../runtime/model.ts';
import { type NumberReader, numberReader } from '../../runtime/predict/encode-features.ts';
import type { DateOrder } from '../../runtime/values/cells.ts';
import { DATE_PARTS, DAYS_SINCE, type DatePart } from '../../runtime/values/date-parts.ts';
import type { NumberColumn } from '../../tabular/types/column.ts';
import { PLAIN_READING } from '../training-set.ts';

/** A column of dates, and the order of day and month in its file, where that matters. */
export interface DatesOfFile {
  readonly column: NumberColumn;
  readonly order: { readonly dateOrder?: DateOrder };
}

/** A feature of a model, and the column of numbers that an estimator is fitted to in its place. */
interface FittedDays {
  readonly feature: DaysFeature;
  readonly days: NumberColumn;
}

/** Of more columns of dates the first ones: each two of them are one more feature. */
const MAX_COLUMNS_OF_DAYS = 4;

/** Without the longer period a day of it is the timestamp itself once more. */
const PERIOD_OF: Partial<Record<DatePart, DatePart>> = { DAY_OF_YEAR: 'YEAR', DAY_OF_MONTH: 'MONTH' };

/**
 * The parts of dates that differ in the training rows. The timestamp itself is always kept: for a date that is either missing or
 * constant it carries the missingness.
 */
export function partsOfDates({ column, order }: DatesOfFile, rows: Int32Array): readonly DateFeature[] {
  return partsThatDiffer(allParts(column.name, order), (feature) => {
    return varies(numberReader(column, feature, PLAIN_READING), rows);
  });
}

/** All parts that a model can read of a column of dates. */
export function allParts(name: string, order: DatesOfFile['order']): readonly DateFeature[] {
  return DATE_PARTS.map((part) => ({ name, kind: 'DATETIME', part, ...order }));
}

/** Those of all parts that are kept, by whether they differ in the training rows; see partsOfDates. */
export function partsThatDiffer(
  parts: readonly DateFeature[],
  differs: (feature: DateFeature) => boolean,
): readonly DateFeature[] {
  const differ = new Set<DatePart>();
  return parts.filter((feature) => {
    const period = PERIOD_OF[feature.part];
    if (period !== undefined && !differ.has(period)) return false;
    if (!differs(feature)) return feature.part === 'ORDINAL';
    differ.add(feature.part);
    return true;
  });
}

/**
 * The days between each two columns of dates that differ in the training rows: trees, which ask about one feature at a time, would
 * need very many questions to tell three days of delivery from ten.
 */
export function daysBetween(dates: readonly DatesOfFile[], rows: Int32Array): readonly FittedDays[] {
  const pairs = pairsOfDates(dates).map(([later, earlier]) => fitDays(later, earlier));
  return pairs.filter(({ days: { values } }) => varies((row) => values[row]!, rows));
}

/** Which columns of dates are compared: the later one in the table first. */
export function pairsOfDates<Dates>(dates: readonly Dates[]): readonly (readonly [later: Dates, earlier: Dates])[] {
  const compared = dates.slice(0, MAX_COLUMNS_OF_DAYS);
  return compared.flatMap((later, at) => compared.slice(0, at).map((earlier) => [later, earlier] as const));
}

/** A column of dates by its name, and how its file writes them. */
type NamedDates = Pick<DatesOfFile, 'order'> & { readonly column: { readonly name: string } };

/** The days from the dates of one column to those of another. */
export function daysFeature(later: NamedDates, earlier: NamedDates): DaysFeature {
  const since = { name: earlier.column.name, ...earlier.order };
  return { name: later.column.name, kind: 'DATETIME', part: DAYS_SINCE, ...later.order, since };
}

function fitDays(later: DatesOfFile, earlier: DatesOfFile): FittedDays {
  const { name } = later.column;
  const feature = daysFeature(later, earlier);
  const daysAt = numberReader({ ...later.column, since: earlier.column }, feature, PLAIN_READING);
  const values = Float64Array.from(later.column.values, (_, row) => daysAt(row));
  return { feature, days: { storage: 'number', name, kind: 'NUMERIC', values } };
}

/** Whether the numbers of the rows are of two values at least, those that are missing ignored. */
function varies(numberAt: NumberReader, rows: Int32Array): boolean {
  let known = Number.NaN;
  for (const row of rows) {
    const value = numberAt(row);
    if (Number.isNaN(known)) known = value;
    else if (value !== known && !Number.isNaN(value)) return true;
  }
  return false;
}

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
  const differ = new Set<DatePart>();
  const parts = DATE_PARTS.map((part): DateFeature => ({ name: column.name, kind: 'DATETIME', part, ...order }));
  return parts.filter((feature) => {
    const period = PERIOD_OF[feature.part];
    if (period !== undefined && !differ.has(period)) return false;
    if (!varies(numberReader(column, feature, PLAIN_READING), rows)) return feature.part === 'ORDINAL';
    differ.add(feature.part);
    return true;
  });
}

/**
 * The days between each two columns of dates that differ in the training rows: trees, which ask about one feature at a time, would
 * need very many questions to tell three days of delivery from ten.
 */
export function daysBetween(dates: readonly DatesOfFile[], rows: Int32Array): readonly FittedDays[] {
  const compared = dates.slice(0, MAX_COLUMNS_OF_DAYS);
  const pairs = compared.flatMap((later, at) => compared.slice(0, at).map((earlier) => fitDays(later, earlier)));
  return pairs.filter(({ days: { values } }) => varies((row) => values[row]!, rows));
}

function fitDays(later: DatesOfFile, earlier: DatesOfFile): FittedDays {
  const { name } = later.column;
  const since = { name: earlier.column.name, ...earlier.order };
  const feature: DaysFeature = { name, kind: 'DATETIME', part: DAYS_SINCE, ...later.order, since };
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

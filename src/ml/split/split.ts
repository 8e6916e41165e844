import type { Column, Table } from '../../tabular/types/column.ts';
import { isTargetKnown, type Target } from '../preprocessing/target.ts';
import { createRandom, type Random, sampleInOrder } from '../random.ts';
import { markGroups, markLatest } from './split-by-column.ts';
import { planStrata } from './strata.ts';

export const SPLIT_STRATEGIES = ['RANDOM', 'LAST', 'INTERLEAVED', 'COLUMN', 'GROUP', 'TIME'] as const;

/** Those that need the name of a column. */
const COLUMN_STRATEGIES: readonly SplitRequest['strategy'][] = ['COLUMN', 'GROUP', 'TIME'];

/** Whether a strategy divides the rows by a column that the caller names. */
export function needsColumn(strategy: SplitRequest['strategy']): boolean {
  return COLUMN_STRATEGIES.includes(strategy);
}

/** Whether the column that divides the rows is withheld from the model: it defines the parts or the groups. */
export function excludesSplitColumn(strategy: SplitRequest['strategy']): boolean {
  return strategy === 'COLUMN' || strategy === 'GROUP';
}

/** How the rows are divided into those to train on and those to test on. Rows without a target are in neither. */
export interface SplitRequest {
  /**
   * RANDOM: drawn by `seed`; of each class the same share; of classes too rare for that, of all of them together.
   * LAST: the last rows of the table, in time order.
   * INTERLEAVED: with testFraction 1/k, the rows whose 0-based number i, counted over all rows, has i % k === k - 1.
   * COLUMN: the rows whose value in `column` reads "test" (in any case); that column is then no feature.
   * GROUP: drawn by `seed`, all rows with the same value of `column` together; that column is then no feature.
   * TIME: the latest rows by the number or moment in `column`, all rows of one moment together.
   */
  readonly strategy: (typeof SPLIT_STRATEGIES)[number];
  /** Above 0 and below 1; ignored for COLUMN. */
  readonly testFraction: number;
  /** For COLUMN, GROUP and TIME, else null. */
  readonly column: string | null;
  /** For RANDOM and GROUP: another seed, other rows. */
  readonly seed: number;
}

/** A split that cannot be made of these rows; the message is for the user. */
export class SplitError extends Error {
  override readonly name = 'SplitError';
  readonly hint: string | null;

  constructor(message: string, hint: string | null) {
    super(message);
    this.hint = hint;
  }
}

/** Row numbers of the table, ascending; both lists have at least one. */
export interface RowSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Divides the rows whose target is known. Throws SplitError if either part would be empty, or the request makes no sense. */
export function splitRows(request: SplitRequest, table: Table, target: Target): RowSplit {
  const { testFraction } = request;
  if (request.strategy !== 'COLUMN' && !(testFraction > 0 && testFraction < 1)) {
    throw new SplitError(`testFraction must be above 0 and below 1; got ${testFraction}`, 'a fifth is usual: 0.2');
  }
  const rows = rowsWhere(table.rowCount, (row) => isTargetKnown(target, row));
  const isTest = testRows(request, table, target, rows);
  const split = divide(rows, isTest);
  if (split.test.length === 0) throw new SplitError(noRowsText('test', request), noRowsHint(request));
  if (split.train.length === 0) throw new SplitError(noRowsText('training', request), noRowsHint(request));
  return split;
}

/** The rows that are no test rows, and those that are. */
function divide(rows: Int32Array, isTest: Uint8Array): RowSplit {
  const test = new Int32Array(rows.length);
  const train = new Int32Array(rows.length);
  let tested = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (isTest[row] === 1) test[tested++] = row;
    else train[i - tested] = row;
  }
  return { train: train.slice(0, rows.length - tested), test: test.slice(0, tested) };
}

/** The rows that are wanted, ascending. */
function rowsWhere(rowCount: number, isWanted: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(rowCount);
  let count = 0;
  for (let row = 0; row < rowCount; row++) if (isWanted(row)) rows[count++] = row;
  return rows.slice(0, count);
}

/** For each row of the table 1 if it is a test row; only `rows` count. */
function testRows(request: SplitRequest, table: Table, target: Target, rows: Int32Array): Uint8Array {
  const isTest = new Uint8Array(table.rowCount);
  switch (request.strategy) {
    case 'RANDOM':
      drawTestRows(rows, target, request.testFraction, createRandom(request.seed), isTest);
      break;
    case 'LAST':
      for (const row of rows.subarray(rows.length - Math.round(rows.length * request.testFraction))) isTest[row] = 1;
      break;
    case 'INTERLEAVED': {
      const period = wholePeriod(request.testFraction);
      for (let row = period - 1; row < table.rowCount; row += period) isTest[row] = 1;
      break;
    }
    case 'COLUMN':
      markTestRows(splitColumn(request, table), isTest);
      break;
    case 'GROUP': {
      const random = createRandom(request.seed);
      const groups = markGroups(splitColumn(request, table), rows, request.testFraction, random, isTest);
      if (groups < 2) {
        throw new SplitError(`the column ${request.column} has one value in all rows with a target`, OTHER_COLUMN_HINT);
      }
      break;
    }
    case 'TIME':
      markLatest(timesOf(splitColumn(request, table)), rows, request.testFraction, isTest);
  }
  return isTest;
}

/** k for a fraction of 1/k; decimals such as 0.3333 count as the k that they are nearest to. */
export function wholePeriod(testFraction: number): number {
  const period = Math.round(1 / testFraction);
  if (period < 2 || Math.abs(1 / testFraction - period) > 0.005 * period) {
    throw new SplitError(
      `INTERLEAVED needs a testFraction of one in a whole number, such as 0.5, 0.25, 0.2 or 0.1; got ${testFraction}`,
      'choose such a fraction, or the strategy RANDOM or LAST',
    );
  }
  return period;
}

function drawTestRows(rows: Int32Array, target: Target, fraction: number, random: Random, isTest: Uint8Array): void {
  const { stratumOf, sizes, draws } = planStrata(rowsOfClasses(rows, target), fraction);
  const strata = sizes.map((size) => new Int32Array(size));
  const filled = sizes.map(() => 0);
  for (const row of rows) {
    const stratum = stratumOf[target.task === 'CLASSIFICATION' ? target.codes[row]! : 0]!;
    strata[stratum]![filled[stratum]!++] = row;
  }
  for (const [i, part] of strata.entries()) for (const row of sampleInOrder(part, draws[i]!, random)) isTest[row] = 1;
}

/** How many rows each class has; all are of one where there are none. */
function rowsOfClasses(rows: Int32Array, target: Target): readonly number[] {
  if (target.task === 'REGRESSION') return [rows.length];
  const counts = target.labels.map(() => 0);
  for (const row of rows) counts[target.codes[row]!]!++;
  return counts;
}

const OTHER_COLUMN_HINT = 'name a column with several values, or choose another strategy';

/** What the column of a strategy is. */
const COLUMN_MEANING: { readonly [Strategy in SplitRequest['strategy']]?: string } = {
  COLUMN: 'name the column that reads "test" in the test rows',
  GROUP: 'name the column whose equal values are to stay together',
  TIME: 'name the column of numbers or dates by which rows are early or late',
};

/** The moments in a column; infinities are missing. Throws SplitError for a column of texts. */
export function timesOf(column: Column): Float64Array {
  if (column.storage === 'number') return column.values.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  throw new SplitError(
    `the column ${column.name} holds texts: TIME needs numbers or dates`,
    COLUMN_MEANING.TIME ?? null,
  );
}

/** The column that the request names. Throws SplitError. */
export function splitColumn(request: SplitRequest, table: Table): Column {
  return table.columns[splitColumnOf(request, table.columns)]!;
}

/** Where it is among all columns. Throws SplitError. */
export function splitColumnOf(request: SplitRequest, columns: readonly Pick<Column, 'name'>[]): number {
  if (request.column === null) {
    throw new SplitError(`the strategy ${request.strategy} needs a column`, COLUMN_MEANING[request.strategy] ?? null);
  }
  const column = columns.findIndex((found) => found.name === request.column);
  if (column === -1) throw new SplitError(`there is no column ${request.column} to split by`, null);
  return column;
}

function markTestRows(column: Column, isTest: Uint8Array): void {
  if (column.storage === 'number') return;
  const readsTest = column.labels.map(isTestLabel);
  for (let row = 0; row < isTest.length; row++) if (readsTest[column.codes[row]!] === true) isTest[row] = 1;
}

/** What a label of the strategy COLUMN reads in test rows. */
export function isTestLabel(label: string): boolean {
  return label.trim().toLowerCase() === 'test';
}

/** What is wrong where a part has no rows. */
export function noRowsText(part: 'test' | 'training', { strategy, column, testFraction }: SplitRequest): string {
  return needsColumn(strategy)
    ? `the column ${column} leaves no ${part} rows`
    : `a testFraction of ${testFraction} leaves no ${part} rows`;
}

/** What to do about it. */
export function noRowsHint({ strategy }: SplitRequest): string {
  if (strategy === 'COLUMN') return 'test rows are those that read "test" there; all others are training rows';
  return needsColumn(strategy) ? OTHER_COLUMN_HINT : 'the table has too few rows with a target for that';
}

import type { Column, Table } from '../../tabular/types/column.ts';
import { float64ArrayFrom } from '../parallel/typed-arrays.ts';
import { TrainingDataError } from '../training-data-error.ts';
import { isTargetKnown, type Target } from './target.ts';

/**
 * Of rows of less than this share of the largest weight, sums of weights could not tell how many there are: they count as rows of
 * weight 0.
 */
const SMALLEST_SHARE = 1e-6;

/** Products of weights with each other and with numbers stay far from the ends of a double's range. */
const SMALLEST_WEIGHT = 1e-60;
const LARGEST_SUM = 1e60;

/** Sums of fewer than 2^53 steps are exact in any order, so that what is left of a node after a part is never less than nothing. */
const SUM_STEPS = 2 ** 52;

/** Far from 1 on average, weights change what a penalty or a prior means. */
const USUAL_MEAN = { least: 0.1, most: 10 };

/** In which order wrong rows are looked for, and what is said of the first. */
const WRONG: readonly {
  readonly isWrong: (weight: number) => boolean;
  readonly what: string;
  readonly hint: string;
}[] = [
  {
    isWrong: Number.isNaN,
    what: 'has none',
    hint: 'fill it in; 0 leaves a row out',
  },
  { isWrong: (weight) => !Number.isFinite(weight), what: 'has an infinite one', hint: 'use finite numbers' },
  { isWrong: (weight) => weight < 0, what: 'has a negative one', hint: 'use numbers from 0; 0 leaves a row out' },
];

/**
 * How much each row of the table counts by the column of weights: for rows whose target is known a number from 0, rounded so that
 * sums of them are exact. Null without a column. Throws TrainingDataError for a column that cannot be one.
 */
export function readRowWeights(table: Table, name: string | null, target: Target): Float64Array | null {
  if (name === null) return null;
  const { values } = numbersOf(table, name);
  const scale = new WeightScale(name);
  for (let row = 0; row < values.length; row++) if (isTargetKnown(target, row)) scale.see(values[row]!, row);
  const counted = scale.rounding();
  return float64ArrayFrom(values.length, (row) => (isTargetKnown(target, row) ? counted(values[row]!) : 0));
}

/** Finds out how weights are rounded so that sums of them are exact: from all that count, in any order. */
export class WeightScale {
  readonly #name: string;
  #largest = 0;
  #total = 0;

  /** `name`: of the column, for what is said to its user. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Takes the weight of a row whose target is known into account. Throws TrainingDataError for one that cannot be one. */
  see(weight: number, row: number): void {
    checkWeight(weight, row, this.#name);
    this.#largest = Math.max(this.#largest, weight);
    this.#total += weight;
  }

  /** How much a row counts by its weight, as one of those that were seen. Throws TrainingDataError where none of them can count. */
  rounding(): (weight: number) => number {
    const [largest, total] = [this.#largest, this.#total];
    if (largest === 0) throw allZero(this.#name, 'all rows');
    if (largest < SMALLEST_WEIGHT || !(total <= LARGEST_SUM)) {
      throw unusable(
        `the weights in ${this.#name} are so ${total > 1 ? 'large' : 'small'} that sums of them fail`,
        'divide them by their mean',
      );
    }
    const step = 2 ** Math.ceil(Math.log2(total)) / SUM_STEPS;
    return (weight) => (weight < SMALLEST_SHARE * largest ? 0 : Math.round(weight / step) * step);
  }
}

/** The rows that count. Throws TrainingDataError where none of them does. */
export function countedRows(rows: Int32Array, weights: Float64Array | null, name: string | null): Int32Array {
  if (weights === null) return rows;
  const counted = rows.filter((row) => weights[row]! > 0);
  if (counted.length === 0) throw allZero(name ?? '', 'all training rows');
  return counted;
}

/** The weights of some rows of the table; null where each is 1. */
export function weightsOfRows(weights: Float64Array | null, rows: Int32Array): Float64Array | null {
  if (weights === null || rows.every((row) => weights[row] === 1)) return null;
  return float64ArrayFrom(rows.length, (i) => weights[rows[i]!]!);
}

/** For the user, where weights change more than how much rows count. `counted`: how many training rows do, of all `trainRows`. */
export function weightWarnings(weights: Float64Array | null, counted: number, trainRows: number): string[] {
  return totalWarnings(
    weights === null ? counted : weights.reduce((sum, weight) => sum + weight, 0),
    counted,
    trainRows,
  );
}

/** As weightWarnings, by the sum of the weights of the rows that count. */
export function totalWarnings(total: number, counted: number, trainRows: number): string[] {
  const left = trainRows - counted;
  const mean = total / counted;
  return [
    ...(left > 0 ? [`${left} training ${left === 1 ? 'row' : 'rows'} of weight 0 left out`] : []),
    ...(mean >= USUAL_MEAN.least && mean <= USUAL_MEAN.most
      ? []
      : [
          `the training rows weigh ${Number(mean.toPrecision(3))} on average: penalties and minimums such as l2 and minLeafHessian are ` +
            'meant for rows that weigh about 1; weights divided by their mean do',
        ]),
  ];
}

function numbersOf(table: Table, name: string): Column & { readonly storage: 'number' } {
  const column = requireWeights(table.columns, name);
  if (column.storage === 'number') return column;
  throw new TypeError(`${name} holds no numbers`);
}

/** The column that rows are weighed by. Throws TrainingDataError for one that cannot be one. */
export function requireWeights<Described extends Pick<Column, 'name' | 'kind' | 'storage'>>(
  columns: readonly Described[],
  name: string,
): Described {
  const column = columns.find((found) => found.name === name);
  if (column === undefined) throw unusable(`there is no column ${name} to weigh rows by`, null);
  if (column.storage === 'number' && column.kind !== 'DATETIME') return column;
  throw unusable(
    `rows are weighed by numbers, and the column ${name} holds ${column.kind === 'DATETIME' ? 'dates' : 'texts'}`,
    'choose a column of numbers from 0',
  );
}

function checkWeight(weight: number, row: number, name: string): void {
  const wrong = WRONG.find(({ isWrong }) => isWrong(weight));
  if (wrong === undefined) return;
  throw unusable(`each row needs a weight in ${name}, and row ${row + 1} ${wrong.what}`, wrong.hint);
}

/** The refusal of weights that are all 0. */
export function allZero(name: string, which: string): TrainingDataError {
  return unusable(`the weight in ${name} is 0 in ${which}`, 'give the rows to learn from a weight above 0');
}

/** The refusal of a column of weights. */
export function unusable(message: string, hint: string | null): TrainingDataError {
  return new TrainingDataError('WEIGHTS_UNUSABLE', message, hint);
}

import type { EstimatorModel } from '../runtime/model.ts';

/** Rows that a model was not fitted to: what it says of them, and which label they have. */
export interface JudgedRows {
  /** Row after row, a margin for each label; of two labels one for each row, that of the second. */
  readonly margins: Float64Array;
  readonly codes: Int32Array;
  /** How much each row counts, above 0; null: all alike. */
  readonly weights: Float64Array | null;
}

/** Of fewer training rows, too few are not fitted to: what a temperature wins on them by chance it loses on others. */
const MIN_ROWS_OF_TWO = 3_000;
const MIN_ROWS_OF_MORE = 500;

/** Standard errors of its mean by which the log-loss has to fall. */
const MIN_ERRORS = 2;

/** The temperature is between 1 / 20 and 20. */
const BOUND = Math.log(20);

/** Halvings of that range: beyond the digits that are kept. */
const HALVINGS = 40;
const DIGITS = 4;

/** Whether a training of so many rows looks for a temperature. */
export function mayHaveTemperature(labels: number, trainRows: number): boolean {
  return trainRows >= (labels === 2 ? MIN_ROWS_OF_TWO : MIN_ROWS_OF_MORE);
}

/**
 * The temperature to divide a classifier's margins by, so that its probabilities fit these rows: above 1 for one that is too
 * sure, below 1 for one that is not sure enough (Guo and others, "On calibration of modern neural networks", 2017). It does
 * not change which label is most probable.
 *
 * It is the one of least log-loss, summed over the rows, plus ln(T)^2 / 2: a normal prior, which keeps it finite where all
 * rows are right. It is 1 where the rows do not show, by a paired test of two standard errors, that it is better than 1.
 * The loss is convex in 1 / T, so that its slope has one zero, which is found by halving.
 */
export function findTemperature(judged: JudgedRows): number {
  const rows = { ...judged, weights: ofMeanOne(judged.weights) };
  let [low, high] = [-BOUND, BOUND];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (slope(rows, middle) > 0) high = middle;
    else low = middle;
  }
  const temperature = Number(Math.exp(-(low + high) / 2).toPrecision(DIGITS));
  return isBetter(rows, temperature) ? temperature : 1;
}

/** The derivative of the penalized loss by ln(1 / T). */
function slope(rows: JudgedRows, logInverse: number): number {
  const inverse = Math.exp(logInverse);
  let sum = 0;
  for (let row = 0; row < rows.codes.length; row++) sum += (rows.weights?.[row] ?? 1) * marginError(rows, row, inverse);
  return inverse * sum + logInverse;
}

/** The margin that the row's probabilities expect, minus that of its label. */
function marginError({ margins, codes }: JudgedRows, row: number, inverse: number): number {
  const width = margins.length / codes.length;
  if (width === 1) return margins[row]! * (1 / (1 + Math.exp(-inverse * margins[row]!)) - codes[row]!);
  const own = margins.subarray(row * width, (row + 1) * width);
  const largest = own.reduce((most, margin) => Math.max(most, margin), Number.NEGATIVE_INFINITY);
  let [weights, weighted] = [0, 0];
  for (const margin of own) {
    const weight = Math.exp(inverse * (margin - largest));
    weights += weight;
    weighted += weight * margin;
  }
  return weighted / weights - own[codes[row]!]!;
}

function isBetter(rows: JudgedRows, temperature: number): boolean {
  const count = rows.codes.length;
  const weightOf = (row: number): number => rows.weights?.[row] ?? 1;
  const gains = Float64Array.from(rows.codes, (_, row) => rowLoss(rows, row, 1) - rowLoss(rows, row, 1 / temperature));
  const mean = gains.reduce((sum, gain, row) => sum + weightOf(row) * gain, 0) / count;
  const squares = gains.reduce((sum, gain, row) => sum + (weightOf(row) * (gain - mean)) ** 2, 0);
  return count > 1 && mean > MIN_ERRORS * Math.sqrt(squares / (count - 1) / count);
}

/** So that the prior weighs as much as it does beside rows that count alike. */
function ofMeanOne(weights: Float64Array | null): Float64Array | null {
  if (weights === null) return null;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}

/** The row's log-loss. */
function rowLoss({ margins, codes }: JudgedRows, row: number, inverse: number): number {
  const width = margins.length / codes.length;
  if (width === 1) {
    const wrong = inverse * margins[row]! * (codes[row] === 1 ? -1 : 1);
    return Math.max(0, wrong) + Math.log1p(Math.exp(-Math.abs(wrong)));
  }
  const own = margins.subarray(row * width, (row + 1) * width);
  const largest = own.reduce((most, margin) => Math.max(most, margin), Number.NEGATIVE_INFINITY);
  const weights = own.reduce((sum, margin) => sum + Math.exp(inverse * (margin - largest)), 0);
  return Math.log(weights) + inverse * (largest - own[codes[row]!]!);
}

/** The model with its margins divided by a temperature: the file of a model knows no temperature. */
export function withTemperature<Model extends EstimatorModel>(model: Model, temperature: number): Model {
  if (temperature === 1) return model;
  if (model.kind !== 'TREES' || model.combine !== 'MARGINS') throw new Error(`${model.kind} has no margins to divide.`);
  const divided = (values: Float64Array): Float64Array => values.map((value) => value / temperature);
  return { ...model, startMargins: divided(model.startMargins), leafValues: divided(model.leafValues) };
}

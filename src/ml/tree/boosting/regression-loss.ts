import { optionalNumberParameter, type ParameterSpec, type Parameters } from '../../parameters/parameter-spec.ts';
import { TrainingDataError } from '../../training-data-error.ts';
import type { TrainingSet } from '../../training-set.ts';

/**
 * What boosting lowers for numbers, by a margin m and a target y. SQUARED: half the squared error, (m - y)^2 / 2. POISSON: half
 * the deviance of counts, y ln(y / e^m) - y + e^m; the model predicts e^m. QUANTILE: the pinball loss, quantile * (y - m)
 * where y is above m, else (1 - quantile) * (m - y) (Koenker and Bassett 1978).
 */
export interface RegressionLoss {
  readonly kind: 'SQUARED' | 'POISSON' | 'QUANTILE';
  /** Of QUANTILE: the share of targets that are to lie below the prediction. */
  readonly quantile: number;
}

export const LOSS_PARAMETER: ParameterSpec = {
  name: 'loss',
  kind: 'ENUM',
  default: null,
  min: null,
  max: null,
  choices: ['LOG_LOSS', 'SQUARED', 'POISSON', 'QUANTILE'],
  description:
    'What is lowered. SQUARED: the squared error, so that means are predicted. POISSON: the deviance of counts, for numbers from 0 whose spread grows with their mean. QUANTILE: the pinball loss, so that the value is predicted which the share quantile lies below. Not set: LOG_LOSS for labels, SQUARED for numbers.',
};

export const QUANTILE_PARAMETER: ParameterSpec = {
  name: 'quantile',
  kind: 'FLOAT',
  default: null,
  min: 0.001,
  max: 0.999,
  choices: [],
  description:
    'With the loss QUANTILE, the share of the rows that the predictions are to lie above. Not set: 0.5, the median.',
};

const DEFAULT_QUANTILE = 0.5;

/** The loss that the parameters name for numbers. Throws TrainingDataError for a target that it is not defined for. */
export function regressionLoss({ target, rows }: TrainingSet, parameters: Parameters): RegressionLoss {
  const wanted = parameters['loss'] ?? null;
  const quantile = optionalNumberParameter(parameters, 'quantile') ?? DEFAULT_QUANTILE;
  if (target.task === 'CLASSIFICATION') {
    if (wanted === null || wanted === 'LOG_LOSS') return { kind: 'SQUARED', quantile };
    throw notForLoss(`the loss ${wanted} is for numbers, and the target has labels`, 'leave loss out, or use LOG_LOSS');
  }
  if (wanted === 'LOG_LOSS') {
    throw notForLoss('the loss LOG_LOSS is for labels, and the target has numbers', 'leave loss out, or use SQUARED');
  }
  if (wanted === 'POISSON') checkCounts(target.values, rows);
  return { kind: wanted === 'POISSON' || wanted === 'QUANTILE' ? wanted : 'SQUARED', quantile };
}

function checkCounts(values: Float64Array, rows: Int32Array): void {
  const negative = values.findIndex((value) => value < 0);
  if (negative >= 0) throw negativeCount(rows[negative]!, values[negative]!);
  if (!values.some((value) => value > 0)) throw noCounts();
}

/** The loss POISSON is not defined for the number of a row of the table. */
export function negativeCount(row: number, value: number): TrainingDataError {
  return notForLoss(
    `the loss POISSON is for numbers from 0, and row ${row + 1} has ${value}`,
    'use the loss SQUARED or QUANTILE, or correct the target',
  );
}

/** The loss POISSON has nothing to learn. */
export function noCounts(): TrainingDataError {
  return notForLoss('the loss POISSON needs a number above 0, and all training rows have 0', 'use the loss SQUARED');
}

function notForLoss(message: string, hint: string): TrainingDataError {
  return new TrainingDataError('TARGET_NOT_FOR_LOSS', message, hint);
}

/**
 * The value that this share of the values lies below, interpolated linearly between the two next to it (Hyndman and Fan
 * 1996, type 7, as numpy.percentile does). Sorts the values; there is at least one.
 */
export function quantileOf(values: Float64Array, share: number): number {
  values.sort();
  const at = share * (values.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, values.length - 1);
  // Both are positions of the array.
  return values[below]! + (at - below) * (values[above]! - values[below]!);
}

/**
 * The value that this share of the weights lies below: quantileOf of the values, each as often as its weight says, where weights
 * are whole. Others are steps of the smallest weight, or of 1 if that is smaller: between the last step of a value and the first
 * of the next one it is interpolated, and weights that are all alike and at most 1 give what no weights give.
 */
export function weightedQuantile(values: Float64Array, weights: Float64Array, share: number): number {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  let [total, step] = [0, 1];
  for (const weight of weights) {
    total += weight;
    step = Math.min(step, weight);
  }
  const at = share * (total - step);
  let before = 0;
  for (let i = 0; i < order.length; i++) {
    const value = values[order[i]!]!;
    const next = before + weights[order[i]!]!;
    if (at < next || i === order.length - 1) {
      const above = values[order[Math.min(i + 1, order.length - 1)]!]!;
      return value + Math.max(0, (at - (next - step)) / step) * (above - value);
    }
    before = next;
  }
  throw new Error('A quantile needs a value.');
}

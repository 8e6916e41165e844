import { combinedWeights, type TrainingWeights } from '../../class-weights.ts';
import { mean } from '../../mean.ts';
import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { TrainingTarget } from '../../training-set.ts';
import { type GradientPacking, UNIT_HESSIAN, VARYING_HESSIAN } from '../splitting/gradient-packing.ts';
import { poissonDerivatives, poissonLoss, quantileDerivatives, quantileLoss } from './count-and-quantile.ts';
import { quantileOf, type RegressionLoss, weightedQuantile } from './regression-loss.ts';
import { weightDerivatives, weightedSquaredLoss } from './weighted-numbers.ts';

/**
 * A loss that boosting lowers, as a function of each row's margins, and all arrays that it is computed from and into; they
 * are in wasm memory, where several threads work on different rows. Margin k of row i is number k * rowCount + i.
 */
export interface BoostingObjective {
  /** A loss of numbers (see RegressionLoss); log-loss by one margin for two classes, or by softmax of one for each class. */
  readonly kind: RegressionLoss['kind'] | 'BINARY' | 'MULTINOMIAL';
  /** See RegressionLoss. */
  readonly quantile: number;
  readonly rowCount: number;
  readonly marginCount: number;
  readonly packing: GradientPacking;
  readonly margins: Float64Array;
  /** As the margins; empty for numbers. */
  readonly probabilities: Float64Array;
  /** The class of each row; empty for numbers. */
  readonly codes: Int32Array;
  /** How much each row counts, by its class too; empty for numbers that all count 1. */
  readonly weights: Float64Array;
  readonly areWeighted: boolean;
  /** How many rows each stands for: its weight without that of its class; empty where all stand for one. */
  readonly rowCounts: Float64Array;
  /** The targets that are numbers, else empty. */
  readonly values: Float64Array;
  /** For each row whether it is fitted to (0) or held out for early stopping (1); empty if none is held out. */
  readonly roles: Uint8Array;
  /** Of the margin, or the mixture of margins, that was derived last. */
  readonly gradients: Float64Array;
  /** Empty where all are 1. */
  readonly hessians: Float64Array;
}

export type RowRole = 0 | 1;

/** Makes the arrays. `startMargins`: where the margins begin, see startMarginsOf; `watched`: rows that are not fitted to. */
export function createObjective(
  target: TrainingTarget,
  loss: RegressionLoss,
  weighting: TrainingWeights,
  startMargins: Float64Array,
  validationRows: Int32Array,
  wasm: TrainingWasm,
): BoostingObjective {
  const isRegression = target.task === 'REGRESSION';
  const { ofRows } = weighting;
  const isUnit = isRegression && loss.kind !== 'POISSON' && ofRows === null;
  const rowCount = isRegression ? target.values.length : target.codes.length;
  const marginCount = startMargins.length;
  const margins = wasm.doubles(rowCount * marginCount);
  for (let k = 0; k < marginCount; k++) margins.fill(startMargins[k]!, k * rowCount, (k + 1) * rowCount);
  const codes = wasm.integers(isRegression ? 0 : rowCount);
  if (!isRegression) codes.set(target.codes);
  const combined = combinedWeights(target, weighting);
  const weights = wasm.doubles(isRegression && combined === null ? 0 : rowCount).fill(1);
  if (combined !== null) weights.set(combined);
  const rowCounts = wasm.doubles(ofRows === null ? 0 : rowCount);
  if (ofRows !== null) rowCounts.set(ofRows);
  const values = wasm.doubles(isRegression ? rowCount : 0);
  if (isRegression) values.set(target.values);
  const roles = wasm.bytes(validationRows.length === 0 ? 0 : rowCount);
  for (const row of validationRows) roles[row] = 1;
  return {
    kind: isRegression ? loss.kind : marginCount === 1 ? 'BINARY' : 'MULTINOMIAL',
    quantile: loss.quantile,
    rowCount,
    marginCount,
    packing: isUnit ? UNIT_HESSIAN : VARYING_HESSIAN,
    margins,
    probabilities: wasm.doubles(isRegression ? 0 : margins.length),
    codes,
    weights,
    areWeighted: combined !== null,
    rowCounts,
    values,
    roles,
    gradients: wasm.doubles(rowCount),
    hessians: wasm.doubles(isUnit ? 0 : rowCount),
  };
}

/** The margins that fit best without any feature: one for regression and for two classes, else one for each class. */
export function startMarginsOf(target: TrainingTarget, loss: RegressionLoss, weights: TrainingWeights): Float64Array {
  if (target.task === 'REGRESSION') return Float64Array.of(startOf(target.values, weights.ofRows, loss));
  const shares = new Float64Array(target.labels.length);
  let all = 0;
  const combined = combinedWeights(target, weights);
  for (let i = 0; i < target.codes.length; i++) {
    const weight = combined === null ? 1 : combined[i]!;
    shares[target.codes[i]!]! += weight;
    all += weight;
  }
  // Each class has a row at least.
  if (shares.length === 2) return Float64Array.of(Math.log(shares[1]! / shares[0]!));
  return shares.map((share) => Math.log(share / all));
}

function startOf(values: Float64Array, weights: Float64Array | null, { kind, quantile }: RegressionLoss): number {
  if (kind === 'QUANTILE') {
    return weights === null ? quantileOf(values.slice(), quantile) : weightedQuantile(values, weights, quantile);
  }
  return kind === 'POISSON' ? Math.log(mean(values, weights)) : mean(values, weights);
}

/** How much the rows of a role count together. */
export function weightOf({ rowCount, weights, roles }: BoostingObjective, role: RowRole): number {
  let sum = 0;
  for (let row = 0; row < rowCount; row++) {
    if ((roles[row] ?? 0) === role) sum += weights[row] ?? 1;
  }
  return sum;
}

/** Computes an objective, on some rows at a time. */
export class ObjectiveEvaluator {
  readonly #objective: BoostingObjective;
  readonly #wasm: TrainingWasm;

  constructor(objective: BoostingObjective, wasm: TrainingWasm) {
    this.#objective = objective;
    this.#wasm = wasm;
  }

  /** Computes the probabilities from the margins of rows [start, end). */
  update(start: number, end: number): void {
    const { kind, rowCount, marginCount } = this.#objective;
    const { functions } = this.#wasm;
    const [margins, probabilities] = [this.#at('margins'), this.#at('probabilities')];
    if (kind === 'BINARY') functions.toProbabilities(margins, probabilities, start, end);
    else if (kind === 'MULTINOMIAL') {
      functions.toClassProbabilities(margins, probabilities, rowCount, marginCount, start, end);
    }
  }

  /** The sum of the losses of the rows [start, end) of a role, each times its weight, for the margins that `update` saw. */
  loss(role: RowRole, start: number, end: number): number {
    const { kind, rowCount, areWeighted, roles } = this.#objective;
    const { functions } = this.#wasm;
    const rolesAt = roles.length === 0 ? 0 : this.#at('roles');
    if (kind === 'POISSON') return poissonLoss(this.#objective, role, start, end);
    if (kind === 'QUANTILE') return quantileLoss(this.#objective, role, start, end);
    if (kind === 'SQUARED' && areWeighted) return weightedSquaredLoss(this.#objective, role, start, end);
    if (kind === 'SQUARED') {
      return functions.squaredErrorLoss(this.#at('margins'), this.#at('values'), rolesAt, role, start, end);
    }
    return functions.logLoss(
      this.#at('probabilities'),
      kind === 'BINARY' ? 0 : rowCount,
      this.#at('codes'),
      areWeighted ? this.#at('weights') : 0,
      rolesAt,
      role,
      start,
      end,
    );
  }

  /**
   * First and second derivatives of the losses of rows [start, end) by margin k. The largest gradient, in size, and the
   * largest hessian go to the two doubles of `largest`, in wasm memory.
   *
   * All times the row's weight. BINARY: p - y and p (1 - p). SQUARED: margin - value and 1. POISSON and QUANTILE: see
   * count-and-quantile.ts. MULTINOMIAL: p_k - [y = k], and for K classes
   * K / (K - 1) p_k (1 - p_k): the diagonal of the true matrix, and a little more, because equal steps of all margins
   * change nothing (Friedman 2001, algorithm 6).
   */
  computeGradients(k: number, start: number, end: number, largest: Float64Array): void {
    const { kind, areWeighted } = this.#objective;
    if (kind === 'BINARY' || kind === 'MULTINOMIAL') this.#computeLogLossGradients(k, start, end, largest);
    else {
      this.#computeNumberGradients(start, end, largest);
      if (areWeighted) weightDerivatives(this.#objective, start, end, largest);
    }
  }

  #computeNumberGradients(start: number, end: number, largest: Float64Array): void {
    const { kind } = this.#objective;
    if (kind === 'POISSON') poissonDerivatives(this.#objective, start, end, largest);
    else if (kind === 'QUANTILE') quantileDerivatives(this.#objective, start, end, largest);
    else {
      this.#wasm.functions.squaredErrorDerivatives(
        this.#at('margins'),
        this.#at('values'),
        start,
        end,
        this.#at('gradients'),
        this.#wasm.addressOf(largest),
      );
    }
  }

  /**
   * First and second derivatives of the losses of rows [start, end) along a direction of the margins, of which `shares`, in
   * wasm memory, has a number for each. MULTINOMIAL alone; otherwise as computeGradients.
   */
  computeMixedGradients(shares: Float64Array, start: number, end: number, largest: Float64Array): void {
    const { rowCount, marginCount, areWeighted } = this.#objective;
    this.#wasm.functions.mixedLogLossDerivatives(
      this.#at('probabilities'),
      rowCount,
      marginCount,
      this.#wasm.addressOf(shares),
      this.#at('codes'),
      areWeighted ? this.#at('weights') : 0,
      start,
      end,
      marginCount / (marginCount - 1),
      this.#at('gradients'),
      this.#at('hessians'),
      this.#wasm.addressOf(largest),
    );
  }

  #computeLogLossGradients(k: number, start: number, end: number, largest: Float64Array): void {
    const { kind, rowCount, marginCount, areWeighted, probabilities } = this.#objective;
    this.#wasm.functions.logLossDerivatives(
      this.#wasm.addressOf(probabilities.subarray(k * rowCount)),
      this.#at('codes'),
      areWeighted ? this.#at('weights') : 0,
      start,
      end,
      kind === 'BINARY' ? 1 : k,
      kind === 'BINARY' ? 1 : marginCount / (marginCount - 1),
      this.#at('gradients'),
      this.#at('hessians'),
      this.#wasm.addressOf(largest),
    );
  }

  #at(
    array: 'margins' | 'probabilities' | 'codes' | 'weights' | 'values' | 'roles' | 'gradients' | 'hessians',
  ): number {
    return this.#wasm.addressOf(this.#objective[array]);
  }
}

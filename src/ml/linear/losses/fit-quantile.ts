import { mean } from '../../mean.ts';
import type { TrainingSet } from '../../training-set.ts';
import { quantileOf, weightedQuantile } from '../../tree/boosting/regression-loss.ts';
import type { DesignRows } from '../design-rows.ts';
import type { SingleMarginLoss } from '../linear-loss.ts';
import { LinearObjective } from '../linear-objective.ts';
import { asSubsteps, type OptimizerStep, type SolverOptions, type SolverResult } from '../optimizer-step.ts';
import { smoothQuantileLoss } from './number-losses.ts';

/** A quantile regression. */
export interface QuantileProblem {
  readonly data: TrainingSet;
  readonly rows: DesignRows;
  /** Of a loss in units of the target: it is divided by their spread, so that other units give the same model. */
  readonly l2: number;
  readonly quantile: number;
}

/** How a smooth objective is brought to its lowest point from a start. */
export type Minimize = (
  objective: LinearObjective<SingleMarginLoss>,
  start: Float64Array,
) => Generator<OptimizerStep, SolverResult>;

/**
 * The smoothing, in units of the spread of what is left of the targets: first widely, so that few steps lead near, in the end so
 * narrowly that the quantile moves by next to nothing. Each search begins where the one before has ended: from further away
 * a narrow loss has next to no second derivative.
 */
const BANDWIDTHS = [1, 0.5, 0.25, 0.12, 0.06];

/**
 * Fits the weights to smoothed losses, around the quantile of the targets first. In the end the intercept is moved so that the
 * share of the training rows below their prediction is the quantile.
 */
export function* fitQuantile(
  problem: QuantileProblem,
  start: SolverOptions['start'],
  minimize: Minimize,
): Generator<OptimizerStep, SolverResult> {
  let result: SolverResult = { weights: start, iterations: 0, isConverged: true };
  for (const [search, bandwidth] of BANDWIDTHS.entries()) {
    const objective = objectiveFor(problem, bandwidth * spreadOf(problem, rests(problem, result.weights)));
    // Nothing is left where the features tell the targets exactly.
    if (objective === null) break;
    const minimizing = minimize(objective, result.weights);
    result = yield* search < BANDWIDTHS.length - 1 ? asSubsteps(minimizing) : minimizing;
  }
  const weights = Float64Array.from(result.weights);
  weights[0]! += middleOf(problem, rests(problem, weights));
  return { ...result, weights };
}

function objectiveFor(problem: QuantileProblem, bandwidth: number): LinearObjective<SingleMarginLoss> | null {
  const { data, rows, l2, quantile } = problem;
  const { target, weights = null } = data;
  if (target.task === 'CLASSIFICATION' || !(bandwidth > 0)) return null;
  const loss = smoothQuantileLoss(rows.wasm, { values: target.values, weights }, { quantile, bandwidth });
  return new LinearObjective(rows, loss, l2 / spreadOf(problem, target.values));
}

/** What the weights leave of the targets. */
function rests({ data: { target }, rows }: QuantileProblem, weights: Float64Array): Float64Array {
  const values = target.task === 'REGRESSION' ? target.values : new Float64Array(0);
  const left = new Float64Array(values.length);
  const loss: SingleMarginLoss = {
    ...{ marginCount: 1, stride: 1, curvatures: left },
    differentiate: () => 0,
  };
  const objective = new LinearObjective(rows, loss, 0);
  objective.setWeights(weights);
  for (let start = 0; start < left.length; ) {
    const [, , , , count] = objective.marginsOfBlock(start);
    const margins = rows.wasm.doublesAt(objective.marginsAddress, count);
    for (let i = 0; i < count; i++) left[start + i] = values[start + i]! - margins[i]!;
    start += count;
  }
  return left;
}

/** The quantile of numbers of the rows, by weight. */
function middleOf({ data: { weights = null }, quantile }: QuantileProblem, values: Float64Array): number {
  return weights === null ? quantileOf(values.slice(), quantile) : weightedQuantile(values, weights, quantile);
}

/** Their mean distance from it, by weight. */
function spreadOf(problem: QuantileProblem, values: Float64Array): number {
  const middle = middleOf(problem, values);
  const distances = values.map((value) => Math.abs(value - middle));
  return mean(distances, problem.data.weights ?? null);
}

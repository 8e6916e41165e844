import type { TrainingWeights } from '../class-weights.ts';
import { TrainingWasm } from '../parallel/training-wasm.ts';
import type { TrainingSet } from '../training-set.ts';
import { startMarginsOf } from '../tree/boosting/boosting-objective.ts';
import type { RegressionLoss } from '../tree/boosting/regression-loss.ts';
import type { LinearDesign } from './design.ts';
import { DesignRows } from './design-rows.ts';
import { minimizeByLbfgs } from './lbfgs.ts';
import {
  logisticLoss,
  type SingleMarginLoss,
  type SoftmaxLoss,
  softmaxLoss,
  squaredLoss,
  startIntercepts,
} from './linear-loss.ts';
import { LinearObjective } from './linear-objective.ts';
import { fitQuantile, type Minimize } from './losses/fit-quantile.ts';
import { poissonLoss } from './losses/number-losses.ts';
import { minimizeByNewton } from './newton.ts';
import { asSubsteps, type OptimizerStep, type SolverOptions, type SolverResult, withSteps } from './optimizer-step.ts';
import { boundPreconditioner, scaled } from './precondition.ts';
import { sampleOf } from './sample.ts';
import { minimizeSoftmax } from './softmax-solver.ts';
import { typicalCost } from './solver-cost.ts';

/** A fitting problem. */
export interface LinearProblem {
  readonly data: TrainingSet;
  readonly design: LinearDesign;
  readonly weights: TrainingWeights;
  /** Of numbers; see RegressionLoss. */
  readonly loss: RegressionLoss;
  readonly l2: number;
}

/**
 * Up to this many weights, and no more than rows, Newton's method is fast: the hessian takes 8 MB, and its factorization 0.2
 * s. Beyond that, L-BFGS does without.
 */
const HESSIAN_WEIGHTS = 1000;

/**
 * The hessian of a softmax loss on a sample takes as long as 2 * weights^2 / rows passes over all rows, and saves some
 * forty: it pays with more rows than this share of weights^2.
 */
const MIN_ROWS = 1 / 20;

/** Rows per weight in a sample: its hessian is then like that of all rows, except for a factor. */
const ROWS_PER_WEIGHT = 8;
const MIN_SAMPLE = 2048;
/** Minimum rows of a sample: more lead closer to the optimum, and this many cost little beside one pass over all rows. */
const SAMPLE_FRACTION = 1 / 16;

/** A step that promises to lower f by less than this share of it is the last one. */
const TOLERANCE = 1e-9;
/** The same on a sample: the lowest point of all rows is further away. */
const SAMPLE_TOLERANCE = 1e-5;

/** A search on a sample is quick, and no iteration of the fit: it is not stopped. */
const SAMPLE_OPTIONS = { tolerance: SAMPLE_TOLERANCE, shouldStop: () => false } as const;

/** Copying and sampling the targets of many rows takes its time too. */
const INITIAL_STEP: OptimizerStep = { iteration: null, value: 0, cost: 0, convergence: 0 };

/**
 * The weights at which the objective is lowest: weight k of column j is at j * stride + k, with the stride of the loss.
 * Where there are many rows the search begins on a sample of them: from the lowest point there, few passes over all rows
 * lead to the one that is wanted.
 */
export function* fitWeights(
  problem: LinearProblem,
  maxIterations: number,
  shouldStop: () => boolean,
): Generator<OptimizerStep, SolverResult> {
  using wasm = TrainingWasm.take();
  const { target } = problem.data;
  if (target.task === 'REGRESSION' && problem.loss.kind === 'QUANTILE') {
    return yield* fitSmoothly(wasm, problem, { maxIterations, shouldStop });
  }
  return target.task === 'CLASSIFICATION' && target.labels.length > 2
    ? yield* fitMultinomial(wasm, problem, target.labels.length, { maxIterations, shouldStop })
    : yield* fitSingleMargin(wasm, problem, { maxIterations, shouldStop });
}

/** One margin: least squares, or logistic loss. */
function* fitSingleMargin(
  wasm: TrainingWasm,
  problem: LinearProblem,
  limits: SolverLimits,
): Generator<OptimizerStep, SolverResult> {
  const { data, design, l2 } = problem;
  const objectiveOn = ({ rows, target, weights = null }: TrainingSet): LinearObjective<SingleMarginLoss> => {
    const weighting = { ...problem.weights, ofRows: weights };
    const loss =
      target.task === 'CLASSIFICATION'
        ? logisticLoss(wasm, target.codes, weighting)
        : problem.loss.kind === 'POISSON'
          ? poissonLoss(wasm, { values: target.values, weights })
          : squaredLoss(wasm, target.values, weights);
    return new LinearObjective(new DesignRows(wasm, { ...design, rows }), loss, l2);
  };
  const objective = objectiveOn(data);
  yield INITIAL_STEP;
  const options = solverOptions(problem, objective, limits);
  const { freeWeights } = objective;
  if (freeWeights > Math.min(HESSIAN_WEIGHTS, data.rows.length)) return yield* minimizeWithBound(objective, options);
  // One step solves least squares from anywhere, and counts have no sample that is like all of them.
  const sample = data.target.task === 'REGRESSION' ? null : sampleOf(data, sampleSize(data, freeWeights));
  if (sample === null) {
    const kind = data.target.task === 'REGRESSION' && problem.loss.kind === 'SQUARED' ? 'LEAST_SQUARES' : 'NEWTON';
    yield { ...INITIAL_STEP, expected: typicalCost(kind, objective) };
    return yield* minimizeByNewton(objective, options);
  }
  const sampleObjective = objectiveOn(sample);
  yield {
    ...INITIAL_STEP,
    expected: typicalCost('NEWTON', sampleObjective) + typicalCost('NEWTON_WARM_START', objective),
  };
  const { weights } = yield* asSubsteps(minimizeByNewton(sampleObjective, { ...options, ...SAMPLE_OPTIONS }));
  return yield* minimizeByNewton(objective, { ...options, start: weights });
}

/** A quantile: by smooth losses, each brought to its lowest point as logistic loss is. */
function* fitSmoothly(
  wasm: TrainingWasm,
  problem: LinearProblem,
  limits: SolverLimits,
): Generator<OptimizerStep, SolverResult> {
  const { data, design, l2, loss } = problem;
  const rows = new DesignRows(wasm, { ...design, rows: data.rows });
  yield INITIAL_STEP;
  const start = new Float64Array(design.columnCount);
  start.set(startMarginsOf(data.target, loss, problem.weights));
  const minimize: Minimize = (objective, from) => {
    const options = { start: from, iterations: 0, tolerance: TOLERANCE, ...limits };
    const isWide = objective.freeWeights > Math.min(HESSIAN_WEIGHTS, data.rows.length);
    return isWide ? minimizeWithBound(objective, options) : minimizeByNewton(objective, options);
  };
  return yield* fitQuantile({ data, rows, l2, quantile: loss.quantile }, start, minimize);
}

/** A margin for each of several classes. */
function* fitMultinomial(
  wasm: TrainingWasm,
  problem: LinearProblem,
  classCount: number,
  limits: SolverLimits,
): Generator<OptimizerStep, SolverResult> {
  const { data, design, l2 } = problem;
  const objectiveOn = ({ rows, target, weights = null }: TrainingSet): LinearObjective<SoftmaxLoss> => {
    const codes = target.task === 'CLASSIFICATION' ? target.codes : new Int32Array(0);
    const loss = softmaxLoss(wasm, codes, classCount, { ...problem.weights, ofRows: weights });
    return new LinearObjective(new DesignRows(wasm, { ...design, rows }), loss, l2);
  };
  const objective = objectiveOn(data);
  yield INITIAL_STEP;
  const options = solverOptions(problem, objective, limits);
  const { freeWeights } = objective;
  // Without a penalty, columns that are collinear in a sample would get no weight.
  if (l2 === 0 || freeWeights > HESSIAN_WEIGHTS || data.rows.length < MIN_ROWS * freeWeights ** 2) {
    return yield* minimizeWithBound(objective, options);
  }
  const sample = sampleOf(data, sampleSize(data, freeWeights));
  if (sample === null) {
    yield { ...INITIAL_STEP, expected: typicalCost('SOFTMAX', objective) };
    return yield* minimizeSoftmax(objective, options);
  }
  const sampleObjective = objectiveOn(sample);
  yield {
    ...INITIAL_STEP,
    expected: typicalCost('SOFTMAX', sampleObjective) + typicalCost('LBFGS_WARM_START', objective),
  };
  const { weights, inverse } = yield* asSubsteps(minimizeSoftmax(sampleObjective, { ...options, ...SAMPLE_OPTIONS }));
  const share = weightOf(sample) / weightOf(data);
  return yield* minimizeByLbfgs(objective, scaled(inverse, share), { ...options, start: weights });
}

type SolverLimits = Pick<SolverOptions, 'maxIterations' | 'shouldStop'>;

function solverOptions(problem: LinearProblem, objective: LinearObjective, limits: SolverLimits): SolverOptions {
  const start = new Float64Array(objective.weightCount);
  const { data, weights, loss } = problem;
  const isCounts = data.target.task === 'REGRESSION' && loss.kind === 'POISSON';
  start.set(isCounts ? startMarginsOf(data.target, loss, weights) : startIntercepts(data.target, weights));
  return { start, iterations: 0, tolerance: TOLERANCE, ...limits };
}

/** Of all rows together. */
function weightOf({ rows, weights = null }: TrainingSet): number {
  return weights === null ? rows.length : weights.reduce((sum, weight) => sum + weight, 0);
}

function sampleSize(data: TrainingSet, weights: number): number {
  return Math.max(MIN_SAMPLE, ROWS_PER_WEIGHT * weights, Math.ceil(SAMPLE_FRACTION * data.rows.length));
}

function* minimizeWithBound(
  objective: LinearObjective,
  options: SolverOptions,
): Generator<OptimizerStep, SolverResult> {
  yield { ...INITIAL_STEP, expected: typicalCost('LBFGS', objective) };
  const bound = yield* withSteps(boundPreconditioner(objective), 0, 0);
  return yield* minimizeByLbfgs(objective, bound, options);
}

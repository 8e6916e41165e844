import { TrainingWasm } from '../parallel/training-wasm.ts';
import type { TrainingSet } from '../training-set.ts';
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
import { minimizeByNewton } from './newton.ts';
import { type Minimum, type OptimizerStep, type SearchRange, uncounted, withSteps } from './optimizer-step.ts';
import { boundPreconditioner, scaled } from './precondition.ts';
import { sampleOf } from './sample.ts';
import { minimizeSoftmax } from './softmax-solver.ts';
import { typicalWork } from './solver-work.ts';

/** What a fit is asked for. */
export interface LinearProblem {
  readonly data: TrainingSet;
  readonly design: LinearDesign;
  /** For each class how much its rows count; null where all count alike. */
  readonly classWeights: Float64Array | null;
  readonly l2: number;
}

/**
 * Up to so many weights, and no more than rows, their hessian is quick: it takes 8 MB, its factor 0.2 s. Beyond that
 * L-BFGS does without.
 */
const HESSIAN_WEIGHTS = 1000;

/**
 * The hessian of a softmax loss on a sample takes as long as 2 * weights^2 / rows passes over all rows, and saves some
 * forty: it pays with more rows than this share of weights^2.
 */
const MIN_ROWS = 1 / 20;

/** A sample has so many rows for each weight: the hessian there is then like that of all rows, but for a factor. */
const ROWS_PER_WEIGHT = 8;
const MIN_SAMPLE = 2048;
/** The more rows a sample has, the nearer it leads; so many cost little beside one pass over all. */
const SAMPLE_SHARE = 1 / 16;

/** A step that promises to lower f by less than this share of it is the last one. */
const TOLERANCE = 1e-9;
/** The same on a sample: the lowest point of all rows is further away. */
const SAMPLE_TOLERANCE = 1e-5;

/** A search on a sample is quick, and no iteration of the fit: it is not stopped. */
const ON_SAMPLE = { tolerance: SAMPLE_TOLERANCE, isToStop: () => false } as const;

/** Copying and sampling the targets of many rows takes its time too. */
const INITIAL_STEP: OptimizerStep = { iteration: null, value: 0, work: 0, settled: 0 };

/**
 * The weights at which the objective is lowest: weight k of column j is at j * stride + k, with the stride of the loss.
 * Where there are many rows the search begins on a sample of them: from the lowest point there, few passes over all rows
 * lead to the one that is wanted.
 */
export function* fitWeights(
  problem: LinearProblem,
  maxIterations: number,
  isToStop: () => boolean,
): Generator<OptimizerStep, Minimum> {
  using wasm = TrainingWasm.take();
  const { target } = problem.data;
  return target.task === 'CLASSIFICATION' && target.labels.length > 2
    ? yield* findClassWeights(wasm, problem, target.labels.length, { maxIterations, isToStop })
    : yield* findSingleWeights(wasm, problem, { maxIterations, isToStop });
}

/** One margin: least squares, or logistic loss. */
function* findSingleWeights(
  wasm: TrainingWasm,
  problem: LinearProblem,
  limits: SearchLimits,
): Generator<OptimizerStep, Minimum> {
  const { data, design, classWeights, l2 } = problem;
  const objectiveOn = ({ rows, target }: TrainingSet): LinearObjective<SingleMarginLoss> => {
    const loss =
      target.task === 'REGRESSION' ? squaredLoss(wasm, target.values) : logisticLoss(wasm, target.codes, classWeights);
    return new LinearObjective(new DesignRows(wasm, { ...design, rows }), loss, l2);
  };
  const objective = objectiveOn(data);
  yield INITIAL_STEP;
  const range = rangeOf(problem, objective, limits);
  const { freeWeights } = objective;
  if (freeWeights > Math.min(HESSIAN_WEIGHTS, data.rows.length)) return yield* minimizeWithBound(objective, range);
  // One step solves least squares from anywhere.
  const sample = data.target.task === 'REGRESSION' ? null : sampleOf(data, sampleSize(data, freeWeights));
  if (sample === null) {
    const kind = data.target.task === 'REGRESSION' ? 'LEAST_SQUARES' : 'NEWTON';
    yield { ...INITIAL_STEP, expected: typicalWork(kind, objective) };
    return yield* minimizeByNewton(objective, range);
  }
  const nearby = objectiveOn(sample);
  yield { ...INITIAL_STEP, expected: typicalWork('NEWTON', nearby) + typicalWork('NEWTON_FROM_NEAR', objective) };
  const { weights } = yield* uncounted(minimizeByNewton(nearby, { ...range, ...ON_SAMPLE }));
  return yield* minimizeByNewton(objective, { ...range, start: weights });
}

/** A margin for each of several classes. */
function* findClassWeights(
  wasm: TrainingWasm,
  problem: LinearProblem,
  classCount: number,
  limits: SearchLimits,
): Generator<OptimizerStep, Minimum> {
  const { data, design, classWeights, l2 } = problem;
  const objectiveOn = ({ rows, target }: TrainingSet): LinearObjective<SoftmaxLoss> => {
    const codes = target.task === 'CLASSIFICATION' ? target.codes : new Int32Array(0);
    const loss = softmaxLoss(wasm, codes, classCount, classWeights);
    return new LinearObjective(new DesignRows(wasm, { ...design, rows }), loss, l2);
  };
  const objective = objectiveOn(data);
  yield INITIAL_STEP;
  const range = rangeOf(problem, objective, limits);
  const { freeWeights } = objective;
  // Without a penalty, columns that a sample cannot tell from others would get no weight.
  if (l2 === 0 || freeWeights > HESSIAN_WEIGHTS || data.rows.length < MIN_ROWS * freeWeights ** 2) {
    return yield* minimizeWithBound(objective, range);
  }
  const sample = sampleOf(data, sampleSize(data, freeWeights));
  if (sample === null) {
    yield { ...INITIAL_STEP, expected: typicalWork('SOFTMAX', objective) };
    return yield* minimizeSoftmax(objective, range);
  }
  const nearby = objectiveOn(sample);
  yield { ...INITIAL_STEP, expected: typicalWork('SOFTMAX', nearby) + typicalWork('LBFGS_FROM_NEAR', objective) };
  const { weights, inverse } = yield* uncounted(minimizeSoftmax(nearby, { ...range, ...ON_SAMPLE }));
  const share = sample.rows.length / data.rows.length;
  return yield* minimizeByLbfgs(objective, scaled(inverse, share), { ...range, start: weights });
}

type SearchLimits = Pick<SearchRange, 'maxIterations' | 'isToStop'>;

function rangeOf(problem: LinearProblem, objective: LinearObjective, limits: SearchLimits): SearchRange {
  const start = new Float64Array(objective.weightCount);
  start.set(startIntercepts(problem.data.target, problem.classWeights));
  return { start, iterations: 0, tolerance: TOLERANCE, ...limits };
}

function sampleSize(data: TrainingSet, weights: number): number {
  return Math.max(MIN_SAMPLE, ROWS_PER_WEIGHT * weights, Math.ceil(SAMPLE_SHARE * data.rows.length));
}

function* minimizeWithBound(objective: LinearObjective, range: SearchRange): Generator<OptimizerStep, Minimum> {
  yield { ...INITIAL_STEP, expected: typicalWork('LBFGS', objective) };
  const bound = yield* withSteps(boundPreconditioner(objective), 0, 0);
  return yield* minimizeByLbfgs(objective, bound, range);
}

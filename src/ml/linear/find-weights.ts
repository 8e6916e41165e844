import { Kernel } from '../parallel/kernel.ts';
import type { TrainingSet } from '../training-set.ts';
import type { LinearDesign } from './design.ts';
import { DesignRows } from './design-rows.ts';
import { minimiseByLbfgs } from './lbfgs.ts';
import {
  logisticLoss,
  type SingleMarginLoss,
  type SoftmaxLoss,
  softmaxLoss,
  squaredLoss,
  startIntercepts,
} from './linear-loss.ts';
import { LinearObjective } from './linear-objective.ts';
import { breathing, type MinimiseStep, type Minimum, type SearchRange, uncounted } from './minimise-step.ts';
import { minimiseByNewton } from './newton.ts';
import { boundPreconditioner, scaled } from './precondition.ts';
import { sampleOf } from './sample.ts';
import { usualWork } from './search-work.ts';
import { minimiseSoftmax } from './softmax-search.ts';

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
const LEAST_ROWS = 1 / 20;

/** A sample has so many rows for each weight: the hessian there is then like that of all rows, but for a factor. */
const ROWS_PER_WEIGHT = 8;
const LEAST_SAMPLE = 2048;
/** The more rows a sample has, the nearer it leads; so many cost little beside one pass over all. */
const SAMPLE_SHARE = 1 / 16;

/** A step that promises to lower f by less than this share of it is the last one. */
const TOLERANCE = 1e-9;
/** The same on a sample: the lowest point of all rows is further away. */
const SAMPLE_TOLERANCE = 1e-5;

/** A search on a sample is quick, and no iteration of the fit: it is not stopped. */
const ON_SAMPLE = { tolerance: SAMPLE_TOLERANCE, isToStop: () => false } as const;

/** Copying and sampling the targets of many rows takes its time too. */
const BREATH: MinimiseStep = { iteration: null, value: 0, work: 0, settled: 0 };

/**
 * The weights at which the objective is lowest: weight k of column j is at j * stride + k, with the stride of the loss.
 * Where there are many rows the search begins on a sample of them: from the lowest point there, few passes over all rows
 * lead to the one that is wanted.
 */
export function* findWeights(
  problem: LinearProblem,
  maxIterations: number,
  isToStop: () => boolean,
): Generator<MinimiseStep, Minimum> {
  using kernel = Kernel.take();
  const { target } = problem.data;
  return target.task === 'CLASSIFICATION' && target.labels.length > 2
    ? yield* findClassWeights(kernel, problem, target.labels.length, { maxIterations, isToStop })
    : yield* findSingleWeights(kernel, problem, { maxIterations, isToStop });
}

/** One margin: least squares, or logistic loss. */
function* findSingleWeights(
  kernel: Kernel,
  problem: LinearProblem,
  limits: SearchLimits,
): Generator<MinimiseStep, Minimum> {
  const { data, design, classWeights, l2 } = problem;
  const objectiveOn = ({ rows, target }: TrainingSet): LinearObjective<SingleMarginLoss> => {
    const loss =
      target.task === 'REGRESSION'
        ? squaredLoss(kernel, target.values)
        : logisticLoss(kernel, target.codes, classWeights);
    return new LinearObjective(new DesignRows(kernel, { ...design, rows }), loss, l2);
  };
  const objective = objectiveOn(data);
  yield BREATH;
  const range = rangeOf(problem, objective, limits);
  const { freeWeights } = objective;
  if (freeWeights > Math.min(HESSIAN_WEIGHTS, data.rows.length)) return yield* minimiseWithBound(objective, range);
  // One step solves least squares from anywhere.
  const sample = data.target.task === 'REGRESSION' ? null : sampleOf(data, sampleSize(data, freeWeights));
  if (sample === null) {
    const kind = data.target.task === 'REGRESSION' ? 'LEAST_SQUARES' : 'NEWTON';
    yield { ...BREATH, expected: usualWork(kind, objective) };
    return yield* minimiseByNewton(objective, range);
  }
  const nearby = objectiveOn(sample);
  yield { ...BREATH, expected: usualWork('NEWTON', nearby) + usualWork('NEWTON_FROM_NEAR', objective) };
  const { weights } = yield* uncounted(minimiseByNewton(nearby, { ...range, ...ON_SAMPLE }));
  return yield* minimiseByNewton(objective, { ...range, start: weights });
}

/** A margin for each of several classes. */
function* findClassWeights(
  kernel: Kernel,
  problem: LinearProblem,
  classCount: number,
  limits: SearchLimits,
): Generator<MinimiseStep, Minimum> {
  const { data, design, classWeights, l2 } = problem;
  const objectiveOn = ({ rows, target }: TrainingSet): LinearObjective<SoftmaxLoss> => {
    const codes = target.task === 'CLASSIFICATION' ? target.codes : new Int32Array(0);
    const loss = softmaxLoss(kernel, codes, classCount, classWeights);
    return new LinearObjective(new DesignRows(kernel, { ...design, rows }), loss, l2);
  };
  const objective = objectiveOn(data);
  yield BREATH;
  const range = rangeOf(problem, objective, limits);
  const { freeWeights } = objective;
  // Without a penalty, columns that a sample cannot tell from others would get no weight.
  if (l2 === 0 || freeWeights > HESSIAN_WEIGHTS || data.rows.length < LEAST_ROWS * freeWeights ** 2) {
    return yield* minimiseWithBound(objective, range);
  }
  const sample = sampleOf(data, sampleSize(data, freeWeights));
  if (sample === null) {
    yield { ...BREATH, expected: usualWork('SOFTMAX', objective) };
    return yield* minimiseSoftmax(objective, range);
  }
  const nearby = objectiveOn(sample);
  yield { ...BREATH, expected: usualWork('SOFTMAX', nearby) + usualWork('LBFGS_FROM_NEAR', objective) };
  const { weights, inverse } = yield* uncounted(minimiseSoftmax(nearby, { ...range, ...ON_SAMPLE }));
  const share = sample.rows.length / data.rows.length;
  return yield* minimiseByLbfgs(objective, scaled(inverse, share), { ...range, start: weights });
}

type SearchLimits = Pick<SearchRange, 'maxIterations' | 'isToStop'>;

function rangeOf(problem: LinearProblem, objective: LinearObjective, limits: SearchLimits): SearchRange {
  const start = new Float64Array(objective.weightCount);
  start.set(startIntercepts(problem.data.target, problem.classWeights));
  return { start, iterations: 0, tolerance: TOLERANCE, ...limits };
}

function sampleSize(data: TrainingSet, weights: number): number {
  return Math.max(LEAST_SAMPLE, ROWS_PER_WEIGHT * weights, Math.ceil(SAMPLE_SHARE * data.rows.length));
}

function* minimiseWithBound(objective: LinearObjective, range: SearchRange): Generator<MinimiseStep, Minimum> {
  yield { ...BREATH, expected: usualWork('LBFGS', objective) };
  const bound = yield* breathing(boundPreconditioner(objective), 0, 0);
  return yield* minimiseByLbfgs(objective, bound, range);
}

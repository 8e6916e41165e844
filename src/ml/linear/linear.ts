import type { LinearModel, LinearTerm } from '../../runtime/model.ts';
import { CLASS_WEIGHT_PARAMETER, marginsWithoutWeights, trainingWeights } from '../class-weights.ts';
import type { Estimator, FitConditions, FitStep, Fitted, StopReason } from '../estimator.ts';
import { fitSizeOf } from '../estimator-cost.ts';
import {
  numberParameter,
  optionalNumberParameter,
  type Parameters,
  TIME_BUDGET_PARAMETER,
} from '../parameters/parameter-spec.ts';
import type { Random } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingSet, TrainingTarget } from '../training-set.ts';
import { LOSS_PARAMETER, QUANTILE_PARAMETER, regressionLoss } from '../tree/boosting/regression-loss.ts';
import { createDesign, type DesignFeature, type LinearDesign } from './design.ts';
import { fitWeights } from './fit-weights.ts';
import { linearCost, linearDesignFraction } from './linear-cost.ts';
import type { OptimizerStep, SolverResult } from './optimizer-step.ts';
import { SolverProgress } from './solver-progress.ts';

/**
 * The default penalty is a twentieth of the number of features, at least 1. As a prior it says that the standardised features
 * together move a margin by about 4 or 5: hundreds of features on a few hundred rows would else fit them exactly.
 */
const FEATURES_PER_L2 = 20;

/** Logistic regression (binary or multinomial) for labels, ridge regression for numbers. */
export const linear: Estimator<'LINEAR'> = {
  name: 'LINEAR',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description:
    'Logistic regression for labels, ridge regression for numbers (Poisson or quantile regression by `loss`), with one weight per number and per category. Fast, small and easy to interpret.',
  isDefault: false,
  parameters: [
    {
      name: 'l2',
      kind: 'FLOAT',
      default: null,
      min: 0,
      max: 1_000_000_000,
      choices: [],
      description:
        'L2 regularization of the weights of the standardised features. 0: none (ordinary least squares). Not set: 1, or a twentieth of the number of features if that is more.',
    },
    {
      name: 'maxIterations',
      kind: 'INT',
      default: 200,
      min: 1,
      max: 10_000,
      choices: [],
      description: 'The maximum number of iterations of the solver, which stops earlier when it has converged.',
    },
    LOSS_PARAMETER,
    QUANTILE_PARAMETER,
    CLASS_WEIGHT_PARAMETER,
    TIME_BUDGET_PARAMETER,
  ],
  cost: linearCost,
  fitSteps,
};

function* fitSteps(
  data: TrainingSet,
  parameters: Parameters,
  _random: Random,
  { stopReason }: FitConditions,
): Generator<FitStep, Fitted> {
  const l2 = optionalNumberParameter(parameters, 'l2') ?? Math.max(1, data.features.length / FEATURES_PER_L2);
  const maxIterations = numberParameter(parameters, 'maxIterations');
  const designFraction = linearDesignFraction(fitSizeOf(data, parameters));
  const design = yield* preparationSteps(createDesign(data, l2 === 0), designFraction);
  const weights = trainingWeights(data, parameters);
  const loss = regressionLoss(data, parameters);
  const problem = { data, design, weights, loss, l2 };
  let stopped: StopReason | null = null;
  const shouldStop = (): boolean => {
    stopped ??= stopReason();
    return stopped !== null;
  };
  const result = yield* solverSteps(fitWeights(problem, maxIterations, shouldStop), design.totalWeight, designFraction);
  const marginCount = marginCountOf(data.target);
  const model = linearModel(design, result.weights, marginCount);
  return Object.freeze({
    estimator: {
      ...model,
      ...(loss.kind === 'POISSON' ? { combine: 'EXP_MARGINS' as const } : {}),
      intercepts: marginsWithoutWeights(model.intercepts, weights.ofClasses),
    },
    featureWeights: Float64Array.from(design.features, (feature, f) =>
      spread(feature, model.terms[f]!, marginCount, design.totalWeight),
    ),
    endReason: stopped ?? 'COMPLETED',
    found: { l2 },
    warnings: result.isConverged ? [] : [notConvergedWarning(result.iterations, stopped)],
  });
}

function notConvergedWarning(iterations: number, stopped: StopReason | null): string {
  const advice = stopped === null ? '; a larger maxIterations or l2 may help' : '';
  return `the weights had not converged after ${iterations} iterations${advice}`;
}

/** Passes the yield points of the preparations on, one for each feature and some for parts of them. */
function preparationSteps<T>(preparing: Generator<number, T>, share: number): Generator<FitStep, T> {
  return mapSteps(preparing, (done) => ({ progress: share * done, point: null }));
}

/** Passes the steps of the search on, of which the progress begins at `begin`. */
function solverSteps(
  search: Generator<OptimizerStep, SolverResult>,
  totalWeight: number,
  begin: number,
): Generator<FitStep, SolverResult> {
  const progress = new SolverProgress();
  return mapSteps(search, (step) => {
    const { iteration, value } = step;
    return {
      progress: begin + (1 - begin) * progress.after(step),
      point: iteration === null ? null : { iteration, trainLoss: finite(value / totalWeight), validationLoss: null },
    };
  });
}

function finite(loss: number): number | null {
  return Number.isFinite(loss) ? loss : null;
}

function marginCountOf(target: TrainingTarget): number {
  return target.task === 'REGRESSION' || target.labels.length === 2 ? 1 : target.labels.length;
}

function linearModel(design: LinearDesign, weights: Float64Array, marginCount: number): LinearModel {
  const stride = weights.length / design.columnCount;
  /** The weights of some columns, one after the other; 0 for -1. */
  const weightsOf = (columns: Iterable<number>): Float64Array => {
    const list = [...columns];
    const selected = new Float64Array(list.length * marginCount);
    for (const [i, column] of list.entries()) {
      if (column >= 0) selected.set(weights.subarray(column * stride, column * stride + marginCount), i * marginCount);
    }
    return selected;
  };
  return {
    kind: 'LINEAR',
    marginCount,
    intercepts: weightsOf([0]),
    terms: design.features.map((feature) =>
      feature.kind === 'NUMBER'
        ? { mean: feature.mean, scale: feature.scale, weights: weightsOf([feature.column, feature.missingColumn]) }
        : { mean: 0, scale: 1, weights: weightsOf(feature.columnOfCode) },
    ),
  };
}

/**
 * The standard deviation, over the training rows by weight, of what the feature adds to a margin (root of the mean square over the
 * margins). For a number that is never missing it is the size of its standardised weight.
 */
function spread(feature: DesignFeature, term: LinearTerm, marginCount: number, totalWeight: number): number {
  let variances = 0;
  for (let k = 0; k < marginCount; k++) {
    if (feature.kind === 'NUMBER') {
      const missing = feature.missingRows / totalWeight;
      // Known values add 0 on average and weight^2 of variance.
      variances +=
        (1 - missing) * term.weights[k]! ** 2 + missing * (1 - missing) * term.weights[marginCount + k]! ** 2;
      continue;
    }
    let mean = 0;
    let square = 0;
    for (const [code, rows] of feature.rowsOfCode.entries()) {
      const weight = term.weights[code * marginCount + k]!;
      mean += (rows / totalWeight) * weight;
      square += (rows / totalWeight) * weight * weight;
    }
    variances += Math.max(0, square - mean * mean);
  }
  return Math.sqrt(variances / marginCount);
}

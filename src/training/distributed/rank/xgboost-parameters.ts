import { startMarginsOfLabels } from '../../../ml/distributed/target/label-weighting.ts';
import type { TargetNumbers } from '../../../ml/distributed/target/target-numbers.ts';
import {
  booleanParameter,
  numberParameter,
  optionalNumberParameter,
  type Parameters,
} from '../../../ml/parameters/parameter-spec.ts';
import type { Task } from '../../../ml/task.ts';

/** What of a training's data decides about XGBoost's parameters; the same on all ranks. */
export interface XgboostTarget {
  readonly task: Task;
  /** For each label the sum of the weights of its rows, those of classes included; of numbers no use. */
  readonly weightOfLabels: readonly number[];
  /** The numbers to predict; null for labels. */
  readonly numbers: TargetNumbers | null;
  /** The columns of the codes. */
  readonly features: number;
  /** For each feature whether the prediction must rise (1) or fall (-1) with it; null: all are free. */
  readonly directions: ArrayLike<number> | null;
}

export interface XgboostSettings {
  readonly parameters: Readonly<Record<string, string | number>>;
  /** See RankOrder. */
  readonly startMargins: readonly number[] | null;
  /** At most. */
  readonly rounds: number;
  readonly earlyStoppingRounds: number | null;
}

/** A parameter asks for what XGBoost cannot do, or not in the versions that are supported. */
export class ParameterNotDistributableError extends Error {
  override readonly name = 'ParameterNotDistributableError';
  readonly parameter: string;
  readonly hint: string;

  constructor(parameter: string, message: string, hint: string) {
    super(message);
    this.parameter = parameter;
    this.hint = hint;
  }
}

/** As small a hessian as a leaf may have where minLeafHessian is 0. */
const MIN_HESSIAN = 0.001;

/**
 * With the loss POISSON: the longest step before it is multiplied by the learning rate, by XGBoost's own measure. Its hessians are
 * e^1.7455 times too large then, so that it is 10 by that of the LOCAL engine, which limits steps to 10.
 */
const POISSON_MAX_DELTA_STEP = 1.7455;

/**
 * The parameters of GRADIENT_BOOSTING as XGBoost's; docs/distributed-training.md has the table of both, and what gets lost. Those of
 * binning are not among them: the codes of shards are bins already. Throws ParameterNotDistributableError.
 */
export function toXgboostParameters(parameters: Parameters, target: XgboostTarget): XgboostSettings {
  refuseWhatIsMissing(parameters);
  const maxLeaves = optionalNumberParameter(parameters, 'maxLeaves');
  const rounds = optionalNumberParameter(parameters, 'earlyStoppingRounds');
  const excess = hessianExcess(parameters, target);
  return {
    parameters: {
      ...objectiveOf(parameters, target),
      tree_method: 'hist',
      // A leaf is eta G / (H + lambda): with these, the steps are as long as those of the LOCAL engine.
      eta: numberParameter(parameters, 'learningRate') * excess,
      lambda: numberParameter(parameters, 'l2') * excess,
      min_child_weight: minHessianOf(parameters, target) * excess,
      max_depth: optionalNumberParameter(parameters, 'maxDepth') ?? 0,
      ...(maxLeaves === null ? {} : { grow_policy: 'lossguide', max_leaves: maxLeaves }),
      // It is taken off sums of gradients, which are in the units of the shards.
      alpha: (optionalNumberParameter(parameters, 'l1') ?? 0) / (target.numbers?.scale ?? 1),
      colsample_bytree: featureShare(numberParameter(parameters, 'featureFraction'), target.features),
      subsample: numberParameter(parameters, 'rowFraction'),
      // Negative ones are large ones.
      seed: (optionalNumberParameter(parameters, 'seed') ?? 0) >>> 0,
      // So that a training that goes on from a checkpoint does not draw again what its first rounds have drawn.
      seed_per_iteration: 1,
      ...constraintsOf(target),
    },
    startMargins: target.task === 'REGRESSION' ? null : startMarginsOfLabels(target.weightOfLabels),
    rounds: numberParameter(parameters, 'trees'),
    earlyStoppingRounds: rounds === 0 ? null : rounds,
  };
}

/**
 * How many times XGBoost's hessians are those of the LOCAL engine: of K > 2 labels 2 p (1 - p) against K / (K - 1) p (1 - p), of
 * counts e^(m + max_delta_step) against e^m. Steps would be so many times too short.
 */
function hessianExcess(parameters: Parameters, { task, weightOfLabels: { length: labels } }: XgboostTarget): number {
  if (task === 'CLASSIFICATION') return labels > 2 ? (2 * (labels - 1)) / labels : 1;
  return parameters['loss'] === 'POISSON' ? Math.exp(POISSON_MAX_DELTA_STEP) : 1;
}

/** Of squared errors each row has the hessian 1, so that it limits the rows of a leaf as well. */
function minHessianOf(parameters: Parameters, { task }: XgboostTarget): number {
  const minimum = Math.max(MIN_HESSIAN, numberParameter(parameters, 'minLeafHessian'));
  const isSquared = task === 'REGRESSION' && parameters['loss'] !== 'POISSON';
  return isSquared ? Math.max(minimum, numberParameter(parameters, 'minSamplesLeaf')) : minimum;
}

function refuseWhatIsMissing(parameters: Parameters): void {
  if (parameters['loss'] === 'QUANTILE') {
    throw new ParameterNotDistributableError(
      'loss',
      'XGBoost 1.7 has no pinball loss, so that the loss QUANTILE cannot be trained on several hosts',
      'use the loss SQUARED or POISSON, or the engine LOCAL',
    );
  }
  if (booleanParameter(parameters, 'randomThresholds')) {
    throw new ParameterNotDistributableError(
      'randomThresholds',
      'XGBoost tries all thresholds, so that randomThresholds cannot be trained on several hosts',
      'leave randomThresholds out, or use the engine LOCAL',
    );
  }
}

/** The objective, its metric, and where a single margin begins: as startMarginsOf of the LOCAL engine. */
function objectiveOf(
  parameters: Parameters,
  { weightOfLabels, numbers }: XgboostTarget,
): Record<string, string | number> {
  if (numbers !== null) {
    const base_score = (numbers.mean - numbers.shift) / numbers.scale;
    return parameters['loss'] === 'POISSON'
      ? {
          ...{ objective: 'count:poisson', eval_metric: 'poisson-nloglik', base_score },
          max_delta_step: POISSON_MAX_DELTA_STEP,
        }
      : { objective: 'reg:squarederror', eval_metric: 'rmse', base_score };
  }
  if (weightOfLabels.length > 2) {
    return { objective: 'multi:softprob', num_class: weightOfLabels.length, eval_metric: 'mlogloss', base_score: 0.5 };
  }
  const [first, second] = [weightOfLabels[0]!, weightOfLabels[1]!];
  return { objective: 'binary:logistic', eval_metric: 'logloss', base_score: second / (first + second) };
}

/** The share of which XGBoost, which rounds down, draws as many features as the LOCAL engine, which rounds to the nearest number. */
function featureShare(fraction: number, features: number): number {
  const drawn = Math.max(1, Math.round(features * fraction));
  // Half a feature more, so that it does not depend on the last bit.
  return drawn >= features ? 1 : (drawn + 0.5) / features;
}

function constraintsOf({ directions }: XgboostTarget): Record<string, string> {
  if (directions === null || !Array.from(directions).some((direction) => direction !== 0)) return {};
  return { monotone_constraints: `(${Array.from(directions).join(',')})` };
}

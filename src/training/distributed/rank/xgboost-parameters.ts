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
  /** The mean of the numbers by weight; of labels no use. */
  readonly mean: number;
  /** For each feature whether the prediction must rise (1) or fall (-1) with it; null: all are free. */
  readonly directions: ArrayLike<number> | null;
}

export interface XgboostSettings {
  readonly parameters: Readonly<Record<string, string | number>>;
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
 * The parameters of GRADIENT_BOOSTING as XGBoost's; docs/distributed-training.md has the table of both, and what gets lost. Those of
 * binning are not among them: the codes of shards are bins already. Throws ParameterNotDistributableError.
 */
export function toXgboostParameters(parameters: Parameters, target: XgboostTarget): XgboostSettings {
  refuseWhatIsMissing(parameters);
  const maxLeaves = optionalNumberParameter(parameters, 'maxLeaves');
  const rounds = optionalNumberParameter(parameters, 'earlyStoppingRounds');
  return {
    parameters: {
      ...objectiveOf(parameters, target),
      tree_method: 'hist',
      eta: numberParameter(parameters, 'learningRate'),
      max_depth: optionalNumberParameter(parameters, 'maxDepth') ?? 0,
      ...(maxLeaves === null ? {} : { grow_policy: 'lossguide', max_leaves: maxLeaves }),
      lambda: numberParameter(parameters, 'l2'),
      alpha: optionalNumberParameter(parameters, 'l1') ?? 0,
      min_child_weight: Math.max(MIN_HESSIAN, numberParameter(parameters, 'minLeafHessian')),
      colsample_bytree: numberParameter(parameters, 'featureFraction'),
      subsample: numberParameter(parameters, 'rowFraction'),
      // Negative ones are large ones.
      seed: (optionalNumberParameter(parameters, 'seed') ?? 0) >>> 0,
      // So that a training that goes on from a checkpoint draws as one that was not interrupted.
      seed_per_iteration: 1,
      ...constraintsOf(target),
    },
    rounds: numberParameter(parameters, 'trees'),
    earlyStoppingRounds: rounds === 0 ? null : rounds,
  };
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

/**
 * The objective, its metric, and where the margins begin: as startMarginsOf of the LOCAL engine, but for more than two labels,
 * which all begin alike.
 */
function objectiveOf(
  parameters: Parameters,
  { task, weightOfLabels, mean }: XgboostTarget,
): Record<string, string | number> {
  if (task === 'REGRESSION') {
    return parameters['loss'] === 'POISSON'
      ? { objective: 'count:poisson', eval_metric: 'poisson-nloglik', base_score: mean }
      : { objective: 'reg:squarederror', eval_metric: 'rmse', base_score: mean };
  }
  if (weightOfLabels.length > 2) {
    return { objective: 'multi:softprob', num_class: weightOfLabels.length, eval_metric: 'mlogloss', base_score: 0.5 };
  }
  const [first, second] = [weightOfLabels[0]!, weightOfLabels[1]!];
  return { objective: 'binary:logistic', eval_metric: 'logloss', base_score: second / (first + second) };
}

function constraintsOf({ directions }: XgboostTarget): Record<string, string> {
  if (directions === null || !Array.from(directions).some((direction) => direction !== 0)) return {};
  return { monotone_constraints: `(${Array.from(directions).join(',')})` };
}

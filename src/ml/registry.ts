import { baseline } from './baseline.ts';
import type { Estimator } from './estimator.ts';
import { FOLDS_PARAMETER } from './folds/folds-parameter.ts';
import { extraTrees } from './forest/extra-trees.ts';
import { randomForest } from './forest/random-forest.ts';
import { linear } from './linear/linear.ts';
import type { ParameterSpec } from './parameters/parameter-spec.ts';
import type { Task } from './task.ts';
import { gradientBoosting } from './tree/boosting/gradient-boosting.ts';
import { decisionTree } from './tree/decision-tree.ts';

export const ALGORITHM_NAMES = [
  'BASELINE',
  'LINEAR',
  'DECISION_TREE',
  'RANDOM_FOREST',
  'EXTRA_TREES',
  'GRADIENT_BOOSTING',
] as const;

export type AlgorithmName = (typeof ALGORITHM_NAMES)[number];

/** What a user may know about an algorithm. */
export interface AlgorithmSpec {
  readonly name: AlgorithmName;
  readonly tasks: readonly Task[];
  readonly description: string;
  /** The one used where none is given. */
  readonly isDefault: boolean;
  readonly parameters: readonly ParameterSpec[];
}

/** Every estimator by its name. */
export const ESTIMATORS: { readonly [Name in AlgorithmName]: Estimator<Name> } = {
  BASELINE: baseline,
  LINEAR: linear,
  DECISION_TREE: decisionTree,
  RANDOM_FOREST: randomForest,
  EXTRA_TREES: extraTrees,
  GRADIENT_BOOSTING: gradientBoosting,
};

/** In the order of ALGORITHM_NAMES, with the parameters that all of them take. */
export const ALGORITHMS: readonly AlgorithmSpec[] = ALGORITHM_NAMES.map((name) => ({
  ...ESTIMATORS[name],
  parameters: [...ESTIMATORS[name].parameters, FOLDS_PARAMETER],
}));

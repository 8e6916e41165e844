import { auto } from './auto/auto.ts';
import type { Estimator } from './estimator.ts';
import { FOLDS_PARAMETER } from './folds/folds-parameter.ts';
import { LEARNER_NAMES } from './learners/learner-names.ts';
import { LEARNERS } from './learners/learners.ts';
import type { ParameterSpec } from './parameters/parameter-spec.ts';
import type { Task } from './task.ts';

export const ALGORITHM_NAMES = [...LEARNER_NAMES, 'AUTO'] as const;

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
export const ESTIMATORS: { readonly [Name in AlgorithmName]: Estimator<Name> } = { ...LEARNERS, AUTO: auto };

/** In the order of ALGORITHM_NAMES, with the parameters that all of them take. */
export const ALGORITHMS: readonly AlgorithmSpec[] = ALGORITHM_NAMES.map((name) => ({
  ...ESTIMATORS[name],
  parameters: withFolds(ESTIMATORS[name].parameters),
}));

/** AUTO says in its own words what folds are to it. */
function withFolds(parameters: readonly ParameterSpec[]): readonly ParameterSpec[] {
  const isThere = parameters.some(({ name }) => name === FOLDS_PARAMETER.name);
  return isThere ? parameters : [...parameters, FOLDS_PARAMETER];
}

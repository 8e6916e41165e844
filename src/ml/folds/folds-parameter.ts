import { optionalNumberParameter, type ParameterSpec, type Parameters } from '../parameters/parameter-spec.ts';

/** More folds hardly change what is found, and each costs a fitting. */
const MAX_FOLDS = 20;

/** Every algorithm takes it: what is fitted for the folds is the algorithm itself, by the same parameters. */
export const FOLDS_PARAMETER: ParameterSpec = {
  name: 'folds',
  kind: 'INT',
  default: null,
  min: 2,
  max: MAX_FOLDS,
  choices: [],
  description:
    'Cross-validation inside the training rows: so many more models, each of which predicts rows that it has not seen. Not set: none.',
};

/** The number of folds that are wanted; 0 for none. */
export function foldCount(parameters: Parameters): number {
  return optionalNumberParameter(parameters, FOLDS_PARAMETER.name) ?? 0;
}

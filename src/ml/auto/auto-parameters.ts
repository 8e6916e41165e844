import { FOLDS_PARAMETER } from '../folds/folds-parameter.ts';
import { type DefaultsSize, type ParameterSpec, TIME_BUDGET_PARAMETER } from '../parameters/parameter-spec.ts';
import { SEED_PARAMETER } from '../tree/tree-parameters.ts';

/** More candidates hardly ever get a weight, and each takes its time. */
const DEFAULT_CANDIDATES = 40;

/** Rows times features of a table that is given a minute; larger ones get more, in proportion to the square root. */
const CELLS_OF_A_MINUTE = 200_000;
const MIN_DEFAULT_SECONDS = 60;
const MAX_DEFAULT_SECONDS = 600;

export const AUTO_PARAMETERS: readonly ParameterSpec[] = [
  {
    ...TIME_BUDGET_PARAMETER,
    description:
      'The training ends about then: models are tried as long as they fit in, and a tenth at least is kept back for the blend and its test. Not set: 60 for up to 200,000 values (training rows times features), more for larger tables, 600 at most.',
    defaultFor: defaultSeconds,
  },
  {
    name: 'maxCandidates',
    kind: 'INT',
    default: DEFAULT_CANDIDATES,
    // The defaults, and a forest.
    min: 5,
    // Leaderboards stay within the cost of an operation.
    max: 100,
    choices: [],
    description: 'The number of models to try at most, in a fixed order of worth. Small tables end earlier.',
  },
  {
    ...FOLDS_PARAMETER,
    description:
      'The folds inside the training rows that each model is judged by. Not set: 8 up to 2,000 training rows, 5 up to 50,000, 3 up to 500,000, a single hold-out beyond; fewer where the time is short.',
  },
  { ...SEED_PARAMETER, description: 'The seed of the random numbers of all models.' },
];

function defaultSeconds({ trainRows, features }: DefaultsSize): number {
  const seconds = MIN_DEFAULT_SECONDS * Math.sqrt((trainRows * features) / CELLS_OF_A_MINUTE);
  // In round numbers: users read them.
  return Math.min(MAX_DEFAULT_SECONDS, Math.max(MIN_DEFAULT_SECONDS, 10 * Math.round(seconds / 10)));
}

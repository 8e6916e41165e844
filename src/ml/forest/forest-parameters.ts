import { CLASS_WEIGHT_PARAMETER } from '../class-weights.ts';
import { type ParameterSpec, TIME_BUDGET_PARAMETER } from '../parameters/parameter-spec.ts';
import {
  MAX_BINS_PARAMETER,
  maxDepthParameter,
  minSamplesLeafParameter,
  SEED_PARAMETER,
} from '../tree/tree-parameters.ts';

/** What the shares of features and rows mean to a kind of forest. */
interface ShareDescriptions {
  readonly featureFraction: string;
  readonly rowFraction: string;
}

/** The parameters of a forest. */
export function forestParameters({ featureFraction, rowFraction }: ShareDescriptions): readonly ParameterSpec[] {
  return [
    {
      name: 'trees',
      kind: 'INT',
      default: 100,
      min: 1,
      max: 10_000,
      choices: [],
      description: 'The number of trees; more make the average steadier, and take longer.',
    },
    {
      ...maxDepthParameter(32),
      default: null,
      description: 'The maximum depth of each tree. Not set: no limit.',
    },
    minSamplesLeafParameter(5),
    {
      name: 'featureFraction',
      kind: 'FLOAT',
      default: null,
      min: 0.01,
      max: 1,
      choices: [],
      description: featureFraction,
    },
    { name: 'rowFraction', kind: 'FLOAT', default: 1, min: 0.01, max: 1, choices: [], description: rowFraction },
    MAX_BINS_PARAMETER,
    CLASS_WEIGHT_PARAMETER,
    SEED_PARAMETER,
    TIME_BUDGET_PARAMETER,
  ];
}

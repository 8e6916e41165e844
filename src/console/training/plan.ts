import type { AlgorithmName, ParametersInput, SplitStrategy, StartTrainingInput } from '../gql/graphql.ts';

/** What of a training is seldom changed. */
export interface Plan {
  readonly strategy: SplitStrategy;
  readonly splitColumn: string;
  /** In percent, as text. */
  readonly testPercent: string;
  readonly positiveClass: string;
  /** Parameters by name, as text; empty for the default. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Columns that the model must not see. */
  readonly leftOut: readonly string[];
  /** All columns that could be features, once some are left out. */
  readonly candidates: readonly string[];
}

export const DEFAULT_PLAN: Plan = {
  strategy: 'RANDOM',
  splitColumn: '',
  testPercent: '20',
  positiveClass: '',
  parameters: {},
  leftOut: [],
  candidates: [],
};

/** The strategies that need a column. */
export const BY_COLUMN: readonly SplitStrategy[] = ['COLUMN', 'GROUP', 'TIME'];

/** Null where all is left to the server's defaults. */
export function toInput(datasetId: string, target: string, algorithm: AlgorithmName, plan: Plan): StartTrainingInput {
  const { strategy, splitColumn, testPercent, positiveClass, leftOut, candidates } = plan;
  const features = candidates.filter((name) => name !== target && !leftOut.includes(name));
  return {
    datasetId,
    target,
    algorithm,
    ...(leftOut.length === 0 ? {} : { features }),
    ...(positiveClass === '' ? {} : { positiveClass }),
    parameters: parametersOf(plan),
    split: {
      strategy,
      ...(BY_COLUMN.includes(strategy) ? { column: splitColumn } : {}),
      ...(strategy === 'COLUMN' ? {} : { testFraction: Number(testPercent) / 100 }),
    },
  };
}

function parametersOf({ parameters }: Plan): ParametersInput {
  const entries = Object.entries(parameters).filter(([, value]) => value !== '');
  return Object.fromEntries(entries.map(([name, value]) => [name, name === 'classWeight' ? value : Number(value)]));
}

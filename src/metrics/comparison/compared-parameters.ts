import type { Parameters } from '../../ml/parameters/parameter-spec.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';

/** One parameter across several runs. */
export interface ComparedParameter {
  readonly name: string;
  /** In the order of the runs; null for runs without it. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

type ComparedRun = Pick<
  TrainingRunRow,
  'algorithm' | 'featureCount' | 'split' | 'refit' | 'parameters' | 'monotone' | 'weightColumn' | 'engine'
>;

/**
 * Algorithm, features and split come first; whether models learn all rows in the end, weights of rows and constraints where a
 * run has them; under names
 * with a dot, which no parameter has. `haveOtherFeatures`: whether the
 * runs differ in their features, which their number alone does not show.
 */
export function compareParameters(
  runs: readonly ComparedRun[],
  haveOtherFeatures: boolean,
): readonly ComparedParameter[] {
  const names = new Set(runs.flatMap(({ parameters }) => Object.keys(parameters)));
  const settings = Array.from(names, (name) => {
    return compared(
      name,
      runs.map(({ parameters }) => textOf(parameters[name])),
    );
  }).filter(({ values }) => values.some((value) => value !== null));
  return [
    compared(
      'run.algorithm',
      runs.map(({ algorithm }) => algorithm),
    ),
    { name: 'run.features', values: runs.map(({ featureCount }) => `${featureCount}`), differs: haveOtherFeatures },
    compared(
      'run.split',
      runs.map(({ split }) => splitText(split)),
    ),
    ...ifAny(runs, 'run.engine', ({ engine }) => engine, 'LOCAL'),
    ...ifAny(runs, 'run.refit', ({ refit }) => `${refit}`, 'false'),
    ...ifAny(runs, 'run.weightColumn', ({ weightColumn }) => weightColumn, null),
    ...ifAny(runs, 'run.monotone', ({ monotone }) => monotoneText(monotone), null),
    ...settings,
  ];
}

/** What the runs have of something, where one of them has other than what usually is. */
function ifAny<Run extends ComparedRun>(
  runs: readonly Run[],
  name: string,
  textOfRun: (run: Run) => string | null,
  usual: string | null,
): ComparedParameter[] {
  const values = runs.map(textOfRun);
  return values.some((value) => value !== usual) ? [compared(name, values)] : [];
}

/** Constraints as text: INCREASING age, DECREASING price; null for none. */
function monotoneText(constraints: ComparedRun['monotone']): string | null {
  return constraints.length === 0
    ? null
    : constraints
        .map(({ column, direction }) => `${direction} ${column}`)
        .sort()
        .join(', ');
}

/** A split as text: RANDOM 0.2 seed 0. */
export function splitText({ strategy, testFraction, column, seed }: SplitRequest): string {
  if (strategy === 'COLUMN') return `COLUMN ${column}`;
  return strategy === 'RANDOM' ? `RANDOM ${testFraction} seed ${seed}` : `${strategy} ${testFraction}`;
}

function compared(name: string, values: readonly (string | null)[]): ComparedParameter {
  return { name, values, differs: values.some((value) => value !== values[0]) };
}

function textOf(value: Parameters[string] | undefined): string | null {
  return value?.toString() ?? null;
}

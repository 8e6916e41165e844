import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';
import type { FeatureDifferences } from '../../training/runs/training-run-parts.store.ts';
import { splitText } from './compared-parameters.ts';

/** Maximum number of names listed in a warning. */
export const MAX_NAMES = 10;

/**
 * Warnings about what makes the metrics of the runs less comparable than they look. `testRows` by run id, for the runs that
 * have some; `features` with up to MAX_NAMES names.
 */
export function comparisonWarnings(
  runs: readonly TrainingRunRow[],
  testRows: ReadonlyMap<string, string>,
  features: FeatureDifferences,
): readonly string[] {
  const differences = [
    differing('The runs have different tasks', runs, ({ task }) => task, {
      hint: 'No run is marked as best: compare runs of one task.',
    }),
    differing('The runs predict different targets', runs, ({ target }) => target, {
      hint: 'Metrics of different targets are not comparable.',
    }),
    datasetWarning(runs),
    differing('The rows were split in different ways', runs, ({ split }) => splitText(split), {
      hint: 'Use the same split and seed to test the runs on the same rows.',
    }),
  ].filter((warning) => warning !== null);
  return [
    ...runs.flatMap(endWarning),
    ...differences,
    ...[featureWarning(features), seedWarning(runs)].filter((warning) => warning !== null),
    ...testRowWarnings(runs, testRows, differences.length > 0),
  ];
}

function endWarning({ status, errorMessage, metrics, imported }: TrainingRunRow, ordinal: number): string[] {
  if (status === 'SUCCEEDED') {
    if (imported === null) return [];
    return metrics === null
      ? [`Run ${ordinal + 1} is of an imported model that was not evaluated: it has no metrics.`]
      : [
          `Run ${ordinal + 1} is of an imported model: the rows that it was trained on are not known, and may be among those of its metrics.`,
        ];
  }
  const because = errorMessage === null ? '' : ` (${errorMessage})`;
  const isYetToEnd = status === 'QUEUED' || status === 'RUNNING';
  return [`Run ${ordinal + 1} is ${status}: it has no metrics${isYetToEnd ? ' yet' : ''}${because}.`];
}

function datasetWarning(runs: readonly TrainingRunRow[]): string | null {
  const hint = 'Differences may be due to the data: train on the same version to compare models.';
  return (
    differing('The runs were trained on different datasets', runs, ({ datasetName }) => datasetName || null, {
      hint,
    }) ??
    differing(
      `The runs were trained on different versions of ${runs.find(({ datasetName }) => datasetName !== '')?.datasetName}`,
      runs,
      ({ datasetName, datasetVersion }) => (datasetName === '' ? null : `${datasetVersion}`),
      { hint },
    )
  );
}

function featureWarning({ count, names }: FeatureDifferences): string | null {
  if (count === 0) return null;
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `The runs use different features. Not used by all runs: ${names.join(', ')}${more}.`;
}

function seedWarning(runs: readonly TrainingRunRow[]): string | null {
  const seeded = runs.map(({ parameters }) => parameters['seed'] ?? null);
  return differing(
    'The models were fitted with different seeds',
    runs,
    (_, ordinal) => seeded[ordinal]?.toString() ?? null,
    {
      hint: 'Differences may be due to chance.',
    },
  );
}

function testRowWarnings(
  runs: readonly TrainingRunRow[],
  testRows: ReadonlyMap<string, string>,
  isExplained: boolean,
): string[] {
  const unknown = runs.flatMap(({ id, metrics }, ordinal) => (metrics !== null && !testRows.has(id) ? [ordinal] : []));
  const warnings = [];
  if (unknown.length > 0) {
    warnings.push(
      `Of ${nameRuns(unknown)} no predictions are stored, because an earlier version trained them: train again to test differences.`,
    );
  }
  if (!isExplained && new Set(testRows.values()).size > 1) {
    warnings.push(
      'The runs were tested on different rows despite equal settings: differences between them are not tested.',
    );
  }
  return warnings;
}

/** Null if all runs that have a value have the same: `What: a (runs 1 and 3), b (run 2). Advice` */
function differing(
  what: string,
  runs: readonly TrainingRunRow[],
  textOf: (run: TrainingRunRow, ordinal: number) => string | null,
  { hint }: { readonly hint: string },
): string | null {
  const ordinals = new Map<string, number[]>();
  for (const [ordinal, run] of runs.entries()) {
    const text = textOf(run, ordinal);
    if (text !== null) ordinals.set(text, [...(ordinals.get(text) ?? []), ordinal]);
  }
  if (ordinals.size < 2) return null;
  const groups = Array.from(ordinals, ([text, members]) => `${text} (${nameRuns(members)})`);
  return `${what}: ${groups.join(', ')}. ${hint}`;
}

/** Names runs by their positions in the request, from 1: `runs 1, 2 and 4`. */
function nameRuns(ordinals: readonly number[]): string {
  const numbers = ordinals.map((ordinal) => `${ordinal + 1}`);
  const last = numbers.at(-1);
  return numbers.length < 2 ? `run ${last}` : `runs ${numbers.slice(0, -1).join(', ')} and ${last}`;
}

import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';
import type { FeatureDifferences } from '../../training/runs/training-run-parts.store.ts';
import { splitText } from './compared-parameters.ts';

/** So many names are told one by one. */
export const MAX_NAMES = 10;

/** What of the runs makes their metrics less comparable than they look, in words; `testRows` by the ids of those that have some, `features` with up to MAX_NAMES names. */
export function comparisonWarnings(
  runs: readonly TrainingRunRow[],
  testRows: ReadonlyMap<string, string>,
  features: FeatureDifferences,
): readonly string[] {
  const differences = [
    differing('The runs do different tasks', runs, ({ task }) => task, {
      advice: 'No run is marked as the best: compare runs of one task.',
    }),
    differing('The runs predict different targets', runs, ({ target }) => target, {
      advice: 'How well one target is predicted says little of another.',
    }),
    datasetWarning(runs),
    differing('The rows were split in different ways', runs, ({ split }) => splitText(split), {
      advice: 'Start the runs with the same split, and with the same seed, to have them tested on the same rows.',
    }),
  ].filter((warning) => warning !== null);
  return [
    ...runs.flatMap(endWarning),
    ...differences,
    ...[featureWarning(features), seedWarning(runs)].filter((warning) => warning !== null),
    ...testRowWarnings(runs, testRows, differences.length > 0),
  ];
}

function endWarning({ status, errorMessage }: TrainingRunRow, place: number): string[] {
  if (status === 'SUCCEEDED') return [];
  const because = errorMessage === null ? '' : ` (${errorMessage})`;
  const isYetToEnd = status === 'QUEUED' || status === 'RUNNING';
  return [`Run ${place + 1} is ${status}: it has no metrics${isYetToEnd ? ' yet' : ''}${because}.`];
}

function datasetWarning(runs: readonly TrainingRunRow[]): string | null {
  const advice = 'A part of what differs may be due to the data: train on the same version to compare models.';
  return (
    differing('The runs were trained on different datasets', runs, ({ datasetName }) => datasetName, { advice }) ??
    differing(
      `The runs were trained on different versions of ${runs[0]?.datasetName}`,
      runs,
      ({ datasetVersion }) => `${datasetVersion}`,
      { advice },
    )
  );
}

function featureWarning({ count, names }: FeatureDifferences): string | null {
  if (count === 0) return null;
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `The runs use different features. Not all of them use: ${names.join(', ')}${more}.`;
}

function seedWarning(runs: readonly TrainingRunRow[]): string | null {
  const seeded = runs.map(({ parameters }) => parameters['seed'] ?? null);
  return differing(
    'The models were fitted with different seeds',
    runs,
    (_, place) => seeded[place]?.toString() ?? null,
    {
      advice: 'A part of what differs may be due to their chance.',
    },
  );
}

function testRowWarnings(
  runs: readonly TrainingRunRow[],
  testRows: ReadonlyMap<string, string>,
  isExplained: boolean,
): string[] {
  const unknown = runs.flatMap(({ id, status }, place) => (status === 'SUCCEEDED' && !testRows.has(id) ? [place] : []));
  const warnings = [];
  if (unknown.length > 0) {
    warnings.push(
      `Of ${nameRuns(unknown)} no predictions are kept, as of all that were trained by an earlier version: train again to have differences tested.`,
    );
  }
  if (!isExplained && new Set(testRows.values()).size > 1) {
    warnings.push(
      'The runs were tested on different rows, although they were started alike: differences between them are not tested.',
    );
  }
  return warnings;
}

/** Null where all runs that have one have the same: `What: a (runs 1 and 3), b (run 2). Advice` */
function differing(
  what: string,
  runs: readonly TrainingRunRow[],
  textOf: (run: TrainingRunRow, place: number) => string | null,
  { advice }: { readonly advice: string },
): string | null {
  const places = new Map<string, number[]>();
  for (const [place, run] of runs.entries()) {
    const text = textOf(run, place);
    if (text !== null) places.set(text, [...(places.get(text) ?? []), place]);
  }
  if (places.size < 2) return null;
  const groups = Array.from(places, ([text, members]) => `${text} (${nameRuns(members)})`);
  return `${what}: ${groups.join(', ')}. ${advice}`;
}

/** Runs by their places in what was asked for, counted from 1: `runs 1, 2 and 4`. */
function nameRuns(places: readonly number[]): string {
  const numbers = places.map((place) => `${place + 1}`);
  const last = numbers.at(-1);
  return numbers.length < 2 ? `run ${last}` : `runs ${numbers.slice(0, -1).join(', ')} and ${last}`;
}

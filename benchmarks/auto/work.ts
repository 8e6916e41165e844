import { estimateCost } from '../../src/ml/cost-model.ts';
import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import type { ManifestEntry } from '../support/manifest.ts';
import { MAX_SECONDS_OF_RIVAL } from './measure.ts';
import type { ResultKey } from './result.ts';

/** Ours that AUTO is compared with, each by its defaults. */
export const DEFAULTS = ['LINEAR', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const;

/** What is to be measured together: of a file whose table is read once for all of it. */
export interface Part {
  readonly entry: ManifestEntry;
  readonly offset: number;
  readonly own: readonly (ResultKey & { readonly model: AlgorithmName })[];
  readonly peers: readonly string[];
}

export interface Wanted {
  readonly entries: readonly ManifestEntry[];
  readonly offsets: readonly number[];
  readonly seconds: readonly number[];
  readonly peers: readonly string[];
}

/** What is still to be measured: all files of an offset before the next one, so that a broken off run tells of all files. */
export function partsOf(
  { entries, offsets, seconds, peers }: Wanted,
  isKnown: (key: ResultKey) => boolean,
): readonly Part[] {
  const parts = offsets.flatMap((offset) =>
    entries.map((entry): Part => {
      const of = { file: entry.file, offset };
      const singles = DEFAULTS.map((model) => ({ ...of, model, seconds: null }));
      const searches = seconds.map((each) => ({ ...of, model: 'AUTO' as const, seconds: each }));
      return {
        ...{ entry, offset },
        own: [...singles, ...searches].filter((key) => !isKnown(key)),
        peers: peers.filter((model) => !isKnown({ ...of, model, seconds: null })),
      };
    }),
  );
  return parts.filter(({ own, peers: missing }) => own.length + missing.length > 0);
}

/** Reading the file, and starting Python. */
const SECONDS_BESIDE = 5;

/** A budget may be exceeded by so much. */
const EXCESS = 0.1;
const MIN_EXCESS = 2;

/**
 * Seconds that a part is expected to take, and those that it takes at most. `clockOf`: what a model took on another offset of the file;
 * undefined: it was not measured yet.
 */
export function secondsOf(
  { entry, own, peers }: Part,
  clockOf: (file: string, model: string) => number | undefined,
): { readonly expected: number; readonly most: number } {
  const budgets = own.flatMap(({ seconds }) => seconds ?? []);
  const searching = budgets.reduce((sum, each) => sum + each, 0);
  const excess = budgets.reduce((sum, each) => sum + Math.max(MIN_EXCESS, EXCESS * each), 0);
  const singles = [...own.filter(({ seconds }) => seconds === null).map(({ model }) => model), ...peers];
  const expected = singles.reduce((sum, model) => sum + (clockOf(entry.file, model) ?? byCostModel(entry, model)), 0);
  return {
    expected: SECONDS_BESIDE + searching + expected,
    most: SECONDS_BESIDE + searching + excess + MAX_SECONDS_OF_RIVAL * singles.length,
  };
}

/** For one thread, and as if there were two labels; a peer is taken for a boosting of ours. */
function byCostModel({ rows, columns, task }: ManifestEntry, model: string): number {
  const algorithm = DEFAULTS.find((each) => each === model) ?? 'GRADIENT_BOOSTING';
  const testRows = Math.floor(rows / 5);
  const size = { trainRows: rows - testRows, features: columns, labels: task === 'classification' ? 2 : 0 };
  const parameters = resolveParameters(algorithm, {}, size);
  const cost = estimateCost({ ...size, algorithm, testRows, parameters });
  const seconds = Object.values(cost).reduce((sum, each) => sum + each, 0);
  return Math.min(MAX_SECONDS_OF_RIVAL, seconds);
}

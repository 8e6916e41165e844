import { CompareRunsDocument, type CompareRunsQuery } from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { type Loaded, useLoaded } from './use-loaded.ts';
import { useRefetchWhenOpen } from './use-refetch-when-open.ts';
import { type RunChange, useRunChanges } from './use-run-changes.ts';
import { isActive } from './use-training-run.ts';

/** Runs side by side: metrics, parameters, and what makes them less comparable than they look. */
export type RunComparison = NonNullable<CompareRunsQuery['compareRuns']>;

/**
 * Compares 1 to 20 runs; with an empty list nothing is asked. While one of them trains, its progress is shown, and its end has
 * the comparison made again.
 */
export function useRunComparison(ids: readonly string[]): Loaded<RunComparison | null> {
  const client = useTrainyard();
  const { setData, ...loaded } = useLoaded<RunComparison | null>(
    ids.length === 0 ? null : ids.join(' '),
    async (signal) => {
      const { compareRuns } = await client.request(CompareRunsDocument, { ids: [...ids] }, { signal });
      return compareRuns;
    },
  );
  const { data, refetch } = loaded;
  const show = (change: RunChange) => {
    const shown = data?.runs.find(({ id }) => id === change.runId);
    if (shown === undefined) return true;
    if (change.run?.status !== shown.status) return false;
    setData((before) => before && withRun(before, change));
    return true;
  };
  useRunChanges(null, refetch, data?.runs.some(isActive) ? show : null);
  useRefetchWhenOpen(refetch);
  return loaded;
}

function withRun(comparison: RunComparison, { run }: RunChange): RunComparison {
  return { ...comparison, runs: comparison.runs.map((shown) => (run !== null && shown.id === run.id ? run : shown)) };
}

import { useEffect } from 'react';
import {
  CompareRunsDocument,
  type CompareRunsQuery,
  type RunFieldsFragment,
  TrainingProgressDocument,
} from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { type Loaded, useLoaded } from './use-loaded.ts';
import { useRefetchWhenOpen } from './use-refetch-when-open.ts';
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
  const active = (data?.runs ?? []).filter(isActive).map(({ id }) => id);
  const followed = active.join(' ');
  useEffect(() => {
    if (followed === '') return;
    // Each begins with the run as it is then: one that ended since the comparison was made is not missed.
    const leave = followed.split(' ').map((runId) =>
      client.subscribe(
        TrainingProgressDocument,
        { runId },
        {
          next: ({ trainingProgress: run }) => {
            if (isActive(run)) setData((before) => before && withRun(before, run));
          },
          error: refetch,
          complete: refetch,
        },
      ),
    );
    return () => {
      for (const unsubscribe of leave) unsubscribe();
    };
  }, [client, followed, setData, refetch]);
  useRefetchWhenOpen(refetch);
  return loaded;
}

function withRun(comparison: RunComparison, run: RunFieldsFragment): RunComparison {
  return { ...comparison, runs: comparison.runs.map((shown) => (shown.id === run.id ? run : shown)) };
}

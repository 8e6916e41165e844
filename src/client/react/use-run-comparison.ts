import { CompareRunsDocument, type CompareRunsQuery } from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { type Loaded, useLoaded } from './use-loaded.ts';

/** Runs side by side: metrics, parameters, and what makes them less comparable than they look. */
export type RunComparison = NonNullable<CompareRunsQuery['compareRuns']>;

/** Compares 1 to 20 runs; with an empty list nothing is asked. */
export function useRunComparison(ids: readonly string[]): Loaded<RunComparison | null> {
  const client = useTrainyard();
  return useLoaded(ids.length === 0 ? null : ids.join(' '), async (signal) => {
    const { compareRuns } = await client.request(CompareRunsDocument, { ids: [...ids] }, { signal });
    return compareRuns;
  });
}

import { useCallback, useRef, useState } from 'react';
import type { TrainyardError } from '../core/errors.ts';
import type { Trainyard } from '../core/trainyard.ts';
import {
  type RunFieldsFragment,
  type RunOrder,
  type TrainingRunFilter,
  TrainingRunsDocument,
  type TrainingRunsQuery,
  type TrainingRunsQueryVariables,
} from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { useLoaded } from './use-loaded.ts';
import { type RunChange, useRunChanges } from './use-run-changes.ts';

/** A list of runs that changes by itself. */
export interface LiveTrainingRuns {
  readonly runs: readonly RunFieldsFragment[] | null;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoading: boolean;
  readonly error: TrainyardError | null;
  readonly refetch: () => void;
}

export interface TrainingRunsOptions {
  /** How many runs are shown at first, and how many more by `loadMore`. */
  readonly pageSize?: number;
  /** NEWEST by default. */
  readonly orderBy?: RunOrder;
}

interface Page {
  readonly runs: readonly RunFieldsFragment[];
  readonly hasMore: boolean;
}

/** The most that the server gives at once. */
const MAX_PAGE = 100;

/**
 * The runs that match a filter, live. Progress is shown at once; what may move runs into the list, within it or out of it has
 * the list fetched again, and so has a reconnect, because changes in between were missed.
 */
export function useTrainingRuns(
  filter: TrainingRunFilter = {},
  { pageSize = 20, orderBy = 'NEWEST' }: TrainingRunsOptions = {},
): LiveTrainingRuns {
  const client = useTrainyard();
  const [count, setCount] = useState(pageSize);
  const wanted = useRef(count);
  const { data, error, isLoading, refetch, setData } = useLoaded<Page>(JSON.stringify([filter, orderBy]), (signal) =>
    fetchRuns(client, { filter, orderBy }, wanted.current, signal),
  );
  useRunChanges(filter.datasetId ?? null, refetch, (change) => {
    const shown = data?.runs.find(({ id }) => id === change.runId);
    if (shown === undefined || mayMove(shown, change)) return false;
    setData((before) => withRun(before, change));
    return true;
  });
  const loadMore = useCallback(() => {
    wanted.current += pageSize;
    setCount(wanted.current);
    refetch();
  }, [pageSize, refetch]);
  return { runs: data?.runs ?? null, hasMore: data?.hasMore ?? false, loadMore, isLoading, error, refetch };
}

async function fetchRuns(
  client: Trainyard,
  query: Pick<TrainingRunsQueryVariables, 'filter' | 'orderBy'>,
  count: number,
  signal: AbortSignal,
): Promise<Page> {
  const runs: RunFieldsFragment[] = [];
  let after: string | null = null;
  for (;;) {
    const first = Math.min(count - runs.length, MAX_PAGE);
    const { trainingRuns }: TrainingRunsQuery = await client.request(
      TrainingRunsDocument,
      { ...query, first, after },
      { signal },
    );
    runs.push(...(trainingRuns?.nodes ?? []));
    const hasMore = trainingRuns?.pageInfo.hasNextPage ?? false;
    if (!hasMore || runs.length >= count) return { runs, hasMore };
    after = trainingRuns?.pageInfo.endCursor ?? null;
  }
}

/** Whether a change may alter which runs are listed, or in which order. */
function mayMove(shown: RunFieldsFragment, { run }: RunChange): boolean {
  if (run === null || run.status !== shown.status || run.archivedAt !== shown.archivedAt) return true;
  return run.tags.join('\n') !== shown.tags.join('\n');
}

function withRun(page: Page, { run }: RunChange): Page {
  return run === null ? page : { ...page, runs: page.runs.map((shown) => (shown.id === run.id ? run : shown)) };
}

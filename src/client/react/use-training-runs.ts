import { useRef } from 'react';
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
import { type Page, useLoadMore } from './use-load-more.ts';
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

type RunPage = Page<RunFieldsFragment>;

/** The most that the server gives at once. */
const MAX_PAGE = 100;

/**
 * The runs that match a filter, live. What a change says of a run is shown at once; what may move runs into the list, within it or
 * out of it has the list fetched again, and so has a reconnect, because changes in between were missed.
 */
export function useTrainingRuns(
  filter: TrainingRunFilter = {},
  { pageSize = 20, orderBy = 'NEWEST' }: TrainingRunsOptions = {},
): LiveTrainingRuns {
  const client = useTrainyard();
  const wanted = useRef(pageSize);
  const key = JSON.stringify([filter, orderBy]);
  const fetchFrom = (after: string | null, count: number, signal: AbortSignal) =>
    fetchRuns(client, { filter, orderBy }, { after, count }, signal);
  const { data, error, isLoading, refetch, setData } = useLoaded<RunPage>(key, (signal) =>
    fetchFrom(null, wanted.current, signal),
  );
  useRunChanges(filter.datasetId ?? null, refetch, (change) => {
    const shown = data?.items.find(({ id }) => id === change.runId);
    if (shown === undefined || mayMove(shown, change, filter, orderBy)) return false;
    setData((before) => withRun(before, change));
    return true;
  });
  const fetchNext = (after: string, signal: AbortSignal) => {
    wanted.current += pageSize;
    return fetchFrom(after, pageSize, signal);
  };
  const loadMore = useLoadMore({ key, page: data, isLoading, fetchNext, setPage: setData, refetch });
  return { runs: data?.items ?? null, hasMore: data?.hasMore ?? false, loadMore, isLoading, error, refetch };
}

async function fetchRuns(
  client: Trainyard,
  query: Pick<TrainingRunsQueryVariables, 'filter' | 'orderBy'>,
  range: { readonly after: string | null; readonly count: number },
  signal: AbortSignal,
): Promise<RunPage> {
  const items: RunFieldsFragment[] = [];
  let { after } = range;
  for (;;) {
    const first = Math.min(range.count - items.length, MAX_PAGE);
    const { trainingRuns }: TrainingRunsQuery = await client.request(
      TrainingRunsDocument,
      { ...query, first, after },
      { signal },
    );
    items.push(...(trainingRuns?.nodes ?? []));
    const hasMore = trainingRuns?.pageInfo.hasNextPage ?? false;
    after = trainingRuns?.pageInfo.endCursor ?? null;
    if (!hasMore || items.length >= range.count) return { items, hasMore, endCursor: after };
  }
}

/** Whether a change may alter which runs are listed, or in which order. */
function mayMove(
  shown: RunFieldsFragment,
  { run }: RunChange,
  { statuses, tag }: TrainingRunFilter,
  orderBy: RunOrder,
): boolean {
  if (run === null || run.archivedAt !== shown.archivedAt) return true;
  if (run.status !== shown.status && (orderBy !== 'NEWEST' || (statuses ?? null) !== null)) return true;
  return (tag ?? null) !== null && run.tags.join('\n') !== shown.tags.join('\n');
}

function withRun(page: RunPage, { run }: RunChange): RunPage {
  return run === null ? page : { ...page, items: page.items.map((shown) => (shown.id === run.id ? run : shown)) };
}

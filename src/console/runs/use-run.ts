import { useQuery } from '@apollo/client/react';
import { useEffect } from 'react';
import type { RunFieldsFragment } from '../../client/core/index.ts';
import { isActive, type LiveTrainingRun, useTrainingRun } from '../../client/react/index.ts';
import { RunDetailsDocument, type RunDetailsQuery } from '../gql/graphql.ts';

type Details = NonNullable<RunDetailsQuery['trainingRun']>;

/** A run as it is now, with all that its page shows. */
export type Run = Omit<RunFieldsFragment, 'artifact' | 'archivedAt'> & Omit<Details, 'status'>;

interface RunView {
  /** Null until it is known. */
  readonly run: Run | null;
  readonly live: LiveTrainingRun;
  readonly error: unknown;
}

/** Follows a run until it has ended, and then fetches what there is at the end. */
export function useRun(id: string): RunView {
  const live = useTrainingRun(id);
  const { data, error, refetch } = useQuery(RunDetailsDocument, { variables: { id } });
  const details = data?.trainingRun ?? null;
  const isBehind = live.run !== null && !live.isActive && details !== null && isActive(details);
  useEffect(() => {
    if (isBehind) void refetch();
  }, [isBehind, refetch]);
  const { artifact: _artifact, archivedAt: _archivedAt, ...now } = live.run ?? {};
  const run = live.run === null || details === null ? null : ({ ...details, ...now, status: live.run.status } as Run);
  return { run, live, error: live.error ?? error };
}

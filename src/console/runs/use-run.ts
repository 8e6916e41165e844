import { useQuery, useSubscription } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { TrainingProgressDocument, TrainingRunDocument, type TrainingRunQuery } from '../gql/graphql.ts';
import { isActive } from './run-status.tsx';

export type Run = NonNullable<TrainingRunQuery['trainingRun']>;

/** A run with all that its page shows, which follows it until it has ended, and then fetches what there is at the end. */
export function useRun(id: string): { readonly run: Run | null | undefined; readonly error: unknown } {
  const { data, error, refetch } = useQuery(TrainingRunDocument, { variables: { id } });
  const run = data?.trainingRun;
  const active = run ? isActive(run) : false;
  useSubscription(TrainingProgressDocument, { variables: { id }, skip: !active });
  const wasActive = useRef(false);
  useEffect(() => {
    if (wasActive.current && !active) void refetch();
    wasActive.current = active;
  }, [active, refetch]);
  return { run, error };
}

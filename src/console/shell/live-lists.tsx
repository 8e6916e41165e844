import { useApolloClient, useSubscription } from '@apollo/client/react';
import { DatasetChangesDocument, TrainingRunChangesDocument } from '../gql/graphql.ts';

/**
 * Follows the runs and datasets of the workspace, on every page: a change reaches all lists through the cache, and what is new
 * makes them fetch again.
 */
export function LiveLists() {
  const client = useApolloClient();
  useSubscription(TrainingRunChangesDocument, {
    onData: ({ data: { data } }) => {
      const change = data?.trainingRunChanges;
      if (change?.kind === 'CREATED') void client.refetchQueries({ include: ['TrainingRuns', 'ActiveRuns'] });
      if (change?.kind === 'DELETED') forget(`TrainingRun:${change.runId}`);
    },
  });
  useSubscription(DatasetChangesDocument, {
    onData: ({ data: { data } }) => {
      const change = data?.datasetChanges;
      if (change?.kind === 'DELETED') forget(`Dataset:${change.datasetId}`);
      else if (change) void client.refetchQueries({ include: ['Datasets'] });
    },
  });
  const forget = (id: string) => {
    client.cache.evict({ id });
    client.cache.gc();
  };
  return null;
}

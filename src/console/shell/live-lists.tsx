import { useApolloClient, useSubscription } from '@apollo/client/react';
import { DatasetChangesDocument } from '../gql/graphql.ts';

/**
 * Follows the datasets of the workspace, on every page: a change reaches all lists through the cache, and what is new makes
 * them fetch again. Runs are followed where they are shown.
 */
export function LiveLists() {
  const client = useApolloClient();
  useSubscription(DatasetChangesDocument, {
    onData: ({ data: { data } }) => {
      const change = data?.datasetChanges;
      if (change?.kind === 'DELETED') {
        client.cache.evict({ id: `Dataset:${change.datasetId}` });
        client.cache.gc();
      } else if (change) void client.refetchQueries({ include: ['Datasets'] });
    },
  });
  return null;
}

import { useApolloClient, useSubscription } from '@apollo/client/react';
import { useCallback, useMemo } from 'react';
import type { TrainyardLinkContext } from '../../client/apollo/index.ts';
import { DatasetChangesDocument } from '../gql/graphql.ts';

/**
 * Follows the datasets of the workspace, on every page: a change reaches all lists through the cache, and what is new makes
 * them fetch again, as does the moment from which changes are told. Runs are followed where they are shown.
 */
export function LiveLists() {
  const client = useApolloClient();
  const refetch = useCallback(() => void client.refetchQueries({ include: ['Datasets'] }), [client]);
  const context = useMemo<TrainyardLinkContext>(() => ({ onConfirmed: refetch }), [refetch]);
  useSubscription(DatasetChangesDocument, {
    context,
    onData: ({ data: { data } }) => {
      const change = data?.datasetChanges;
      if (change?.kind === 'DELETED') {
        client.cache.evict({ id: `Dataset:${change.datasetId}` });
        client.cache.gc();
      } else if (change) refetch();
    },
  });
  return null;
}

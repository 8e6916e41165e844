import { ApolloClient, InMemoryCache } from '@apollo/client';
import { trainyardCacheConfig, trainyardLink } from '../../client/apollo/index.ts';
import { createTrainyard } from '../../client/core/index.ts';
import { SignedIn } from './signed-in.ts';

const GRAPHQL_URL = '/graphql';

/** Who is signed in on this page. */
export const signedIn = new SignedIn(GRAPHQL_URL);

/** The one client of this page. */
export const trainyard = createTrainyard({
  url: GRAPHQL_URL,
  getToken: (context) => signedIn.session.getToken(context),
  onSessionEnded: () => signedIn.end(true),
});

const { typePolicies, ...cacheConfig } = trainyardCacheConfig();

export const apollo = new ApolloClient({
  link: trainyardLink(trainyard),
  cache: new InMemoryCache({
    ...cacheConfig,
    typePolicies: {
      ...typePolicies,
      // Lists and pages select different metrics of a run.
      ClassificationMetrics: { merge: true },
      RegressionMetrics: { merge: true },
      Viewer: { merge: true },
    },
  }),
  defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' } },
});

/** After another workspace was selected, or nobody is signed in: what was read is forgotten. */
export async function forgetEverything(): Promise<void> {
  trainyard.renewSocket();
  await apollo.clearStore();
}

/** The session has moved to another workspace: the page begins anew there. */
export async function changeWorkspace(): Promise<void> {
  await signedIn.open();
  await forgetEverything();
}

// After a lost connection, whatever is shown may have changed meanwhile.
let reconnects = 0;
trainyard.connection.subscribe(() => {
  const { current } = trainyard.connection;
  if (current.reconnects === reconnects) return;
  reconnects = current.reconnects;
  void apollo.refetchObservableQueries();
});

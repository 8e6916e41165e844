import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createSession } from '../../client/core/index.ts';
import { EXAMPLES } from './examples.ts';

const url = new URL('/graphql', window.location.href);

/** That of the console: whoever is signed in there is signed in here. */
const session = createSession({ url: url.href });
const resumed = session.resume().catch(() => null);

async function authorization(): Promise<Record<string, string>> {
  await resumed;
  const token = await session.getToken({ isExpired: false });
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

const fetcher = createGraphiQLFetcher({
  url: url.href,
  fetch: async (input, init) =>
    await fetch(input, {
      ...init,
      headers: { ...(await authorization()), 'apollo-require-preflight': 'true', ...(init?.headers as object) },
    }),
  wsClient: createClient({
    url: url.href.replace(/^http/, 'ws'),
    connectionParams: authorization,
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
  }),
});

function GraphiQLPage() {
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={[...EXAMPLES]}
      defaultEditorToolsVisibility="variables"
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>
        <a className="back" href="/">
          Trainyard console
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <GraphiQLPage />
    </StrictMode>,
  );
}

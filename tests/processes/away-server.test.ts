import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { codeOf, runCode } from '../support/document-code.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import { readMetrics } from '../support/read-metrics.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const FOLLOW = 'subscription ($id: ID!) { trainingProgress(runId: $id) { id status } }';

const METRICS_TOKEN = 'a-token-of-the-tests-without-spaces';

/** So often the client is refused before the server is there again: its waits have grown by then. */
const REFUSED_CONNECTS = 4;

let server: TestServer;
let user: TestClient;
let run: string;

beforeAll(async () => {
  server = await startTestServer({ METRICS_TOKEN }, { worker: false });
  user = await server.signUp();
  const { id: datasetId } = await uploadDataset(user, flowersCsv());
  run = await startTraining(user, { datasetId });
});

afterAll(() => server.close());

/** One more API process of the same server, which can be away; on a port that it keeps. */
function startAt(port: number): Promise<ApiProcess> {
  return startApiProcess({ ...server.config, PORT: port }, server.database.access, createLogger('fatal', 'test'));
}

/** The class of sockets, and how many of them could not connect. */
function counting(Base: typeof globalThis.WebSocket) {
  let refused = 0;
  class Counting extends Base {
    constructor(url: string, protocols: string | string[]) {
      super(url, protocols);
      let isOpen = false;
      this.addEventListener('open', () => {
        isOpen = true;
      });
      this.addEventListener('error', () => {
        if (!isOpen) refused += 1;
      });
    }
  }
  return { webSocketImpl: Counting, refused: () => refused };
}

/** The client with the settings of the document, for this server and with these sockets. */
function clientOfDocument(url: string, webSocketImpl: unknown): Client {
  const code = codeOf('docs/errors.md', 'shouldRetry').replace('ws://localhost:4000/graphql', url);
  const create = (options: ClientOptions) => createClient({ ...options, webSocketImpl });
  return runCode(code, { createClient: create, accessToken: () => user.token }, 'client') as Client;
}

describe.each([
  ['ws', WebSocket as unknown as typeof globalThis.WebSocket],
  ['the platform, as browsers have them', globalThis.WebSocket],
])('while the server is away, a client of graphql-ws with the sockets of %s', (_, Base) => {
  test('a graphql-ws client with the documented settings reconnects, however often it is refused', async () => {
    const first = await startAt(0);
    const url = `${first.url.replace('http', 'ws')}/graphql`;
    const { webSocketImpl, refused } = counting(Base);
    const client = clientOfDocument(url, webSocketImpl);
    const progress = client.iterate({ query: FOLLOW, variables: { id: run } });
    const received = { done: false, value: { data: { trainingProgress: { id: run, status: 'QUEUED' } } } };
    expect(await progress.next()).toEqual(received);
    expect(refused()).toBe(0);
    await first.close();
    await eventually(() => expect(refused()).toBeGreaterThanOrEqual(REFUSED_CONNECTS));
    const second = await startAt(Number(new URL(url).port));
    // Nothing happens to the run: that it is told of again shows that the subscription was made anew.
    expect(await progress.next()).toEqual(received);
    await progress.return?.();
    await client.dispose();
    await second.close();
  });

  test('a graphql-ws client with its default settings gives up at the first refused connection', async () => {
    const first = await startAt(0);
    const { webSocketImpl, refused } = counting(Base);
    const client = createClient({
      url: `${first.url.replace('http', 'ws')}/graphql`,
      webSocketImpl,
      connectionParams: { authorization: `Bearer ${user.token}` },
      // But for how long it waits, which is no part of the rule.
      retryWait: () => Promise.resolve(),
    });
    const progress = client.iterate({ query: FOLLOW, variables: { id: run } });
    expect(await progress.next()).toMatchObject({ done: false });
    // Nothing more comes of the run; what comes next is the end of the client's waiting time.
    await Promise.all([expect(progress.next()).rejects.toBeDefined(), first.close()]);
    expect(refused()).toBe(1);
    await client.dispose();
  });
});

test('4401 is final with the documented settings', async () => {
  const leaving = await server.signUp();
  const { webSocketImpl, refused } = counting(globalThis.WebSocket);
  const code = codeOf('docs/errors.md', 'shouldRetry').replace('ws://localhost:4000', server.url.replace('http', 'ws'));
  const create = (options: ClientOptions) => createClient({ ...options, webSocketImpl });
  const client = runCode(code, { createClient: create, accessToken: () => leaving.token }, 'client') as Client;
  const changes = client.iterate({ query: 'subscription { trainingRunChanges { runId } }' });
  const signOut = async () => {
    // One that is signed out before it follows is told so by an answer, and stays.
    await eventually(async () => {
      const metrics = await readMetrics(server.url, METRICS_TOKEN);
      expect(metrics.get('trainyard_subscriptions{field="Subscription.trainingRunChanges"}')).toBe(1);
    });
    await leaving.execute('mutation { signOut { everywhere } }');
  };
  await Promise.all([expect(changes.next()).rejects.toMatchObject({ code: 4401 }), signOut()]);
  expect(refused()).toBe(0);
  await client.dispose();
});

import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { type EventReader, openEvents } from '../../support/event-reader.ts';
import { eventually } from '../../support/eventually.ts';
import { tokenOfSession } from '../../support/made-token.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import { readMetrics } from '../../support/read-metrics.ts';
import { SECRETS } from '../../support/secrets.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const CHANGES = { query: 'subscription { trainingRunChanges { runId } }' };
const EVENTS = 'subscription ($id: ID!, $after: Int) { trainingEvents(runId: $id, afterSeq: $after) { seq status } }';
const CANCEL = 'mutation ($id: ID!) { cancelTraining(id: $id) { status } }';

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer({ ...SECRETS, MAX_SUBSCRIPTIONS_PER_USER: '5' }, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
});

afterAll(() => server.close());

const start = () => startTraining(client, { datasetId, target: 'kind', algorithm: 'BASELINE' });
const open = (payload: object, { token }: { token: string | null } = client) => openEvents(server.url, token, payload);
const signedOut = (reason: string) => ({
  event: 'next',
  data: {
    errors: [{ message: expect.any(String), extensions: expect.objectContaining({ code: 'UNAUTHENTICATED', reason }) }],
  },
});

/** A subscription that has begun: its run has changed, and it said so. */
async function following(user: TestClient = client): Promise<EventReader> {
  const stream = await open(CHANGES, user);
  expect(stream.status).toBe(200);
  return stream;
}

describe('an operation over server-sent events', () => {
  test('the events of a run come each once and in order, and the stream completes after the last one', async () => {
    const id = await start();
    const stream = await open({ query: EVENTS, variables: { id } });
    expect(await stream.next()).toEqual({
      event: 'next',
      data: { data: { trainingEvents: { seq: 1, status: 'QUEUED' } } },
    });
    await client.execute(CANCEL, { id });
    expect(await stream.rest()).toEqual([
      { event: 'next', data: { data: { trainingEvents: { seq: 2, status: 'CANCELLED' } } } },
      { event: 'complete', data: null },
    ]);
  });

  test('a client of graphql-sse that was cut off resumes after its last event', async () => {
    const id = await start();
    const sse = createClient({ url: `${server.url}/graphql`, headers: { authorization: `Bearer ${client.token}` } });
    const seen: unknown[] = [];
    const first = sse.iterate({ query: EVENTS, variables: { id } });
    seen.push((await first.next()).value);
    await first.return?.();
    await client.execute(CANCEL, { id });
    for await (const result of sse.iterate({ query: EVENTS, variables: { id, after: 1 } })) seen.push(result);
    expect(seen).toEqual([
      { data: { trainingEvents: { seq: 1, status: 'QUEUED' } } },
      { data: { trainingEvents: { seq: 2, status: 'CANCELLED' } } },
    ]);
    sse.dispose();
  });

  test('queries and mutations have one result', async () => {
    const id = await start();
    for (const [query, data] of [
      ['query ($id: ID!) { trainingRun(id: $id) { status } }', { trainingRun: { status: 'QUEUED' } }],
      [CANCEL, { cancelTraining: { status: 'CANCELLED' } }],
    ]) {
      expect(await (await open({ query, variables: { id } })).rest()).toEqual([
        { event: 'next', data: { data } },
        { event: 'complete', data: null },
      ]);
    }
  });

  test('proxies are told not to hold events back', async () => {
    const stream = await following();
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
    });
    stream.leave();
  });
});

describe('the walls around event streams', () => {
  test('a subscription without a session is refused, with the id of the request', async () => {
    const stream = await open(CHANGES, { token: null });
    const requestId = stream.headers.get('x-request-id');
    expect(await stream.rest()).toMatchObject([
      { data: { errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'NO_TOKEN', requestId } }] } },
      { event: 'complete' },
    ]);
  });

  test('a run of another workspace looks like one that does not exist', async () => {
    const other = await server.signUp();
    const codes = await Promise.all(
      [await start(), '00000000-0000-4000-8000-000000000000'].map(async (id) => {
        const [first] = await (await open({ query: EVENTS, variables: { id } }, other)).rest();
        return (first?.data as { errors?: { extensions: { code: string } }[] } | undefined)?.errors?.[0]?.extensions
          .code;
      }),
    );
    expect(codes).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  test('a GET request needs the header that a foreign page cannot send, and never runs a mutation', async () => {
    const get = (query: string, headers: Record<string, string>) =>
      fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${client.token}`, ...headers },
      });
    expect((await get('{ __typename }', {})).status).toBe(400);
    const preflight = { 'apollo-require-preflight': 'true' };
    expect(await (await get('{ __typename }', preflight)).text()).toContain('"data":{"__typename":"Query"}');
    const twice = await fetch(`${server.url}/graphql?query={a}&query={__typename}`, {
      headers: { accept: 'text/event-stream', ...preflight },
    });
    expect(twice.status).toBe(400);
    const refused = await (await get('mutation { signOut { everywhere } }', preflight)).text();
    expect(refused).toContain('Mutations must be sent by POST.');
    expect(await client.execute('{ viewer { role } }')).toEqual({ viewer: { role: 'OWNER' } });
  });

  test('there is no single connection that operations could be added to', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const headers = { 'content-type': 'application/json', 'x-graphql-event-stream-token': 'a' };
      expect((await fetch(`${server.url}/graphql?token=a`, { method, headers })).status).toBe(405);
    }
    const stream = await openEvents(
      server.url,
      client.token,
      { query: '{ __typename }' },
      { 'x-graphql-event-stream-token': 'a' },
    );
    expect(await stream.rest()).toHaveLength(2);
  });

  test.each([
    ['a list', [{ query: '{ __typename }' }]],
    ['no query', {}],
    ['a query that is no text', { query: 5 }],
    ['variables that are no object', { query: '{ __typename }', variables: [] }],
    ['an operation name that is no text', { query: '{ __typename }', operationName: 5 }],
  ])('a request with %s is answered with 400 and BAD_REQUEST', async (_, payload) => {
    const response = await fetch(`${server.url}/graphql`, {
      ...{ method: 'POST', body: JSON.stringify(payload) },
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    });
    const requestId = response.headers.get('x-request-id');
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_REQUEST', requestId } }] },
    });
  });

  test('streams of a user beyond the limit are refused until one is closed, and other users are not affected', async () => {
    const user = await server.signUp();
    const streams = await Promise.all(Array.from({ length: 5 }, () => following(user)));
    expect((await open(CHANGES, user)).status).toBe(429);
    (await following(await server.signUp())).leave();
    streams[0]?.leave();
    await eventually(async () => {
      const again = await open(CHANGES, user);
      again.leave();
      expect(again.status).toBe(200);
    });
    for (const stream of streams) stream.leave();
  });
});

describe('the session of an event stream', () => {
  test('a sign-out ends the streams of its session with the reason, and no others', async () => {
    const [user, other] = [await server.signUp(), await server.signUp()];
    const streams = [await following(user), await following(user)];
    const lasting = await following(other);
    await user.execute('mutation { signOut { everywhere } }');
    for (const stream of streams) {
      expect(await stream.rest()).toEqual([signedOut('SESSION_ENDED'), { event: 'complete', data: null }]);
    }
    const next = lasting.next();
    const id = await startTraining(other, {
      datasetId: (await uploadDataset(other, flowersCsv())).id,
      ...{ target: 'kind', algorithm: 'BASELINE' },
    });
    expect(await next).toEqual({ event: 'next', data: { data: { trainingRunChanges: { runId: id } } } });
    lasting.leave();
  });

  test('a stream outlives the access token that opened it, and ends with its session', async () => {
    const user = await server.signUp();
    const { id: ownDatasetId } = await uploadDataset(user, flowersCsv());
    const runId = await startTraining(user, { datasetId: ownDatasetId, target: 'kind', algorithm: 'BASELINE' });
    const payload = { query: EVENTS, variables: { id: runId } };
    // Again where the machine was so busy that the token expired before the stream was open.
    const { stream, token } = await eventually(async () => {
      const short = await tokenOfSession(user, new Date(Date.now() + 1_000));
      const opened = await open(payload, { token: short });
      expect(await opened.next()).toMatchObject({ data: { data: { trainingEvents: { status: 'QUEUED' } } } });
      return { stream: opened, token: short };
    });
    await eventually(async () => {
      const expired = await open(payload, { token });
      expect(await expired.next()).toMatchObject({ data: { errors: [{ extensions: { reason: 'TOKEN_EXPIRED' } }] } });
    });
    await user.execute('mutation { signOut { everywhere } }');
    expect(await stream.rest()).toEqual([signedOut('SESSION_ENDED'), { event: 'complete', data: null }]);
  });

  test('a token of an ended session opens no stream', async () => {
    const user = await server.signUp();
    await user.execute('mutation { signOut { everywhere } }');
    expect(await (await open(CHANGES, user)).rest()).toMatchObject([
      { data: { errors: [{ extensions: { reason: 'SESSION_ENDED' } }] } },
      { event: 'complete' },
    ]);
  });
});

describe('the end of an event stream', () => {
  test('a client that goes away releases its listener', async () => {
    const running = async () =>
      (await readMetrics(server.url, '')).get('trainyard_subscriptions{field="Subscription.datasetChanges"}') ?? 0;
    const stream = await open({ query: 'subscription { datasetChanges { datasetId } }' });
    await eventually(async () => expect(await running()).toBe(1));
    stream.leave();
    await eventually(async () => expect(await running()).toBe(0));
  });

  test('a server that shuts down ends its streams without completing them, so that their clients come back', async () => {
    const logger = createLogger('fatal', 'test');
    const api = endsWithTest(await startApiProcess(server.config, server.database.access, logger));
    const stream = await openEvents(api.url, (await server.signUp()).token, CHANGES);
    expect(stream.status).toBe(200);
    await api.close();
    expect(await stream.rest()).toEqual([]);
  });
});

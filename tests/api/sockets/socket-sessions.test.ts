import { isDeepStrictEqual } from 'node:util';
import { type ClientOptions, createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { tokenOfSession } from '../../support/made-token.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import { errorsOf, openSession, openSocket, type RawSocket } from '../../support/raw-socket.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SIGN_OUT = 'mutation ($everywhere: Boolean! = false) { signOut(everywhere: $everywhere) { everywhere } }';
const FOLLOW = 'subscription ($id: ID!) { trainingProgress(runId: $id) { id status } }';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
});

afterAll(() => server.close());

const open = (token: string | null, url = server.url): Promise<RawSocket> =>
  openSession(url, { authorization: `Bearer ${token}` });

const soon = (milliseconds: number) => new Date(Date.now() + milliseconds);

/** Shows that a socket is open and serves its user. */
async function serves(socket: RawSocket): Promise<void> {
  expect(await socket.ask('q', { query: '{ viewer { role } }' })).toMatchObject({
    payload: { data: { viewer: { role: 'OWNER' } } },
  });
  expect(await socket.next()).toMatchObject({ type: 'complete' });
}

describe('an access token that expires', () => {
  test('a socket outlives the access token that opened it, and its operations and subscriptions go on', async () => {
    const user = await server.signUp();
    const { id: datasetId } = await uploadDataset(user, flowersCsv());
    const id = await startTraining(user, { datasetId });
    // Again where the machine was so busy that the token expired before the socket was open.
    const { socket, token } = await eventually(async () => {
      const short = await tokenOfSession(user, soon(1_000));
      return { socket: await open(short), token: short };
    });
    expect(await socket.ask('follow', { query: FOLLOW, variables: { id } })).toMatchObject({ type: 'next' });
    await eventually(async () => {
      const { errors } = await new TestClient(server.url, token).request('{ datasets { totalCount } }');
      expectError(errors, 'UNAUTHENTICATED', { reason: 'TOKEN_EXPIRED' });
    });
    expect(await socket.ask('q', { query: '{ viewer { role } }' })).toMatchObject({
      payload: { data: { viewer: { role: 'OWNER' } } },
    });
    await user.execute('mutation ($id: ID!) { cancelTraining(id: $id) { status } }', { id });
    const cancelled = { id: 'follow', payload: { data: { trainingProgress: { id, status: 'CANCELLED' } } } };
    // Before it come the end of the query, and what the run was in the meantime.
    while (!isDeepStrictEqual(await socket.next(), { ...cancelled, type: 'next' }));
    await user.execute(SIGN_OUT);
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Session ended' });
  });

  test('an access token that has expired opens no socket: 4403, and the client comes back with the next one', async () => {
    const user = await server.signUp();
    const socket = await openSocket(server.url);
    const token = await tokenOfSession(user, soon(-2_000));
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });
});

describe('the end of a session', () => {
  test('a sign-out closes the sockets of its session with 4401, on every process, and no others', async () => {
    const [user, other] = [await server.signUp(), await server.signUp()];
    const second = endsWithTest(
      await startApiProcess(server.config, server.database.access, createLogger('fatal', 'test')),
    );
    const [here, there, stays] = [await open(user.token), await open(user.token, second.url), await open(other.token)];
    await user.execute(SIGN_OUT);
    expect(await Promise.all([here.closed, there.closed])).toEqual(
      Array.from({ length: 2 }, () => ({ code: 4401, reason: 'Session ended' })),
    );
    await serves(stays);
    stays.terminate();
  });

  test('a sign-out everywhere closes the sockets of all sessions', async () => {
    const user = await server.signUp();
    const { viewer } = await user.execute<{ viewer: { user: { email: string } } }>('{ viewer { user { email } } }');
    const { signIn } = await server
      .anonymous()
      .execute<{ signIn: { accessToken: string } }>(
        'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
        { input: { email: viewer.user.email, password: 'correct horse battery' } },
      );
    const sockets = [await open(user.token), await open(signIn.accessToken)];
    await user.execute(SIGN_OUT, { everywhere: true });
    for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test('a sign-out over a socket closes that socket', async () => {
    const user = await server.signUp();
    const socket = await open(user.token);
    socket.send({ id: '1', type: 'subscribe', payload: { query: SIGN_OUT } });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await user.execute('{ viewer { id } }')).toEqual({ viewer: null });
  });

  test('the end of a membership closes its sockets', async () => {
    const user = await server.signUp();
    const socket = await open(user.token);
    const { viewer } = await user.execute<{ viewer: { id: string; user: { id: string } } }>(
      '{ viewer { id user { id } } }',
    );
    const userId = viewer.user.id;
    await server.database.owner.begin(async (sql) => {
      await sql`delete from memberships where id = ${viewer.id}`;
      await sql`select pg_notify('trainyard_changes',
        json_build_object('scope', ${userId}::text, 'topic', 'session', 'id', ${userId}::text)::text)`;
    });
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test('a sign-out whose notification was missed closes its sockets after the gap', async () => {
    const [user, other] = [await server.signUp(), await server.signUp()];
    const [ended, stays] = [await open(user.token), await open(other.token)];
    const { owner } = server.database;
    const { viewer } = await user.execute<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }');
    await owner`update sessions set ended_at = now() where user_id = ${viewer.user.id}`;
    const lost = await owner`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'trainyard listening'`;
    expect(lost).toHaveLength(1);
    expect(await ended.closed).toMatchObject({ code: 4401 });
    await serves(stays);
    stays.terminate();
  });

  test('a token of an ended session cannot connect: 4401 at once', async () => {
    const user = await server.signUp();
    await user.execute(SIGN_OUT);
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${user.token}` } });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Session ended' });
  });
});

describe('the client of graphql-ws', () => {
  /** A client that notes how often it connected and how its sockets were closed. */
  function clientWith(tokens: () => Promise<string> | string) {
    const closed: number[] = [];
    let connected = 0;
    const options: ClientOptions = {
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ authorization: `Bearer ${await tokens()}` }),
      retryWait: () => Promise.resolve(),
      on: {
        connected: () => {
          connected += 1;
        },
        closed: (event) => void closed.push((event as { code: number }).code),
      },
    };
    const client = endsWithTest(createClient(options), 'dispose');
    return { client, closed, connections: () => connected };
  }

  async function queuedRun(user: TestClient): Promise<string> {
    const { id: datasetId } = await uploadDataset(user, flowersCsv());
    return await startTraining(user, { datasetId });
  }

  test('the graphql-ws client reconnects after 4403 with a fresh token, and continues its subscription', async () => {
    const user = await server.signUp();
    const id = await queuedRun(user);
    let asked = 0;
    const { client, closed } = clientWith(async () => {
      asked += 1;
      return asked === 1 ? await tokenOfSession(user, soon(-2_000)) : String(user.token);
    });
    const progress = client.iterate<{ trainingProgress: object }>({ query: FOLLOW, variables: { id } });
    expect(await progress.next()).toMatchObject({
      value: { data: { trainingProgress: { id, status: 'QUEUED' } } },
    });
    expect({ closed, asked }).toEqual({ closed: [4403], asked: 2 });
    await progress.return?.();
  });

  test('the graphql-ws client stops after 4401', async () => {
    const user = await server.signUp();
    const id = await queuedRun(user);
    const { client, closed, connections } = clientWith(() => String(user.token));
    const progress = client.iterate({ query: FOLLOW, variables: { id } });
    expect(await progress.next()).toMatchObject({ done: false });
    const toItsEnd = async () => {
      for (;;) await progress.next();
    };
    await Promise.all([expect(toItsEnd()).rejects.toMatchObject({ code: 4401 }), user.execute(SIGN_OUT)]);
    expect({ closed, connections: connections() }).toEqual({ closed: [4401], connections: 1 });
  });
});

test('an anonymous socket stays open, and operations that need a user are refused', async () => {
  const socket = await openSession(server.url);
  const refused = await socket.ask('1', { query: SIGN_OUT });
  expectError(errorsOf(refused), 'UNAUTHENTICATED');
  expect(socket.isOpen).toBe(true);
  socket.terminate();
});

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
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SECRET = 'a secret of the tests with more than 32 characters';
const SIGN_OUT = 'mutation ($everywhere: Boolean! = false) { signOut(everywhere: $everywhere) { everywhere } }';
const FOLLOW = 'subscription ($id: ID!) { trainingProgress(runId: $id) { id status } }';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ TOKEN_SECRET: SECRET }, { worker: false });
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
  test('an access token that expires closes its socket with 4403, exactly then', async () => {
    const user = await server.signUp();
    let expiresAt = soon(0);
    // Again where the machine was so busy that the token expired before the socket was open.
    const socket = await eventually(async () => {
      expiresAt = soon(1_500);
      return await open(await tokenOfSession(user, SECRET, expiresAt));
    });
    expect(await socket.closed).toEqual({ code: 4403, reason: 'Token expired' });
    // A token's time is in whole seconds.
    expect(Date.now()).toBeGreaterThanOrEqual(Math.floor(expiresAt.getTime() / 1_000) * 1_000);
  });

  test('an access token that expires leaves other sockets open', async () => {
    const user = await server.signUp();
    const [lasting, anonymous] = [await open(user.token), await openSession(server.url)];
    const expiring = await openSocket(server.url);
    const token = await tokenOfSession(user, SECRET, soon(1_000));
    expiring.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await expiring.closed).toMatchObject({ code: 4403 });
    await serves(lasting);
    expect(anonymous.isOpen).toBe(true);
    lasting.terminate();
    anonymous.terminate();
  });

  test('an access token that outlives the longest timer does not close its socket at once', async () => {
    const user = await server.signUp();
    const socket = await open(await tokenOfSession(user, SECRET, soon(60 * 24 * 3_600_000)));
    await serves(socket);
    socket.terminate();
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
      return asked === 1 ? await tokenOfSession(user, SECRET, soon(1_500)) : String(user.token);
    });
    const progress = client.iterate<{ trainingProgress: object }>({ query: FOLLOW, variables: { id } });
    const expected = { value: { data: { trainingProgress: { id, status: 'QUEUED' } } } };
    expect(await progress.next()).toMatchObject(expected);
    // Nothing happens to the run: that it is told of again shows that the subscription was made anew.
    while (asked === 1) expect(await progress.next()).toMatchObject(expected);
    expect(closed).toEqual([4403]);
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

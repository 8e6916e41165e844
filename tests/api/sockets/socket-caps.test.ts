import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBareSockets } from '../../support/bare-sockets.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { errorsOf, openSession, openSocket, type RawSocket } from '../../support/raw-socket.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const CHANGES = { query: 'subscription { trainingRunChanges { runId } }' };
const VIEWER = { query: '{ viewer { role } }' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ MAX_SOCKETS_PER_USER: '3', MAX_SUBSCRIPTIONS_PER_USER: '5' }, { worker: false });
});

afterAll(() => server.close());

const open = ({ token }: TestClient): Promise<RawSocket> =>
  openSession(server.url, { authorization: `Bearer ${token}` });

/** What an operation is answered with: its data, or the code of its error. */
async function answerTo(socket: RawSocket, id: string, payload: object): Promise<unknown> {
  const message = await socket.ask(id, payload);
  return errorsOf(message)[0]?.extensions.code ?? message.payload;
}

const ANSWERED = { data: { viewer: { role: 'OWNER' } } };

describe('sockets of one user', () => {
  test('sockets of a user beyond the limit are closed with 4429, and other users are not affected', async () => {
    const [user, other] = [await server.signUp(), await server.signUp()];
    const sockets = [await open(user), await open(user), await open(user)];
    const fourth = await openSocket(server.url);
    fourth.send({ type: 'connection_init', payload: { authorization: `Bearer ${user.token}` } });
    expect(await fourth.closed).toEqual({ code: 4429, reason: 'Too many sockets of this user' });
    sockets.push(await open(other));
    for (const socket of sockets) expect(await answerTo(socket, '1', VIEWER)).toEqual(ANSWERED);
    for (const socket of sockets) socket.terminate();
  });

  test('a socket that dies silently makes room at once', async () => {
    const user = await server.signUp();
    for (let round = 0; round < 5; round++) {
      const sockets: RawSocket[] = [];
      while (sockets.length < 3) sockets.push(await eventually(() => open(user)));
      for (const socket of sockets) socket.terminate();
    }
  });
});

describe('operations of one user', () => {
  /** Begins so many subscriptions, of which nothing is heard, and shows that all are there. */
  async function begin(socket: RawSocket, count: number): Promise<void> {
    for (let n = 0; n < count; n++) socket.send({ id: `s${n}`, type: 'subscribe', payload: CHANGES });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toMatchObject({ type: 'pong' });
  }

  test('operations of a user beyond the limit, over all sockets, get RATE_LIMITED until others complete', async () => {
    const user = await server.signUp();
    const [first, second] = [await open(user), await open(user)];
    await begin(first, 3);
    await begin(second, 2);
    expect(await answerTo(second, 'q', VIEWER)).toBe('RATE_LIMITED');
    expect(await answerTo(first, 'q', CHANGES)).toBe('RATE_LIMITED');
    expect(first.isOpen && second.isOpen).toBe(true);
    first.send({ id: 's0', type: 'complete' });
    // It counts until nothing of it runs any more: it may still be looking who asks.
    let round = 0;
    await eventually(async () => expect(await answerTo(second, `free${round++}`, VIEWER)).toEqual(ANSWERED));
    first.terminate();
    second.terminate();
  });

  test('an operation id may have 200 characters, and not more, since every message repeats it', async () => {
    const user = await server.signUp();
    const socket = await open(user);
    expect(await answerTo(socket, 'x'.repeat(201), VIEWER)).toBe('BAD_REQUEST');
    expect(await answerTo(socket, 'x'.repeat(200), VIEWER)).toEqual(ANSWERED);
    socket.terminate();
  });

  test('the operations of a socket that dies silently make room at once', async () => {
    const user = await server.signUp();
    const living = await open(user);
    for (let round = 0; round < 5; round++) {
      const dying = await open(user);
      await begin(dying, 5);
      expect(await answerTo(living, `full${round}`, VIEWER)).toBe('RATE_LIMITED');
      dying.terminate();
      // A refused operation is over with its error; one that is answered says so with a second message.
      await eventually(async () => expect(await answerTo(living, `free${round}`, VIEWER)).toEqual(ANSWERED));
      expect(await living.next()).toMatchObject({ type: 'complete' });
    }
    living.terminate();
  });
});

test('an operation that the client has completed counts until it has ended', async () => {
  const gate = Promise.withResolvers<string>();
  let running = 0;
  const resolve = () => {
    running++;
    return gate.promise;
  };
  const query = new GraphQLObjectType({ name: 'Query', fields: { slow: { type: GraphQLString, resolve } } });
  const bare = endsWithTest(await startBareSockets({}, { schema: new GraphQLSchema({ query }) }));
  const socket = await openSession(bare.url);
  for (let n = 0; n < 300; n++) {
    socket.send({ id: `q${n}`, type: 'subscribe', payload: { query: '{ slow }' } });
    socket.send({ id: `q${n}`, type: 'complete' });
  }
  expect(await answerTo(socket, 'beyond', { query: '{ slow }' })).toBe('RATE_LIMITED');
  expect(await answerTo(socket, 'q0', { query: '{ slow }' })).toBe('RATE_LIMITED');
  expect(running).toBe(100);
  gate.resolve('done');
  let round = 0;
  await eventually(async () =>
    expect(await answerTo(socket, `after${round++}`, { query: '{ slow }' })).toEqual({ data: { slow: 'done' } }),
  );
});

describe('sockets without a token', () => {
  test('an anonymous socket beyond the limit pushes out the oldest one', async () => {
    const bare = endsWithTest(await startBareSockets({}, { maxAnonymousSockets: 3 }));
    const oldest = await openSession(bare.url);
    const silent = await openSocket(bare.url);
    const later = [await openSession(bare.url), await openSession(bare.url)];
    expect(await oldest.closed).toEqual({ code: 1013, reason: 'Too many sockets without a token' });
    later.push(await openSession(bare.url));
    expect(await silent.closed).toMatchObject({ code: 1013 });
    expect(later.map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
  });

  test('anonymous sockets that have died are not counted', async () => {
    const bare = endsWithTest(await startBareSockets({}, { maxAnonymousSockets: 2 }));
    const stays = await openSession(bare.url);
    for (let n = 0; n < 5; n++) {
      (await openSession(bare.url)).terminate();
      await eventually(() => expect(bare.connections.at(-1)?.destroyed).toBe(true));
    }
    const next = await openSession(bare.url);
    expect([stays.isOpen, next.isOpen]).toEqual([true, true]);
  });
});

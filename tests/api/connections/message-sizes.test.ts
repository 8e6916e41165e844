import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GraphQLString } from 'graphql';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BareSockets, startBareSockets } from '../../support/bare-sockets.ts';
import { eventually } from '../../support/eventually.ts';
import { errorsOf, openSession, openSocket, type RawSocket } from '../../support/raw-socket.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const CHANGES = 'subscription { trainingRunChanges { runId } }';
const TOO_LARGE = { code: 1009, reason: 'Message too large' };

let server: TestServer;
let bare: BareSockets;
const opened: RawSocket[] = [];

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  bare = await startBareSockets({ never: { type: GraphQLString, subscribe: never } });
});

afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});

afterAll(async () => {
  await bare.close();
  await server.close();
});

/** A subscription that has nothing to say until it is ended. */
function never(): AsyncIterableIterator<never> {
  const end = Promise.withResolvers<IteratorResult<never>>();
  const over = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => end.promise,
    return: () => {
      end.resolve(over);
      return Promise.resolve(over);
    },
  };
}

async function open(url: string, client?: TestClient): Promise<RawSocket> {
  const socket = await openSession(url, client ? { authorization: `Bearer ${client.token}` } : {});
  opened.push(socket);
  return socket;
}

/** A message that asks for an operation, of exactly so many bytes. */
function messageOf(id: string, query: string, bytes: number): string {
  const textOf = (more: string) => JSON.stringify({ id, type: 'subscribe', payload: { query, extensions: { more } } });
  return textOf('x'.repeat(bytes - textOf('').length));
}

/** Sends an operation and says what it is refused with; null where it runs. */
async function refusalOf(socket: RawSocket, message: string): Promise<string | null> {
  socket.send(message);
  socket.send({ type: 'ping' });
  const answer = await socket.next();
  if (answer.type === 'pong') return null;
  expect(await socket.next()).toEqual({ type: 'pong' });
  return errorsOf(answer)[0]?.extensions.code ?? '';
}

test('an anonymous socket may send messages of 20 kB; a longer one closes it unanswered', async () => {
  const more = 'x'.repeat(20_000);
  const init = await openSocket(bare.url);
  init.send({ type: 'connection_init', payload: { more } });
  expect(await init.closed).toEqual(TOO_LARGE);
  for (const message of [messageOf('1', '{ nothing }', 20_001), JSON.stringify({ type: 'ping', payload: { more } })]) {
    const socket = await open(bare.url);
    socket.send(message);
    await expect(socket.next()).rejects.toThrow('closed');
    expect(await socket.closed).toEqual(TOO_LARGE);
  }
  const socket = await open(bare.url);
  socket.send(messageOf('1', '{ nothing }', 20_000));
  expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { nothing: null } } });
});

test('the operations running on an anonymous socket were requested with at most 100 kB', async () => {
  const socket = await open(bare.url);
  for (let n = 0; n < 5; n++) {
    expect(await refusalOf(socket, messageOf(`${n}`, 'subscription { never }', 20_000))).toBeNull();
  }
  const small = messageOf('small', 'subscription { never }', 200);
  expect(await refusalOf(socket, small)).toBe('RATE_LIMITED');
  socket.send({ type: 'complete', id: '0' });
  await eventually(async () => expect(await refusalOf(socket, small)).toBeNull());
});

test('the operations running for a user, over all sockets, were requested with at most 4 MB; other users are not affected', async () => {
  const user = await server.signUp();
  const [first, second, other] = [
    await open(server.url, user),
    await open(server.url, user),
    await open(server.url, await server.signUp()),
  ];
  expect(await refusalOf(first, messageOf('1', CHANGES, 1_999_000))).toBeNull();
  expect(await refusalOf(second, messageOf('1', CHANGES, 1_999_000))).toBeNull();
  expect(await refusalOf(second, messageOf('2', CHANGES, 3_000))).toBe('RATE_LIMITED');
  expect(await refusalOf(other, messageOf('2', CHANGES, 3_000))).toBeNull();
  first.terminate();
  await eventually(async () => expect(await refusalOf(second, messageOf('2', CHANGES, 3_000))).toBeNull());
});

test('only the token of a connection_init payload is kept', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  let introduction: WeakRef<object> | null = null;
  const { parse } = JSON;
  JSON.parse = (text: string, reviver) => {
    const value = parse(text, reviver) as { type?: string; payload?: object };
    if (value.type === 'connection_init' && value.payload) introduction = new WeakRef(value.payload);
    return value;
  };
  try {
    const socket = await openSession(server.url, {
      authorization: `Bearer ${(await server.signUp()).token}`,
      more: 'x'.repeat(10_000),
    });
    opened.push(socket);
    expect(introduction).not.toBeNull();
    await eventually(() => {
      collectGarbage();
      expect(introduction?.deref()).toBeUndefined();
    });
    const answer = await socket.ask('1', { query: '{ viewer { role } }' });
    expect(answer.payload).toEqual({ data: { viewer: { role: 'OWNER' } } });
  } finally {
    JSON.parse = parse;
  }
});

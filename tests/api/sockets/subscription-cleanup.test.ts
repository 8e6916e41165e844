import { GraphQLInt, GraphQLNonNull } from 'graphql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LiveIterator, type LiveSource } from '../../../src/platform/concurrency/live-iterator.ts';
import { type BareSockets, startBareSockets } from '../../support/bare-sockets.ts';
import { eventually } from '../../support/eventually.ts';
import { openSession, type RawSocket } from '../../support/raw-socket.ts';

/** Who listens now. Nothing ever happens, so nobody notices a dead socket by having something to say. */
const listeners = new Set<LiveSource<number>>();

function quietStream(): AsyncIterableIterator<number> {
  const quiet = { take: () => undefined, release: () => void listeners.delete(quiet) };
  listeners.add(quiet);
  return new LiveIterator<number>(quiet);
}

/** Holds up the streams of `slow`, as the look at who subscribes does: until a test opens it. */
let gate: PromiseWithResolvers<void>;
/** How many asked for a slow stream, and how many have got theirs. */
const slow = { asked: 0, given: 0 };

async function slowStream(): Promise<AsyncIterableIterator<number>> {
  slow.asked++;
  await gate.promise;
  slow.given++;
  return quietStream();
}

let server: BareSockets;
let url: string;

beforeEach(async () => {
  gate = Promise.withResolvers();
  Object.assign(slow, { asked: 0, given: 0 });
  server = await startBareSockets({
    slow: { type: new GraphQLNonNull(GraphQLInt), subscribe: slowStream },
    quiet: { type: new GraphQLNonNull(GraphQLInt), subscribe: async () => quietStream() },
  });
  url = server.url;
});

afterEach(async () => {
  await server.close();
  await eventually(() => expect(listeners.size).toBe(0));
});

async function subscribed(count: number): Promise<RawSocket> {
  const socket = await openSession(url);
  const before = listeners.size;
  for (let n = 0; n < count; n++) {
    socket.send({ id: `s${n}`, type: 'subscribe', payload: { query: 'subscription { quiet }' } });
  }
  await eventually(() => expect(listeners.size).toBe(before + count));
  return socket;
}

test('a socket that dies silently releases all its listeners', async () => {
  const [dying, living] = [await subscribed(100), await subscribed(3)];
  dying.terminate();
  await eventually(() => expect(listeners.size).toBe(3));
  expect(living.isOpen).toBe(true);
  living.terminate();
  await eventually(() => expect(listeners.size).toBe(0));
});

test('an operation that its client completes releases its listener, and no other', async () => {
  const socket = await subscribed(2);
  socket.send({ id: 's0', type: 'complete' });
  await eventually(() => expect(listeners.size).toBe(1));
  expect(socket.isOpen).toBe(true);
});

test('a socket that dies while its subscriptions begin leaves no listener behind', async () => {
  const socket = await openSession(url);
  for (let n = 0; n < 50; n++) {
    socket.send({ id: `s${n}`, type: 'subscribe', payload: { query: 'subscription { quiet }' } });
  }
  socket.terminate();
  // Some of the 50 may listen by now: what is waited for is that the witness alone does.
  const witness = await openSession(url);
  witness.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { quiet }' } });
  await eventually(() => expect(listeners.size).toBe(1));
  witness.terminate();
  await eventually(() => expect(listeners.size).toBe(0));
});

/** Sends the same id again and again while the first of it still begins; then lets all of them begin. */
async function burst(): Promise<RawSocket> {
  const socket = await openSession(url);
  for (let n = 0; n < 50; n++) {
    if (n > 0) socket.send({ id: '1', type: 'complete' });
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { slow }' } });
  }
  socket.send({ type: 'ping' });
  await until(socket, 'pong');
  gate.resolve();
  await eventually(() => expect(slow.given).toBe(slow.asked));
  return socket;
}

async function until(socket: RawSocket, type: string): Promise<void> {
  while ((await socket.next()).type !== type);
}

test('an operation id reused while its operation begins leaves no listener behind when completed', async () => {
  const socket = await burst();
  socket.send({ id: '1', type: 'complete' });
  await eventually(() => expect(listeners.size).toBe(0));
  expect(socket.isOpen).toBe(true);
  // The id is free again, and what has it now is ended as every other.
  socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { quiet }' } });
  await eventually(() => expect(listeners.size).toBe(1));
  socket.send({ id: '1', type: 'complete' });
  await eventually(() => expect(listeners.size).toBe(0));
});

test('an operation id reused while its operation begins leaves no listener behind when its socket closes', async () => {
  const socket = await burst();
  socket.terminate();
  await eventually(() => expect(listeners.size).toBe(0));
});

test('a subscription that begins after its socket has closed ends at once', async () => {
  const socket = await openSession(url);
  socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { slow }' } });
  await eventually(() => expect(slow.asked).toBe(1));
  socket.terminate();
  await eventually(() => expect(server.connections.at(-1)?.destroyed).toBe(true));
  gate.resolve();
  await eventually(() => expect(slow.given).toBe(1));
  await eventually(() => expect(listeners.size).toBe(0));
});

test('the end of the server releases every listener', async () => {
  const socket = await subscribed(5);
  expect(socket.isOpen).toBe(true);
  // Held up to here; what follows every test of this file ends the server and counts.
});

import { GraphQLInt, GraphQLNonNull } from 'graphql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LiveIterator, type LiveSource } from '../../src/platform/live-iterator.ts';
import { type BareSockets, startBareSockets } from '../support/bare-sockets.ts';
import { eventually } from '../support/eventually.ts';
import { openSession, type RawSocket } from '../support/raw-socket.ts';

/** Who listens now. Nothing ever happens, so nobody notices a dead socket by having something to say. */
const listeners = new Set<LiveSource<number>>();

function quietStream(): AsyncIterableIterator<number> {
  const quiet = { take: () => undefined, release: () => void listeners.delete(quiet) };
  listeners.add(quiet);
  return new LiveIterator<number>(quiet);
}

let server: BareSockets;
let url: string;

beforeEach(async () => {
  server = await startBareSockets({
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

test('a socket that dies without a word frees all its listeners', async () => {
  const [dying, living] = [await subscribed(100), await subscribed(3)];
  dying.terminate();
  await eventually(() => expect(listeners.size).toBe(3));
  expect(living.isOpen).toBe(true);
  living.terminate();
  await eventually(() => expect(listeners.size).toBe(0));
});

test('an operation that its client completes frees its listener, and no other', async () => {
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
  const witness = await subscribed(1);
  await eventually(() => expect(listeners.size).toBe(1));
  witness.terminate();
  await eventually(() => expect(listeners.size).toBe(0));
});

test('the end of the server frees every listener', async () => {
  const socket = await subscribed(5);
  expect(socket.isOpen).toBe(true);
  // Held up to here; what follows every test of this file ends the server and counts.
});

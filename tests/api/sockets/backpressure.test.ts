import { once } from 'node:events';
import { GraphQLString } from 'graphql';
import { afterEach, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { type BareSockets, startBareSockets } from '../../support/bare-sockets.ts';
import { eventually, untilHolds } from '../../support/eventually.ts';

const LIMITS = { maxBytes: 200_000, maxMilliseconds: 400 };
const TEXT = 'x'.repeat(50_000);

/** What the kernel takes of a connection's data before the process has to keep it: some megabytes on loopback. */
const BEYOND_THE_KERNEL = 100_000_000;

let server: BareSockets;
let made = 0;

async function* endless(): AsyncGenerator<{ text: string }> {
  for (;;) {
    made += 1;
    yield { text: TEXT };
  }
}

async function start(): Promise<void> {
  made = 0;
  server = await startBareSockets(
    { text: { type: GraphQLString, subscribe: () => endless() } },
    { backpressureLimits: LIMITS },
  );
}

afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

/** A client that has introduced itself. */
async function connected(): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  // The server cuts it off.
  socket.on('error', () => undefined);
  return socket;
}

/** Watches, until the server has ended the connection, how much it holds for it at the most. */
async function maxHeld(): Promise<number> {
  const [connection] = server.connections;
  if (connection === undefined) throw new Error('Nobody is connected.');
  let max = 0;
  const timer = setInterval(() => {
    max = Math.max(max, connection.writableLength);
  }, 1);
  if (!connection.destroyed) await once(connection, 'close');
  clearInterval(timer);
  return max;
}

test('a subscription produces nothing for a peer that does not read, which is disconnected after a time', async () => {
  await start();
  const socket = await connected();
  socket.pause();
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { text }' } }));
  expect(await maxHeld()).toBeLessThan(2 * TEXT.length);
  expect(made * TEXT.length).toBeLessThan(BEYOND_THE_KERNEL);
  const madeByThen = made;
  await eventually(() => expect(server.connections[0]?.destroyed).toBe(true));
  expect(made).toBeLessThanOrEqual(madeByThen + 1);
  socket.terminate();
});

test('a peer that sends operations without reading responses is paused, and disconnected after a time', async () => {
  await start();
  const socket = await connected();
  socket.pause();
  const ping = JSON.stringify({ type: 'ping', payload: { text: TEXT } });
  for (let sent = 0; sent < BEYOND_THE_KERNEL; sent += ping.length) socket.send(ping);
  expect(await maxHeld()).toBeLessThan(10 * LIMITS.maxBytes);
  expect(server.connections[0]?.bytesRead).toBeLessThan(BEYOND_THE_KERNEL / 2);
  socket.terminate();
});

test('a peer that reads slowly stays connected and loses nothing', async () => {
  // The server's time passes only while the peer does not read.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  await start();
  const socket = await connected();
  const [connection] = server.connections;
  if (connection === undefined) throw new Error('Nobody is connected.');
  const taken = () => connection.bytesWritten - connection.writableLength;
  let read = 0;
  socket.on('message', () => {
    read += 1;
  });
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { text }' } }));
  // Pauses that add up to more than a peer may take for nothing.
  for (let pause = 0; pause < 8; pause++) {
    socket.pause();
    await untilHolds(() => connection.writableLength > 0);
    vi.advanceTimersByTime(LIMITS.maxMilliseconds / 2);
    const before = { read, taken: taken() };
    socket.resume();
    await untilHolds(() => read > before.read + 40 && taken() > before.taken);
  }
  expect(socket.readyState).toBe(WebSocket.OPEN);
  expect(connection.destroyed).toBe(false);
  socket.terminate();
});

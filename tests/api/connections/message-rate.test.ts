import { GraphQLString } from 'graphql';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { Allowance, MESSAGE_RATE } from '../../../src/api/connections/message-rate.ts';
import { type BareSockets, startBareSockets } from '../../support/bare-sockets.ts';
import { eventually } from '../../support/eventually.ts';
import { HeldClock } from '../../support/held-clock.ts';
import { openSession } from '../../support/raw-socket.ts';

const started: BareSockets[] = [];
const clients: WebSocket[] = [];
let clock = new HeldClock();

afterEach(async () => {
  clock.stop();
  clock = new HeldClock();
  for (const client of clients.splice(0)) client.terminate();
  for (const each of started.splice(0)) await each.close();
});

async function start(options: Parameters<typeof startBareSockets>[1]): Promise<BareSockets> {
  const sockets = await startBareSockets({ field: { type: GraphQLString } }, { now: clock.now, ...options });
  started.push(sockets);
  return sockets;
}

/** A client that counts what is answered to it. */
async function open(url: string): Promise<{ socket: WebSocket; answers: () => number }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  clients.push(socket);
  let answers = 0;
  const count = () => {
    answers += 1;
  };
  socket.on('message', count).on('pong', count);
  await new Promise((resolve) => socket.once('open', resolve));
  return { socket, answers: () => answers };
}

const PING = JSON.stringify({ type: 'ping' });

describe('what a socket may send', () => {
  const rate = { perSecond: 10, burst: 100, bytesPerMessage: 1_000 };

  test('a socket may send a burst of messages, and then the rate', () => {
    let now = 0;
    const allowance = new Allowance(rate, () => now);
    for (let message = 0; message < 100; message += 1) expect(allowance.spend(1)).toBe(0);
    expect(allowance.spend(1)).toBe(100);
    expect(allowance.spend(1)).toBe(200);
    now = 300;
    expect(allowance.spend(1)).toBe(0);
    expect(allowance.spend(1)).toBe(100);
    now = 1e9;
    expect(allowance.spend(100)).toBe(0);
    expect(allowance.spend(1)).toBe(100);
  });

  test('the burst of a socket exceeds what a page needs that resubscribes everything', () => {
    const allowance = new Allowance(MESSAGE_RATE, () => 0);
    for (let message = 0; message < 2 * 100 + 2; message += 1) expect(allowance.spend(1)).toBe(0);
  });
});

describe('a socket that sends more than its rate', () => {
  test.each([
    ['pings of the WebSocket', (socket: WebSocket) => socket.ping()],
    ['pings of the protocol', (socket: WebSocket) => socket.send(PING)],
  ])('a socket that exceeds its rate by %s is paused; others are not, and nothing is lost', async (_, send) => {
    const sockets = await start({ messageRate: { perSecond: 1_000, burst: 10, bytesPerMessage: 1_000 } });
    const flood = await open(sockets.url);
    const [connection] = sockets.connections;
    for (let message = 0; message < 30; message += 1) send(flood.socket);
    await eventually(() => expect(connection?.isPaused()).toBe(true));
    const other = await open(sockets.url);
    send(other.socket);
    await eventually(() => expect(other.answers()).toBe(1));
    expect(connection?.isPaused()).toBe(true);
    clock.go();
    await eventually(() => expect(flood.answers()).toBe(30));
    await eventually(() => expect(connection?.isPaused()).toBe(false));
  });

  test('a socket that exceeds its rate by long messages is paused', async () => {
    const sockets = await start({ messageRate: { perSecond: 1_000, burst: 10, bytesPerMessage: 100 } });
    const { socket, answers } = await open(sockets.url);
    socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(15_000) } }));
    await eventually(() => expect(sockets.connections[0]?.isPaused()).toBe(true));
    expect(answers()).toBeLessThanOrEqual(1);
  });
});

test('messages that arrive in one chunk are handled in separate turns of the event loop', async () => {
  const sockets = await start({});
  const client = await openSession(sockets.url);
  let isOver = false;
  let written = 0;
  let turnsWithAnswer = 0;
  // The server runs in this very process.
  const nextTurn = () => {
    const bytes = sockets.connections[0]?.bytesWritten ?? 0;
    if (bytes > written) turnsWithAnswer += 1;
    written = bytes;
    if (!isOver) setImmediate(nextTurn);
  };
  nextTurn();
  for (let message = 0; message < 100; message += 1) client.send(PING);
  for (let message = 0; message < 100; message += 1) expect(await client.next()).toEqual({ type: 'pong' });
  isOver = true;
  client.terminate();
  expect(turnsWithAnswer).toBeGreaterThanOrEqual(100);
});

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConnectionWatchdog } from '../../../src/platform/postgres/connection-watchdog.ts';
import { eventually } from '../../support/eventually.ts';

let server: Server;
let socket: Socket;
let watch: ConnectionWatchdog;
let other: Socket;

/** A server that says only what the test lets it say. */
beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const arrival = once(server, 'connection');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  watch = new ConnectionWatchdog(socket);
  [other] = (await arrival) as [Socket];
});

afterEach(async () => {
  socket.destroy();
  other.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A simple query as the driver writes it. */
function query(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(text.length + 5);
  return Buffer.concat([Buffer.from('Q'), length, Buffer.from(`${text}\0`)]);
}

test('a connection waits from its query to the first bytes of the response', async () => {
  watch.pass(10);
  expect(watch.silence()).toBe(0);
  socket.write(query('begin '));
  expect(watch.silence()).toBe(0);
  watch.pass(10);
  watch.pass(20);
  expect(watch.silence()).toBe(30);
  expect(watch.waitsToBegin()).toBe(true);
  other.write('C');
  await eventually(() => expect(watch.silence()).toBe(0));
  watch.pass(10);
  expect(watch.silence()).toBe(0);
  expect(watch.waitsToBegin()).toBe(false);
});

test('a connection waits for its first unanswered query, whatever was sent after it', () => {
  socket.write(query('select 1'));
  watch.pass(10);
  socket.write(query('begin '));
  expect(watch.silence()).toBe(10);
  watch.pass(20);
  expect(watch.silence()).toBe(30);
  expect(watch.waitsToBegin()).toBe(false);
});

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventually, untilHolds } from '../support/eventually.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let echo: Server;
let atTarget: Socket[];
let proxy: FaultProxy;
let clients: Socket[];

/** A server that sends back what it is sent. */
beforeEach(async () => {
  atTarget = [];
  clients = [];
  echo = createServer((socket) => {
    atTarget.push(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});

afterEach(async () => {
  vi.useRealTimers();
  for (const socket of [...clients, ...atTarget]) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

async function open(): Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }> {
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  clients.push(socket);
  let text = '';
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, received: () => text, closed };
}

test('without a fault it passes everything on, and the end too', async () => {
  const { socket, received, closed } = await open();
  const long = 'x'.repeat(3_000_000);
  socket.end(`hello${long}`);
  await closed;
  expect(received()).toBe(`hello${long}`);
  await eventually(() => expect(proxy.connectionCount()).toBe(0));
});

test('cut resets connections at both ends, and new ones come through', async () => {
  const [first, second] = [await open(), await open()];
  await eventually(() => expect(atTarget).toHaveLength(2));
  expect(proxy.cut()).toBe(2);
  await Promise.all([first.closed, second.closed]);
  await eventually(() => expect(atTarget.every(({ destroyed }) => destroyed)).toBe(true));
  const third = await open();
  third.socket.write('again');
  await eventually(() => expect(third.received()).toBe('again'));
});

test('cut takes only what is chosen', async () => {
  const [first, second] = [await open(), await open()];
  let asked = 0;
  expect(proxy.cut(() => asked++ === 0)).toBe(1);
  await first.closed;
  second.socket.write('still here');
  await eventually(() => expect(second.received()).toBe('still here'));
});

test('while frozen nothing comes through, not even an end; thawed all of it does, in order', async () => {
  const { socket, received } = await open();
  socket.write('1');
  await eventually(() => expect(received()).toBe('1'));
  proxy.freeze();
  socket.write('2');
  const other = await open();
  other.socket.end('3');
  // A later connection gets through the kernel only: its peer never hears of it.
  await eventually(() => expect(proxy.connectionCount()).toBe(2));
  expect(received()).toBe('1');
  expect(atTarget[0]?.bytesRead).toBe(1);
  socket.write('4');
  proxy.thaw();
  await eventually(() => expect(received()).toBe('124'));
  await other.closed;
  expect(other.received()).toBe('3');
});

test('a peer that dies behind a frozen proxy is not missed until the thaw', async () => {
  const { socket, received } = await open();
  socket.write('1');
  await eventually(() => expect(received()).toBe('1'));
  proxy.freeze();
  socket.resetAndDestroy();
  const later = await open();
  later.socket.write('2');
  expect(atTarget[0]?.destroyed).toBe(false);
  proxy.thaw();
  await eventually(() => expect(atTarget[0]?.destroyed).toBe(true));
});

test('a delay holds every byte for so long, in both directions', async () => {
  const { socket, received } = await open();
  await eventually(() => expect(atTarget).toHaveLength(1));
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  proxy.delay(150);
  socket.write('abc');
  // Each way it is held by a timer, and comes when that is over.
  for (const arrived of [() => atTarget[0]?.bytesRead === 3, () => received() === 'abc']) {
    await untilHolds(() => vi.getTimerCount() === 1);
    vi.advanceTimersByTime(149);
    expect(vi.getTimerCount()).toBe(1);
    expect(arrived()).toBe(false);
    vi.advanceTimersByTime(1);
    await untilHolds(arrived);
  }
});

test('refused connections find nobody listening; accepted again they find the same port', async () => {
  const standing = await open();
  await proxy.refuse();
  const refused = connect(proxy.port, '127.0.0.1');
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  standing.socket.write('still here');
  await eventually(() => expect(standing.received()).toBe('still here'));
  await proxy.accept();
  const { socket, received } = await open();
  socket.write('again');
  await eventually(() => expect(received()).toBe('again'));
});

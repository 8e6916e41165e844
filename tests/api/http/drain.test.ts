import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { drain } from '../../../src/api/http/request-body.ts';
import { expectError } from '../../support/expect-error.ts';
import { formHeaders } from '../../support/multipart.ts';
import { parseAnswer } from '../../support/raw-http.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const MEGABYTE = 1_000_000;
/** What the system keeps of a connection that nobody reads, on both sides of it. */
const BUFFERED = 16 * MEGABYTE;

let server: TestServer;
let client: TestClient;
const others: Server[] = [];

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

/** The time that a peer has for the rest passes when a test says so. */
function holdTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

afterEach(() => {
  vi.useRealTimers();
  for (const other of others.splice(0)) other.close();
});

interface Outcome {
  readonly received: string;
  readonly sentBytes: number;
}

/** Sends a head and then a body until the server ends the connection, or until `bytes` are sent and nothing more comes. */
function sendEndlessly(port: number, head: string, bytes: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const piece = Buffer.alloc(MEGABYTE / 2, 'x');
    let received = '';
    let sentBytes = 0;
    const send = () => {
      while (sentBytes < bytes && !socket.destroyed) {
        sentBytes += piece.length;
        if (!socket.write(piece)) return;
      }
    };
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    // The connection is reset under a client that goes on sending: what counts is that the answer came first.
    socket.on('drain', send).on('error', () => undefined);
    socket.once('close', () => resolve({ received, sentBytes }));
    socket.write(head);
    send();
  });
}

function headOf(headers: Record<string, string>): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n`;
}

test('a refused upload is answered as GraphQL JSON, up to 64 MB of its rest are read, and the connection is closed', async () => {
  holdTime();
  const head = headOf({ ...formHeaders(client.token), 'content-length': String(1_000 * MEGABYTE) });
  const { received, sentBytes } = await sendEndlessly(Number(new URL(server.url).port), head, 1_000 * MEGABYTE);
  const { status, headers, body } = parseAnswer(received);
  expect(status).toBe(413);
  expect(headers.get('connection')).toBe('close');
  expect(headers.get('content-type')).toContain('application/json');
  expectError(body.errors, 'PAYLOAD_TOO_LARGE', { requestId: expect.any(String) });
  expect(sentBytes).toBeGreaterThan(64 * MEGABYTE);
  expect(sentBytes).toBeLessThan(64 * MEGABYTE + BUFFERED);
});

test('a client that sends the rest of a refused upload too slowly is disconnected', async () => {
  holdTime();
  const draining = Promise.withResolvers<void>();
  let isOver = false;
  const other = createServer((request, response) => {
    response.writeHead(413, { connection: 'close' });
    response.write('no');
    void drain(request, { bytes: MEGABYTE, milliseconds: 5_000 }).then(() => {
      isOver = true;
      response.end();
    });
    draining.resolve();
  });
  others.push(other);
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  // Half a megabyte comes, and then nothing more.
  const outcome = sendEndlessly(port, headOf({ 'content-length': String(MEGABYTE) }), MEGABYTE / 2);
  await draining.promise;
  await vi.advanceTimersByTimeAsync(4_999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect((await outcome).received).toContain('413');
});

test('a refused upload whose rest arrives is answered completely', async () => {
  holdTime();
  const length = 20 * MEGABYTE;
  const head = headOf({ ...formHeaders(null), 'content-length': String(length) });
  const { received, sentBytes } = await sendEndlessly(Number(new URL(server.url).port), head, length);
  expect(parseAnswer(received)).toMatchObject({
    status: 401,
    body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  });
  expect(sentBytes).toBe(length);
});

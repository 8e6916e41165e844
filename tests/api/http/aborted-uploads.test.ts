import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv, largeCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { expectUp } from '../../support/expect-up.ts';
import { countHeld, holdWrites } from '../../support/hold-writes.ts';
import { formHeaders, formOf, uploadParts } from '../../support/multipart.ts';
import { UPLOAD, uploadDataset } from '../../support/operations.ts';
import { storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const ABORTED = 1_000;
const AT_ONCE = 50;

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

/** An upload as it goes over the wire, and where its parts end. */
interface Request {
  readonly bytes: Buffer;
  readonly headEnd: number;
  readonly fileStart: number;
  readonly fileEnd: number;
}

function requestOf(content: string): Request {
  const body = formOf(uploadParts(UPLOAD, content));
  const headers = {
    host: 'localhost',
    'content-length': String(Buffer.byteLength(body)),
    ...formHeaders(client.token),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n`;
  const bytes = Buffer.from(head + body);
  const fileStart = bytes.indexOf(content);
  return { bytes, headEnd: head.length, fileStart, fileEnd: fileStart + Buffer.byteLength(content) };
}

/** Sends the beginning of a request, and gives the connection. */
function send(bytes: Buffer): Promise<Socket> {
  const { port, hostname } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes, () => resolve(socket)));
    socket.once('error', reject);
  });
}

/** Goes away as a client does, and waits until the server has noticed: it ends its side too. */
async function leave(socket: Socket): Promise<void> {
  // An answer that nobody reads would keep the end from being seen.
  socket
    .on('error', () => undefined)
    .resume()
    .end();
  if (!socket.closed) await once(socket, 'close');
}

/** Where a request is cut: in its head, in the parts before the file, in the file, or after all of it. */
function cutOf({ bytes, headEnd, fileStart, fileEnd }: Request, kind: number, fraction: number): number {
  const between = (from: number, to: number) => from + Math.floor(fraction * (to - from));
  if (kind === 0) return between(1, headEnd);
  if (kind === 1) return between(headEnd, fileStart);
  return kind === 2 ? between(fileStart, fileEnd) : bytes.length;
}

/** Threads of this process, where the system says how many there are. */
async function threadCount(): Promise<number> {
  return (await readdir('/proc/self/task').catch(() => [])).length;
}

async function expectNothingLeft(): Promise<void> {
  await eventually(async () => expect(await temporaryFiles(server)).toEqual([]));
  expect(await storedFiles(server)).toEqual([]);
  const rows = await server.database.owner`
    select from blobs union all select from datasets union all select from dataset_names`;
  expect(rows).toHaveLength(0);
}

test('a thousand uploads aborted at any point leave nothing behind, and the server continues', async () => {
  const request = requestOf(String(flowersCsv().content));
  const threads = await threadCount();
  let state = 20_260_601;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (let sent = 0; sent < ABORTED; sent += AT_ONCE) {
    const cuts = Array.from({ length: AT_ONCE }, (_, index) => cutOf(request, index % 4, random()));
    // One that was sent whole would be stored before its client has left, where nothing held it up.
    const release = await holdWrites(server, 'blobs');
    const sockets = await Promise.all(cuts.map((cut) => send(request.bytes.subarray(0, cut))));
    await Promise.all(sockets.map(leave));
    await release();
  }
  await expectUp(client);
  await expectNothingLeft();
  // The readers of files, and those that Node.js itself starts for work on files.
  expect(await threadCount()).toBeLessThanOrEqual(threads + availableParallelism() + 4);
});

test('clients that disconnect while their large files are read leave nothing behind', async () => {
  const request = requestOf(String(largeCsv(17 << 20).content));
  const release = await holdWrites(server, 'blobs');
  const sockets = await Promise.all(Array.from({ length: 3 }, () => send(request.bytes)));
  // The first values of one have been put aside, or it has been read already and is about to be stored.
  await eventually(async () => {
    const files = await readdir(join(server.config.DATA_DIRECTORY, 'temporary'), { recursive: true });
    const isBeingRead = files.some((file) => file.includes('.part'));
    expect(isBeingRead || (await countHeld(server)) > 0).toBe(true);
  });
  await Promise.all(sockets.map(leave));
  await release();
  await expectNothingLeft();
  expect(await uploadDataset(client, flowersCsv())).toMatchObject({ version: 1 });
});

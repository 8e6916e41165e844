import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { flowersCsv } from '../../support/csv-files.ts';
import { uploadDataset } from '../../support/operations.ts';
import { sendRaw } from '../../support/raw-http.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

/** The page that a development server such as Vite's gives, which leads the API's paths on under its own name. */
const PAGE = 'localhost:5173';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

/** How a socket is answered that a page opens through a proxy, which says so much of whom it was asked for. */
async function upgrade(origin: string, host: string): Promise<'open' | number> {
  const url = `${server.url.replace('http', 'ws')}/graphql`;
  const socket = new WebSocket(url, 'graphql-transport-ws', { origin, headers: { host } });
  const refusal = once(socket, 'unexpected-response').then(
    ([, response]) => (response as { statusCode: number }).statusCode,
  );
  const answer = await Promise.race([once(socket, 'open').then(() => 'open' as const), refusal]);
  socket.on('error', () => undefined).terminate();
  return answer;
}

test('a page behind a proxy that keeps the host name may open sockets; behind one that changes it, it may not', async () => {
  expect(await upgrade(`http://${PAGE}`, PAGE)).toBe('open');
  expect(await upgrade(`http://${PAGE}`, '127.0.0.1:4000')).toBe(403);
});

test('signed URLs lead back through the proxy', async () => {
  const { id } = await uploadDataset(client, flowersCsv());
  const body = JSON.stringify({ query: `{ dataset(id: "${id}") { downloadUrl } }` });
  const lines = [
    'POST /graphql HTTP/1.1',
    `host: ${PAGE}`,
    'connection: close',
    `authorization: Bearer ${client.token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const answer = await sendRaw(server.url, `${lines.join('\r\n')}\r\n\r\n${body}`);
  const { dataset } = answer.body.data as { dataset: { downloadUrl: string } };
  expect(dataset.downloadUrl).toMatch(/^http:\/\/localhost:5173\/downloads\//);
  const { pathname } = new URL(dataset.downloadUrl);
  expect((await fetch(server.url + pathname)).status).toBe(200);
});

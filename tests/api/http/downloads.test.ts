import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const ORIGIN = 'https://pages.example';
const CONTENT = `id,name,score\n${Array.from({ length: 40 }, (_, row) => `${row},n${row % 3},${row * 2}`).join('\n')}\n`;
const SIZE = CONTENT.length;

let server: TestServer;
let client: TestClient;
let url: string;
let etag: string;

beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: ORIGIN });
  client = await server.signUp();
  url = await uploadAs("it's «quoted».csv");
  etag = (await get()).headers.get('etag') ?? '';
});

afterAll(() => server.close());

async function uploadAs(name: string): Promise<string> {
  const { id } = await uploadDataset(client, { name, content: CONTENT });
  const { dataset } = await client.execute<{ dataset: { downloadUrl: string } }>(
    'query ($id: ID!) { dataset(id: $id) { downloadUrl } }',
    { id },
  );
  return dataset.downloadUrl;
}

function get(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(url, { method, headers });
}

describe('a download', () => {
  test('a download is an attachment under its own name, whose type browsers do not guess', async () => {
    const { status, headers } = await get();
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/csv',
      'content-length': String(SIZE),
      'content-disposition': `attachment; filename="it's ?quoted?.csv"; filename*=UTF-8''it%27s%20%C2%ABquoted%C2%BB.csv`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
    });
  });

  test('an interrupted download resumes where it stopped', async () => {
    const answer = await get({ range: 'bytes=100-', 'if-range': etag });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes 100-${SIZE - 1}/${SIZE}`);
    expect(answer.headers.get('content-length')).toBe(String(SIZE - 100));
    expect(await answer.text()).toBe(CONTENT.slice(100));
  });

  test.each([
    ['bytes=0-9', CONTENT.slice(0, 10)],
    ['bytes=10-10', CONTENT.slice(10, 11)],
    ['bytes=-7', CONTENT.slice(-7)],
    [`bytes=${SIZE - 3}-${SIZE + 1000}`, CONTENT.slice(-3)],
  ])('a download returns the range %s', async (range, content) => {
    const answer = await get({ range });
    expect([answer.status, await answer.text()]).toEqual([206, content]);
  });

  test.each([
    ['another file was begun with', { range: 'bytes=5-', 'if-range': '"other"' }],
    ['a date is given, which a file does not have', { range: 'bytes=5-', 'if-range': new Date(0).toUTCString() }],
    ['several ranges are asked for', { range: 'bytes=0-1,4-5' }],
    ['the unit is not known', { range: 'rows=0-1' }],
    ['what is asked for is no range', { range: 'bytes=z-1' }],
  ])('a download is the whole file if %s', async (_, headers) => {
    const answer = await get(headers);
    expect([answer.status, await answer.text()]).toEqual([200, CONTENT]);
  });

  test('a download of a range beyond the end is refused with the size of the file', async () => {
    const answer = await get({ range: `bytes=${SIZE}-` });
    expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([
      416,
      `bytes */${SIZE}`,
      '',
    ]);
  });

  test('HEAD of a download describes the whole file', async () => {
    const answer = await get({ range: 'bytes=0-9' }, 'HEAD');
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, String(SIZE), '']);
    expect(answer.headers.get('etag')).toBe(etag);
  });

  test('downloads of the same bytes have the same ETag', async () => {
    const other = await uploadAs('other.csv');
    expect((await fetch(other, { method: 'HEAD' })).headers.get('etag')).toBe(etag);
  });

  test('a download exposes its name and range to pages of an allowed origin', async () => {
    const answer = await get({ origin: ORIGIN, range: 'bytes=0-9' });
    expect(answer.headers.get('access-control-expose-headers')).toMatch(/content-disposition.*content-range.*etag/i);
    await answer.body?.cancel();
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { sharedS3Server } from '../../support/shared-s3-server.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

interface Links {
  readonly datasets: { readonly nodes: readonly { readonly sha256: string; readonly downloadUrl: string }[] };
  readonly artifacts: { readonly nodes: readonly { readonly id: string; readonly modelUrl: string }[] };
}

describe.skipIf(s3 === null)('downloads from a bucket that browsers reach', () => {
  if (s3 === null) return;
  /** Another name of the same server. */
  const publicEndpoint = s3.endpoint.replace('127.0.0.1', 'localhost');
  let server: TestServer;
  let client: TestClient;
  let links: Links;

  beforeAll(async () => {
    const settings = s3.settings(await s3.createBucket());
    server = await startTestServer({ ...settings, MINIO_PUBLIC_ENDPOINT: publicEndpoint });
    client = await server.signUp();
    const file = { ...flowersCsv(), name: 'Blüten 2024.csv' };
    await train(client, { datasetId: (await uploadDataset(client, file)).id, algorithm: 'BASELINE' });
    links = await client.execute<Links>(
      '{ datasets { nodes { sha256 downloadUrl } } artifacts { nodes { id modelUrl } } }',
    );
  });

  afterAll(() => server.close());

  test('a download link redirects to a signed URL of the store, which gives the file as an attachment', async () => {
    const [dataset] = links.datasets.nodes;
    const redirect = await fetch(dataset?.downloadUrl ?? '', { redirect: 'manual' });
    expect(redirect.status).toBe(302);
    expect(redirect.headers.get('cache-control')).toBe('private, no-store');
    const url = redirect.headers.get('location') ?? '';
    expect(url).toContain(`${publicEndpoint}/`);
    const file = await fetch(url);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'text/csv',
      'content-disposition': `attachment; filename="Bl?ten 2024.csv"; filename*=UTF-8''Bl%C3%BCten%202024.csv`,
      'cache-control': 'private, no-store',
    });
    const bytes = await file.bytes();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(dataset?.sha256);
    const tampered = url.replace(/X-Amz-Signature=../, 'X-Amz-Signature=00');
    expect((await fetch(tampered)).status).toBe(403);
  });

  test('a redirected download takes ranges, so that it can be resumed', async () => {
    const range = await fetch(links.datasets.nodes[0]?.downloadUrl ?? '', { headers: { range: 'bytes=10-19' } });
    expect([range.status, range.headers.get('content-range'), (await range.bytes()).length]).toEqual([
      206,
      expect.stringMatching(/^bytes 10-19\//),
      10,
    ]);
  });

  test('HEAD of a download link is answered without a redirect', async () => {
    const head = await fetch(links.datasets.nodes[0]?.downloadUrl ?? '', { method: 'HEAD', redirect: 'manual' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/csv']);
  });

  test('a link to a deleted file is answered 404 without a redirect', async () => {
    const [artifact] = links.artifacts.nodes;
    expect((await fetch(artifact?.modelUrl ?? '')).status).toBe(200);
    await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { filesRemoved } }', { id: artifact?.id });
    expect((await fetch(artifact?.modelUrl ?? '', { redirect: 'manual' })).status).toBe(404);
  });
});

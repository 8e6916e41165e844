import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const PREDICT = 'query ($id: ID!) { predict(artifactId: $id, rows: [{ petal: 4, soil: "wet" }]) { artifactId } }';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

/** A user with a model that has just predicted. */
async function withModel(): Promise<{ readonly client: TestClient; readonly id: string }> {
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const { artifact } = await train(client, { datasetId, algorithm: 'BASELINE' });
  const id = artifact?.id ?? 'none';
  await client.execute(PREDICT, { id });
  return { client, id };
}

/** Asks until the answer is an error, and gives its code. */
async function codeAtEnd(client: TestClient, id: string): Promise<unknown> {
  for (;;) {
    const { errors } = await client.request(PREDICT, { id });
    if (errors?.[0] !== undefined) return errors[0].extensions.code;
  }
}

test('whoever signs out predicts nothing more, nor by REST', async () => {
  const { client, id } = await withModel();
  await client.execute('mutation { signOut { everywhere } }');
  expectError((await client.request(PREDICT, { id })).errors, 'UNAUTHENTICATED');
  const response = await fetch(new URL(`/v1/models/${id}/invocations`, server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
    body: '{"dataframe_records": [{"petal": 4, "soil": "wet"}]}',
  });
  expect(response.status).toBe(401);
});

test('a model that is deleted predicts nothing more', async () => {
  const { client, id } = await withModel();
  await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { deleted } }', { id });
  expectError((await client.request(PREDICT, { id })).errors, 'NOT_FOUND');
});

test('a key that is revoked predicts nothing more', async () => {
  const { client, id } = await withModel();
  const { createApiKey: created } = await client.execute<{ createApiKey: { key: string; apiKey: { id: string } } }>(
    'mutation { createApiKey(input: { name: "form", role: READER }) { key apiKey { id } } }',
  );
  const program = new TestClient(server.url, created.key);
  await program.execute(PREDICT, { id });
  await client.execute('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: created.apiKey.id });
  expectError((await program.request(PREDICT, { id })).errors, 'UNAUTHENTICATED');
});

test('what another process has ended ends here without a word from it', async () => {
  const { client, id } = await withModel();
  await server.database.owner`update sessions set ended_at = now()`;
  expect(await codeAtEnd(client, id)).toBe('UNAUTHENTICATED');
  const other = await withModel();
  await server.database.owner`update artifacts set deleted_at = now()`;
  expect(await codeAtEnd(other.client, other.id)).toBe('NOT_FOUND');
});

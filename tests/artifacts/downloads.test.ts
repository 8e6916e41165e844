import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { train, uploadDataset, workspaceIdOf } from '../support/operations.ts';
import type { Answer, TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

interface Download {
  readonly url: string;
  readonly expiresAt: string;
  readonly filename: string;
  readonly sizeBytes: number;
}

let server: TestServer;
let client: TestClient;
let datasetId: string;
let artifactId: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  artifactId = (await train(client, { datasetId, algorithm: 'BASELINE' })).artifact?.id ?? '';
});

afterAll(() => server.close());

function ask(input: object, as = client): Promise<Answer<{ createDownload: Download | null }>> {
  return as.request(
    'mutation ($input: DownloadInput!) { createDownload(input: $input) { url expiresAt filename sizeBytes } }',
    { input },
  );
}

async function create(input: object): Promise<Download> {
  const { data, errors } = await ask(input);
  if (!data?.createDownload) throw new Error(JSON.stringify(errors));
  return data.createDownload;
}

test('a dataset is downloaded as it was uploaded, within five minutes', async () => {
  const content = String(flowersCsv().content);
  const download = await create({ datasetId });
  expect(download).toMatchObject({ filename: 'flowers.csv', sizeBytes: content.length });
  const left = new Date(download.expiresAt).getTime() - Date.now();
  expect(left).toBeLessThanOrEqual(5 * 60 * 1000);
  const response = await fetch(download.url);
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="?flowers\.csv"?$/);
  expect(await response.text()).toBe(content);
});

test('a model is downloaded in the format that is asked for, or in its own', async () => {
  const { artifact } = await client.execute<{ artifact: { sha256: string; sizeBytes: number } }>(
    'query ($id: ID!) { artifact(id: $id) { sha256 sizeBytes } }',
    { id: artifactId },
  );
  for (const input of [{ artifactId }, { artifactId, format: 'TRAINYARD_JSON' }]) {
    const { url, sizeBytes } = await create(input);
    expect(sizeBytes).toBe(artifact.sizeBytes);
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.sha256);
  }
});

test.each([
  ['no id', () => ({}), 'BAD_USER_INPUT', 'input'],
  ['two ids', () => ({ datasetId, artifactId }), 'BAD_USER_INPUT', 'input'],
  ['a format of a dataset', () => ({ datasetId, format: 'TRAINYARD_JSON' }), 'BAD_USER_INPUT', 'input.format'],
])('%s cannot be downloaded', async (_, input, code, argument) => {
  const { errors } = await ask(input());
  expect(errors).toMatchObject([{ extensions: { code, argument } }]);
});

test('what is unknown, or another workspace’s, is NOT_FOUND', async () => {
  const other = await server.signUp();
  for (const input of [{ datasetId }, { artifactId }, { datasetId: 'unknown' }, { artifactId: datasetId }]) {
    const { data, errors } = await ask(input, other);
    expect(data).toEqual({ createDownload: null });
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  }
});

test.each([
  ['trainingRunId', 'training run that has SUCCEEDED'],
  ['outOfFoldRunId', 'training run that has SUCCEEDED with folds'],
  ['batchPredictionId', 'batch prediction that has SUCCEEDED'],
])('%s without a file is told what would have one', async (field, owner) => {
  const id = '00000000-0000-4000-8000-000000000000';
  const { errors } = await ask({ [field]: id });
  expect(errors).toMatchObject([
    { message: `There is no ${owner} with the id "${id}".`, extensions: { code: 'NOT_FOUND' } },
  ]);
});

test('members who may only read may download, and nobody once the membership has ended', async () => {
  const member = await server.signUp();
  const id = (await uploadDataset(member, flowersCsv())).id;
  const workspaceId = await workspaceIdOf(member);
  await server.database.owner`update memberships set role = 'READER' where workspace_id = ${workspaceId}`;
  expect((await ask({ datasetId: id }, member)).errors).toEqual([]);
  await server.database.owner`delete from memberships where workspace_id = ${workspaceId}`;
  expect((await ask({ datasetId: id }, member)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});

test('a link ends with its file', async () => {
  const { id } = await uploadDataset(client, flowersCsv(90));
  const artifact = (await train(client, { datasetId: id, algorithm: 'BASELINE' })).artifact?.id ?? '';
  const { url } = await create({ artifactId: artifact });
  await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { deleted } }', { id: artifact });
  expect((await fetch(url)).status).toBe(404);
});

test('a link ends with the session that asked for it, and not with another one', async () => {
  const person = await server.signUp();
  const { id } = await uploadDataset(person, flowersCsv(91));
  const { data } = await ask({ datasetId: id }, person);
  const url = data?.createDownload?.url ?? '';
  await server.signUp().then((other) => other.execute('mutation { signOut { everywhere } }'));
  expect((await fetch(url)).status).toBe(200);
  await person.execute('mutation { signOut { everywhere } }');
  expect((await fetch(url)).status).toBe(404);
});

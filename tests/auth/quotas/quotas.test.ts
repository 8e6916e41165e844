import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { START, startTraining, UPLOAD, uploadDataset } from '../../support/operations.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const FILE = flowersCsv();
const FILE_BYTES = Buffer.byteLength(FILE.content);
/** Room for seven such files, and a part of another one. */
const MAX_BYTES = 7 * FILE_BYTES + 100;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(
    {
      MAX_TOTAL_DATASET_BYTES: String(MAX_BYTES),
      MAX_QUEUED_RUNS: '5',
      MAX_TRAINING_SECONDS_PER_DAY: '100',
      MAX_OPEN_UPLOADS: '50',
    },
    { worker: false },
  );
});

afterAll(() => server.close());

const CREATE_UPLOAD = `mutation ($bytes: SafeInt!) {
  createUpload(input: { filename: "a.csv", sizeBytes: $bytes }) { id } }`;

test('Workspace.quota tells what the workspace may have and do', async () => {
  const client = await server.signUp();
  const { viewer } = await client.execute<{ viewer: { workspace: { quota: object } } }>(
    `{ viewer { workspace { quota { maxUploadBytes maxTotalDatasetBytes artifactRetention maxConcurrentRuns maxQueuedRuns
      maxTrainingSecondsPerDay maxConcurrentUploads } } } }`,
  );
  expect(viewer.workspace.quota).toEqual({
    ...{ maxUploadBytes: 200_000_000, maxTotalDatasetBytes: MAX_BYTES, artifactRetention: 100, maxConcurrentRuns: 4 },
    ...{ maxQueuedRuns: 5, maxTrainingSecondsPerDay: 100, maxConcurrentUploads: 50 },
  });
});

test('of 50 concurrent uploads of the same file as many are stored as have room, each with all of its bytes', async () => {
  const client = await server.signUp();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => client.requestWithFile(UPLOAD, FILE, { input: { name: `copy ${n}` } })),
  );
  const codes = answers.flatMap(({ errors }) => errors).map(({ extensions }) => extensions.code);
  expect(codes).toEqual(Array.from({ length: 43 }, () => 'QUOTA_EXCEEDED'));
  const usage = '{ viewer { workspace { usage { datasets datasetBytes } } } }';
  expect(await client.execute(usage)).toEqual({
    viewer: { workspace: { usage: { datasets: 7, datasetBytes: 7 * FILE_BYTES } } },
  });
  // What is deleted makes room.
  const { datasets } = await client.execute<{ datasets: { nodes: { id: string }[] } }>('{ datasets { nodes { id } } }');
  await client.execute('mutation ($id: ID!) { deleteDataset(id: $id) { status } }', { id: datasets.nodes[0]?.id });
  await uploadDataset(client, FILE, { name: 'after' });
});

test('the bytes of open uploads count from their beginning, of 40 concurrent ones exactly', async () => {
  const client = await server.signUp();
  await uploadDataset(client, FILE);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () =>
      client.request<{ createUpload: { id: string } }>(CREATE_UPLOAD, { bytes: FILE_BYTES }),
    ),
  );
  const begun = answers.flatMap(({ data }) => data?.createUpload ?? []);
  expect(begun).toHaveLength(6);
  expect((await client.requestWithFile(UPLOAD, FILE, { input: {} })).errors[0]?.extensions.code).toBe('QUOTA_EXCEEDED');
  await client.execute('mutation ($id: ID!) { abortUpload(id: $id) { id } }', { id: begun[0]?.id });
  await uploadDataset(client, FILE);
});

test('of 50 concurrent starts of trainings as many are queued as may wait', async () => {
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, FILE);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => client.request(START, { input: { datasetId, algorithm: 'BASELINE' } })),
  );
  const codes = answers.flatMap(({ errors }) => errors).map(({ extensions }) => extensions.code);
  expect(codes).toEqual(Array.from({ length: 45 }, () => 'QUOTA_EXCEEDED'));
});

test('trainings are refused once those of the last 24 hours have worked for as long as they may, also deleted ones', async () => {
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, FILE);
  const input = { datasetId, algorithm: 'BASELINE' };
  const id = await startTraining(client, input);
  const worked = async (started: string, finished: string) =>
    await server.database
      .owner`update training_runs set status = 'FAILED', stage = 'DONE', end_reason = 'FAILED', error_code = 'INTERNAL_ERROR',
      error_message = 'made up', attempt = 1, started_at = now() - ${started}::interval, finished_at = now() - ${finished}::interval
      where id = ${id}`;
  await worked('1 hour', '59 minutes');
  const second = await startTraining(client, input);
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: second });
  await worked('1 hour', '58 minutes');
  expectError((await client.request(START, { input })).errors, 'QUOTA_EXCEEDED');
  await server.database.owner`update training_runs set deleted_at = now() where id = ${id}`;
  expectError((await client.request(START, { input })).errors, 'QUOTA_EXCEEDED');
  // Of what began before the 24 hours only the time within them counts.
  await worked('30 hours', '23 hours 59 minutes');
  await startTraining(client, input);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { START, startTraining, UPLOAD, uploadDataset } from '../../support/operations.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
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
    `{ viewer { workspace { quota { maxUploadBytes maxTotalDatasetBytes maxTotalPredictionBytes artifactRetention maxConcurrentRuns maxQueuedRuns
      maxTrainingSecondsPerDay maxConcurrentUploads } } } }`,
  );
  expect(viewer.workspace.quota).toEqual({
    ...{ maxUploadBytes: 200_000_000, maxTotalDatasetBytes: MAX_BYTES, artifactRetention: 100, maxConcurrentRuns: 4 },
    ...{ maxTotalPredictionBytes: 100_000_000_000 },
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
  await server.database.owner`update training_runs set deleted_at = null where id = ${id}`;
  // Of what began before the 24 hours only the time within them counts.
  await worked('30 hours', '23 hours 59 minutes');
  await startTraining(client, input);
});

test('deleting a run, or its dataset, gives no working time back', async () => {
  const client = await server.signUp();
  const { owner } = server.database;
  for (const remove of ['deleteTrainingRun', 'deleteDataset']) {
    const { id: datasetId } = await uploadDataset(client, FILE);
    const input = { datasetId, algorithm: 'BASELINE' };
    const id = await startTraining(client, input);
    await owner`update training_runs set status = 'FAILED', stage = 'DONE', end_reason = 'FAILED', error_code = 'INTERNAL_ERROR',
      error_message = 'made up', attempt = 1, started_at = now() - interval '1 hour', finished_at = now() - interval '1 hour' + interval '60 s'
      where id = ${id}`;
    const removed = remove === 'deleteDataset' ? datasetId : id;
    await client.execute(`mutation ($id: ID!) { ${remove}(id: $id) { __typename } }`, { id: removed });
    await eventually(async () => expect(await owner`select from training_runs where id = ${id}`).toHaveLength(0));
  }
  // Sixty seconds each: the limit is a hundred.
  const { id: datasetId } = await uploadDataset(client, FILE);
  const input = { datasetId, algorithm: 'BASELINE' };
  expectError((await client.request(START, { input })).errors, 'QUOTA_EXCEEDED');
  await owner`update removed_training_time set started_at = started_at - interval '1 day', finished_at = finished_at - interval '1 day'`;
  const id = await startTraining(client, input);
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  await client.execute('mutation ($id: ID!) { deleteTrainingRun(id: $id) { __typename } }', { id });
  // What is older than a day is forgotten.
  expect(await owner`select from removed_training_time where finished_at < now() - interval '1 day'`).toEqual([]);
});

const INSPECT = 'mutation ($file: Upload!) { inspectDataset(file: $file) { accepted } }';

test('of 50 files that a workspace uploads and inspects at once, over two processes, as many are taken as it may have', async () => {
  const settings = { MAX_OPEN_UPLOADS: '7', ...SECRETS };
  const limited = endsWithTest(await startTestServer(settings, { worker: false }));
  const other = endsWithTest(
    await startApiProcess(limited.config, limited.database.access, createLogger('fatal', 'test')),
  );
  const client = await limited.signUp();
  const beside = new TestClient(other.url, client.token);
  const bystander = await limited.signUp();
  const { owner } = limited.database;
  // Each that is taken stays until the barrier falls: before its file is stored, or its report is made.
  const lock = await owner.reserve();
  await lock`begin`;
  await lock`lock table dataset_names, datasets in access exclusive mode`;
  const codes: unknown[] = [];
  const sends = Array.from({ length: 50 }, async (_, n) => {
    const sender = n % 2 === 0 ? client : beside;
    const { errors } = await sender.requestWithFile(UPLOAD, FILE, { input: { name: `copy ${n}` } });
    codes.push(...errors.map(({ extensions }) => extensions.code));
  });
  await eventually(() => expect(codes).toEqual(Array.from({ length: 43 }, () => 'QUOTA_EXCEEDED')));
  const refused = await client.requestWithFile(INSPECT, FILE);
  expectError(refused.errors, 'QUOTA_EXCEEDED');
  expect(refused.errors[0]?.message).toContain('7 files at the same time');
  // Another workspace has its own.
  expect((await bystander.requestWithFile(INSPECT, FILE)).errors).toEqual([]);
  await lock`rollback`;
  lock.release();
  await Promise.all(sends);
  expect(codes).toHaveLength(43);
  expect((await client.requestWithFile(INSPECT, FILE)).errors).toEqual([]);
  expect(await owner`select from upload_slots`).toEqual([]);
});

test('a slot of a process that has ended is free after a minute, and one that was refused holds none', async () => {
  const limited = endsWithTest(await startTestServer({ MAX_OPEN_UPLOADS: '1' }, { worker: false }));
  const client = await limited.signUp();
  const { owner } = limited.database;
  const slot = (end: string) => owner`insert into upload_slots (id, workspace_id, expires_at)
    select gen_random_uuid(), workspace_id, now() + ${end}::interval from memberships`;
  await slot('1 minute');
  expectError((await client.requestWithFile(INSPECT, FILE)).errors, 'QUOTA_EXCEEDED');
  await owner`delete from upload_slots`;
  await slot('-1 second');
  expect((await client.requestWithFile(INSPECT, FILE)).errors).toEqual([]);
  expect((await client.requestWithFile(INSPECT, { name: 'a.exe', content: 'a' })).errors).toEqual([]);
  expect(await owner`select from upload_slots`).toEqual([]);
});

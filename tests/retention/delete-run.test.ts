import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const DELETE =
  'mutation ($id: ID!) { deleteTrainingRun(id: $id) { id deleted filesRemoved filesMissing bytesReclaimed } }';

let server: TestServer;
let client: TestClient;
let datasetId: string;
/** On which a training takes long. */
let endlessId: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  endlessId = (await uploadDataset(client, endlessCsv(), { name: 'endless' })).id;
});

afterAll(async () => {
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
  await server.close();
});

test('deleteTrainingRun removes a run with its model, events and evaluation, and leaves its retry', async () => {
  const run = await train(client, { datasetId, algorithm: 'DECISION_TREE' });
  const { retryTraining } = await client.execute<{ retryTraining: { id: string } }>(
    'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
    { id: run.id },
  );
  await eventually(async () => {
    const { trainingRun } = await client.execute<{ trainingRun: { status: string } }>(
      'query ($id: ID!) { trainingRun(id: $id) { status } }',
      retryTraining,
    );
    expect(trainingRun.status).toBe('SUCCEEDED');
  });
  // Both have the same bytes: the file goes with the last of them.
  expect(await client.execute(DELETE, { id: run.id })).toEqual({
    deleteTrainingRun: { id: run.id, deleted: true, filesRemoved: 0, filesMissing: 0, bytesReclaimed: 0 },
  });
  const left = await server.database.owner`select run_id from training_events where run_id = ${run.id}
    union select run_id from training_evaluations where run_id = ${run.id} union select run_id from artifacts where run_id = ${run.id}`;
  expect([...left]).toEqual([]);
  expect(
    await client.execute('query ($id: ID!) { trainingRun(id: $id) { status retryOf { id } } }', retryTraining),
  ).toEqual({ trainingRun: { status: 'SUCCEEDED', retryOf: null } });
  expectError((await client.request(DELETE, { id: run.id })).errors, 'NOT_FOUND');
  expect(await client.execute(DELETE, retryTraining)).toMatchObject({ deleteTrainingRun: { filesRemoved: 1 } });
});

test('a run that is retried again after its retry was deleted makes a new one', async () => {
  const run = await startTraining(client, {
    datasetId: endlessId,
    algorithm: 'GRADIENT_BOOSTING',
    parameters: ENDLESS,
  });
  const cancel = (id: string) => client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  const retry = async () =>
    (
      await client.execute<{ retryTraining: { id: string } }>('mutation ($id: ID!) { retryTraining(id: $id) { id } }', {
        id: run,
      })
    ).retryTraining.id;
  await cancel(run);
  const first = await retry();
  await cancel(first);
  await client.execute(DELETE, { id: first });
  const second = await retry();
  expect(second).not.toBe(first);
  await cancel(second);
});

test('an active run is refused with its id, and one of another tenant is not found', async () => {
  const id = await startTraining(client, { datasetId: endlessId, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS });
  expectError((await client.request(DELETE, { id })).errors, 'CONFLICT', { argument: 'id', runIds: [id] });
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  const stranger = await server.signUp();
  for (const [caller, of] of [
    [stranger, id],
    [client, 'nothing'],
  ] as const) {
    expectError((await caller.request(DELETE, { id: of })).errors, 'NOT_FOUND');
  }
  expect(await client.execute(DELETE, { id })).toMatchObject({ deleteTrainingRun: { deleted: true, filesRemoved: 0 } });
});

test('pinDataset and pinArtifact set the pin and the time to live, and find nothing of another tenant', async () => {
  const run = await train(client, { datasetId, algorithm: 'LINEAR' });
  const pins = `mutation ($dataset: ID!, $artifact: ID!, $pinned: Boolean!) {
    pinDataset(id: $dataset, pinned: $pinned) { id pinned expiresAt } pinArtifact(id: $artifact, pinned: $pinned) { id pinned } }`;
  const ids = { dataset: datasetId, artifact: run.artifact?.id };
  for (const pinned of [true, true, false]) {
    expect(await client.execute(pins, { ...ids, pinned })).toEqual({
      pinDataset: { id: datasetId, pinned, expiresAt: null },
      pinArtifact: { id: run.artifact?.id, pinned },
    });
  }
  const stranger = await server.signUp();
  const { errors } = await stranger.request(pins, { ...ids, pinned: true });
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
});

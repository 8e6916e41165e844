import { afterAll, beforeAll, expect, test } from 'vitest';
import { housesCsv, noiseCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../../support/endless.ts';
import { expectError } from '../../support/expect-error.ts';
import { endOfRun, START, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  refit refitted warnings metrics { nSamples values { name value } } baseline { values { name value } }
  evaluation { residuals { actual predicted } interval { radius coverage } }
  featureImportances { feature importance } artifact { id sha256 } modelCard } }`;

interface Run {
  readonly refit: boolean;
  readonly refitted: boolean | null;
  readonly warnings: readonly string[];
  readonly artifact: { readonly id: string; readonly sha256: string };
  readonly modelCard: string;
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

async function readRun(id: string): Promise<Run> {
  return (await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun;
}

test('a run that is fitted again has the metrics and evaluation of one that is not, and another model', async () => {
  const { id: datasetId } = await uploadDataset(client, housesCsv());
  const input = { datasetId, algorithm: 'LINEAR', parameters: { folds: 3 } };
  const first = await readRun((await train(client, input)).id);
  const { id } = await train(client, { ...input, refit: true });
  const again = await readRun(id);
  const { artifact, modelCard, refit, refitted, ...told } = again;
  const {
    artifact: artifactOfFirst,
    modelCard: cardOfFirst,
    refit: _no,
    refitted: wasRefitted,
    ...toldOfFirst
  } = first;
  expect(told).toEqual(toldOfFirst);
  expect([refit, refitted, first.refit, wasRefitted]).toEqual([true, true, false, false]);
  expect(artifact.sha256).not.toBe(artifactOfFirst.sha256);
  expect(cardOfFirst).toContain('No step of fitting has seen a test row');
  expect(modelCard).toContain('The delivered model was then fitted again');
  expect(modelCard).toContain('"refit": true');

  const { retryTraining } = await client.execute<{ retryTraining: { id: string } }>(
    'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
    { id },
  );
  await endOfRun(client, retryTraining.id);
  expect((await readRun(retryTraining.id)).artifact.sha256).toBe(artifact.sha256);

  const { compareRuns } = await client.execute<{ compareRuns: { parameters: object[] } }>(
    'query ($ids: [ID!]!) { compareRuns(ids: $ids) { parameters { name values differs } } }',
    { ids: [id, retryTraining.id] },
  );
  expect(compareRuns.parameters).toContainEqual({ name: 'run.refit', values: ['true', 'true'], differs: false });
});

test('a key speaks of the same request without refit and with refit: false, and of another with refit: true', async () => {
  const { id: datasetId } = await uploadDataset(client, housesCsv());
  const input = { datasetId, algorithm: 'BASELINE', idempotencyKey: 'fit-again' };
  const id = await startTraining(client, input);
  expect(await startTraining(client, { ...input, refit: false })).toBe(id);
  expect(await startTraining(client, { ...input, refit: null })).toBe(id);
  const { errors } = await client.request(START, { input: { ...input, refit: true } });
  expectError(errors, 'IDEMPOTENCY_CONFLICT');
  await endOfRun(client, id);
});

test('a training that is stopped before keeps the first model, and says so', async () => {
  const { id: datasetId } = await uploadDataset(client, endlessCsv());
  const id = await startTraining(client, { datasetId, parameters: ENDLESS, refit: true });
  for await (const { trainingEvents: event } of client.subscribe<{ trainingEvents: { kind: string } }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { kind } }',
    { id },
  )) {
    if (event.kind === 'METRIC') await stopTraining(client, id);
  }
  expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED' });
  const { refit, refitted, warnings, modelCard } = await readRun(id);
  expect([refit, refitted]).toEqual([true, false]);
  expect(warnings.join()).toContain('before the model was fitted again to all rows');
  expect(modelCard).toContain('No step of fitting has seen a test row');
});

test('a batch prediction knows the test rows as rows that the model was trained on', async () => {
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  const warningsOf = async (refit: boolean): Promise<string> => {
    const { artifact } = await train(client, { datasetId, target: 'answer', algorithm: 'LINEAR', refit });
    const { startBatchPrediction } = await client.execute<{ startBatchPrediction: { id: string } }>(
      'mutation ($input: StartBatchPredictionInput!) { startBatchPrediction(input: $input) { id } }',
      { input: { artifactId: artifact?.id, datasetId } },
    );
    let warnings: readonly { readonly message: string }[] = [];
    for await (const { batchPredictionProgress } of client.subscribe<{
      batchPredictionProgress: { warnings: readonly { readonly message: string }[] };
    }>('subscription ($id: ID!) { batchPredictionProgress(id: $id) { warnings { code message } } }', {
      id: startBatchPrediction.id,
    })) {
      ({ warnings } = batchPredictionProgress);
    }
    return warnings.map(({ message }) => message).join('\n');
  };
  expect(await warningsOf(false)).toContain('240 of 300');
  expect(await warningsOf(true)).toContain('300 of 300');
});

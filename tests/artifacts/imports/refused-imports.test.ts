import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceBytes } from '../../ml/foreign/reference-rows.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { countHeld, holdWrites } from '../../support/hold-writes.ts';
import { addMember } from '../../support/members.ts';
import { endOfRun, uploadDataset } from '../../support/operations.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import {
  csvOf,
  IMPORT,
  type ImportPayload,
  importAccepted,
  importReference,
  modelFile,
  predict,
  referenceRows,
  withTexts,
} from './import-operations.ts';

const FILE = 'xgb-logistic.json';
const INPUT = { format: 'XGBOOST_JSON', name: 'churn', target: 'y', task: 'CLASSIFICATION' };

let server: TestServer;
let client: TestClient;
let dataset: string;

beforeAll(async () => {
  server = await startTestServer({ MAX_MODEL_IMPORT_BYTES: '2000000' });
  client = await server.signUp();
  const rows = referenceRows(FILE, 400).rows.map((row, index) => {
    return { ...withTexts(row), words: index % 2 === 0 ? 'red' : 'blue', y: ['no', 'yes', 'maybe'][index % 3] };
  });
  dataset = (await uploadDataset(client, { name: 'rows.csv', content: csvOf(rows) })).id;
});

afterAll(() => server.close());

async function counts() {
  const [row] = await server.database.owner`select (select count(*)::int from training_runs) as runs,
    (select count(*)::int from artifacts) as models, (select count(*)::int from blobs) as blobs`;
  return { ...row, stored: await storedFiles(server), temporary: await temporaryFiles(server) };
}

describe('a file that cannot be used is refused with a report, and nothing of it is kept', () => {
  /** A model that is valid, but for the first numbers of a list of its first tree. */
  const damaged = (list: string, begin: string) =>
    new TextDecoder().decode(referenceBytes(FILE)).replace(new RegExp(`"${list}":\\[-?\\d+`), `"${list}":[${begin}`);
  test.each([
    ['an empty file', () => '', 'MODEL_FILE_MALFORMED'],
    ['a file of another format', () => 'a,b\n1,2\n', 'MODEL_FILE_MALFORMED'],
    ['one that breaks off', () => new Uint8Array(referenceBytes(FILE).subarray(0, 5_000)), 'MODEL_FILE_MALFORMED'],
    ['JSON that is no model', () => '{"learner": {}}', expect.stringMatching(/^MODEL_FILE_/)],
    ['deeply nested JSON', () => '['.repeat(500_000), expect.stringMatching(/^MODEL_FILE_/)],
    ['a tree with a cycle', () => damaged('left_children', '0'), 'MODEL_FILE_INVALID'],
    ['a child that does not exist', () => damaged('right_children', '1000000'), 'MODEL_FILE_INVALID'],
  ])('%s', async (_, content, code) => {
    const before = await counts();
    const { importModel } = await client.executeWithFile<{ importModel: ImportPayload }>(
      IMPORT,
      { name: 'model.json', content: content() },
      { input: INPUT },
    );
    expect(importModel).toMatchObject({
      artifact: null,
      report: [{ code, severity: 'ERROR', hint: expect.any(String) }],
    });
    expect(await counts()).toEqual(before);
  });

  test('a file that is too large', async () => {
    const before = await counts();
    const answer = await client.requestWithFile(
      IMPORT,
      { name: 'm.json', content: ' '.repeat(2_000_001) },
      { input: INPUT },
    );
    expectError(answer.errors, 'PAYLOAD_TOO_LARGE', {
      argument: 'file',
      hint: expect.stringContaining('MAX_MODEL_IMPORT_BYTES'),
    });
    expect(await counts()).toEqual(before);
  });
});

describe('what is named and does not fit the model is told by its argument', () => {
  test.each([
    ['task', { task: 'REGRESSION' }],
    ['labels', { labels: ['a', 'b', 'c'] }],
    ['labels', { labels: ['a', 'a'] }],
    ['features', { features: ['a', 'b'] }],
    ['features', { features: ['a', 'b', 'c', 'd', 'e', 'e'] }],
    ['features', { features: ['a', 'b', 'c', 'd', 'e', 'y'] }],
    ['target', { target: 'a' }],
    ['name', { name: ' ' }],
  ])('%s: %o', async (argument, input) => {
    const before = await counts();
    const answer = await client.requestWithFile(IMPORT, modelFile(FILE), { input: { ...INPUT, ...input } });
    expectError(answer.errors, 'BAD_USER_INPUT', { argument: `input.${argument}` });
    expect(await counts()).toEqual(before);
  });

  test.each<[string, object, string]>([
    ['labels', {}, 'the target has three values'],
    ['labels', { labels: ['0', '1'] }, 'the target has none of them'],
    ['target', { target: 'z' }, 'the dataset has no such column'],
    ['features', { labels: ['no', 'yes'], features: ['a', 'b', 'c', 'd', 'e', 'zzz'] }, 'one is no column'],
    ['datasetId', { labels: ['no', 'yes'], features: ['words', 'b', 'c', 'd', 'e', 'unused'] }, 'one holds texts'],
    [
      'datasetId',
      { labels: ['no', 'yes'], features: ['a', 'b', 'c', 'words', 'e', 'unused'] },
      'one has too few categories',
    ],
  ])('%s of a dataset, with %o: %s', async (argument, input, _) => {
    const answer = await client.requestWithFile(IMPORT, modelFile(FILE), {
      input: { ...INPUT, datasetId: dataset, ...input },
    });
    expectError(answer.errors, 'BAD_USER_INPUT', { argument: `input.${argument}`, hint: expect.any(String) });
  });

  test('a dataset that the workspace does not have', async () => {
    const other = await server.signUp();
    for (const owner of [other, client]) {
      const datasetId = owner === other ? dataset : 'nonsense';
      const answer = await owner.requestWithFile(IMPORT, modelFile(FILE), { input: { ...INPUT, datasetId } });
      expectError(answer.errors, 'NOT_FOUND');
    }
  });
});

test('whoever may only read imports nothing; another workspace does not see a model', async () => {
  const reader = await addMember(server, client, 'READER');
  const refused = await reader.client.requestWithFile(IMPORT, modelFile(FILE), { input: INPUT });
  expectError(refused.errors, 'FORBIDDEN');
  const { id } = await importAccepted(client, FILE, { task: 'CLASSIFICATION' });
  const other = await server.signUp();
  expect(await other.execute('query ($id: ID!) { artifact(id: $id) { id } }', { id })).toEqual({ artifact: null });
});

test('an evaluation that is cancelled leaves the model, and no metrics', async () => {
  const release = await holdWrites(server, 'training_evaluations');
  const input = { task: 'CLASSIFICATION', datasetId: dataset, labels: ['no', 'yes'] };
  try {
    const artifact = await importAccepted(client, FILE, input);
    await eventually(async () => expect(await countHeld(server)).toBeGreaterThan(0));
    await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: artifact.runId });
    await release();
    expect(await endOfRun(client, artifact.runId)).toMatchObject({
      status: 'CANCELLED',
      artifact: { id: artifact.id },
    });
    const [row] = referenceRows(FILE, 1).rows.map(withTexts);
    expect(await predict(client, artifact.id, [row ?? {}])).toHaveLength(1);
  } finally {
    await release().catch(() => undefined);
  }
});

test('labels that the model does not know are told of', async () => {
  const { artifact } = await importReference(client, FILE, {
    ...{ task: 'CLASSIFICATION', datasetId: dataset, labels: ['no', 'yes'] },
  });
  const run = await endOfRun(client, artifact?.runId ?? '');
  expect(run.status).toBe('SUCCEEDED');
  const { trainingRun } = await client.execute<{ trainingRun: { warnings: string[] } }>(
    'query ($id: ID!) { trainingRun(id: $id) { warnings } }',
    { id: run.id },
  );
  expect(trainingRun.warnings).toContainEqual(expect.stringContaining('labels that the model does not know: maybe'));
});

test('a model that is deleted before its evaluation begins fails it with words', async () => {
  const alone = await startTestServer({}, { worker: false });
  try {
    const owner = await alone.signUp();
    const rows = referenceRows(FILE, 400).rows.map((row, index) => ({ ...withTexts(row), y: index % 2 }));
    const datasetId = (await uploadDataset(owner, { name: 'rows.csv', content: csvOf(rows) })).id;
    const artifact = await importAccepted(owner, FILE, { task: 'CLASSIFICATION', datasetId });
    await owner.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { id } }', { id: artifact.id });
    await alone.startWorker();
    expect(await endOfRun(owner, artifact.runId)).toMatchObject({ status: 'FAILED', error: { code: 'MODEL_DELETED' } });
  } finally {
    await alone.close();
  }
});

test('every stored file is counted', async () => {
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { createRowPredictor } from '../../src/runtime/predict/predict-row.ts';
import { expectError } from '../support/expect-error.ts';
import { endOfRun, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { predictBatch } from './batch/batch-operations.ts';

const GOOD = ['quick delivery', 'works well', 'great value', 'very happy'];
const BAD = ['arrived broken', 'never again', 'money back', 'box was torn'];

let server: TestServer;
let client: TestClient;
let datasetId: string;

/** Reviews of words that tell a verdict, each text another one. */
function reviewsCsv(): { readonly name: string; readonly content: string } {
  const lines = Array.from({ length: 240 }, (_, row) => {
    const words = row % 2 === 0 ? GOOD : BAD;
    const note = `order ${row}: ${words[row % 4]} and ${words[(row * 7 + 1) % 4]}, said customer ${row * 13}`;
    return `${row % 40 === 0 ? '' : `"${note}"`},${(row * 37) % 50},${row % 2 === 0 ? 'good' : 'bad'}`;
  });
  return { name: 'reviews.csv', content: `note,size,verdict\n${lines.join('\n')}\n` };
}

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  datasetId = (await uploadDataset(client, reviewsCsv())).id;
});

afterAll(() => server.close());

const PREDICT = `query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) {
  predictions { label probabilities { label probability } contributions(limit: 5) { feature contribution } } } }`;

interface Predicted {
  readonly label: string;
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
  readonly contributions: readonly { readonly feature: string; readonly contribution: number }[];
}

const ROWS = [
  { note: 'quick delivery, great value', size: 20 },
  { note: 'arrived broken, money back', size: 20 },
  { note: null, size: 20 },
  { note: 'zzyzx qwerty', size: 20 },
  { note: ' n/a ', size: 20 },
];

const RUN = `query ($id: ID!) { trainingRun(id: $id) { refitted artifact { id sha256 inputs { name kind categories min max } } } }`;

interface Run {
  readonly refitted: boolean;
  readonly artifact: { readonly id: string; readonly sha256: string; readonly inputs: readonly object[] };
}

async function readRun(id: string): Promise<Run> {
  return (await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun;
}

test.each([
  ['LINEAR', { folds: 3 }],
  ['GRADIENT_BOOSTING', { folds: 3, trees: 30 }],
])(
  'a column of free text that is named is trained on and predicted with, all the way: %s',
  async (algorithm, parameters) => {
    const input = { datasetId, algorithm, target: 'verdict', features: ['note', 'size'], parameters, refit: true };
    const { id } = await train(client, input);
    const run = await readRun(id);
    expect(run.refitted).toBe(true);
    expect(run.artifact.inputs).toMatchObject([
      { name: 'note', kind: 'TEXT', categories: [] },
      { name: 'size', kind: 'NUMERIC' },
    ]);
    const artifactId = run.artifact.id;

    const { predict } = await client.execute<{ predict: { predictions: readonly Predicted[] } }>(PREDICT, {
      id: artifactId,
      rows: ROWS,
    });
    const { predictions } = predict;
    expect(predictions.slice(0, 2).map(({ label }) => label)).toEqual(['good', 'bad']);
    // A missing text is one whether it is null or says so.
    expect(predictions[2]).toEqual(predictions[4]);
    expect(predictions[0]!.contributions[0]!.feature).toBe('note');
    expect(predictions[0]!.contributions.map(({ feature }) => feature).toSorted()).toEqual(['note', 'size']);

    const response = await fetch(`${server.url}/v1/models/${artifactId}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
      body: JSON.stringify({ dataframe_records: ROWS }),
    });
    expect(await response.json()).toEqual({ predictions: predictions.map(({ label }) => label) });

    // The same rows as a file, of which half speak of other things.
    const lines = Array.from({ length: 60 }, (_, row) => `${['arrived broken', 'zzyzx', ''][row % 3]},${row},bad`);
    const moved = await uploadDataset(client, {
      name: 'moved.csv',
      content: `note,size,verdict\n${lines.join('\n')}\n`,
    });
    const batch = await predictBatch(client, { artifactId, datasetId: moved.id });
    expect(batch.drift?.find(({ column }) => column === 'note')).toMatchObject({ missingNow: 1 / 3 });
    expect(batch.rowCount).toBe(60);
    expect(batch.preview[0]?.label).toBe('bad');

    const { createDownload: link } = await client.execute<{ createDownload: { url: string } }>(
      'mutation ($input: DownloadInput!) { createDownload(input: $input) { url } }',
      { input: { artifactId, format: 'TRAINYARD_JSON' } },
    );
    const predictRow = createRowPredictor(parseModel(await (await fetch(link.url)).text()));
    for (const [i, row] of ROWS.entries()) {
      const own = predictRow(row);
      const labels = own.task === 'CLASSIFICATION' ? own.labels : [];
      const probabilities = own.task === 'CLASSIFICATION' ? own.probabilities : new Float64Array(0);
      const byLabel = new Map(predictions[i]!.probabilities.map(({ label, probability }) => [label, probability]));
      expect(labels.map((label) => byLabel.get(label))).toEqual([...probabilities]);
    }
    const { errors } = await client.request(
      'mutation ($input: DownloadInput!) { createDownload(input: $input) { url } }',
      {
        input: { artifactId, format: 'ONNX' },
      },
    );
    expectError(errors, 'BAD_USER_INPUT', { argument: 'input.format' });
    expect(errors[0]?.message).toMatch('note');

    const { retryTraining } = await client.execute<{ retryTraining: { id: string } }>(
      'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
      { id },
    );
    await endOfRun(client, retryTraining.id);
    expect((await readRun(retryTraining.id)).artifact.sha256).toBe(run.artifact.sha256);
  },
);

test('a column of free text that is not named is no feature', async () => {
  const { id } = await train(client, { datasetId, algorithm: 'LINEAR', target: 'verdict' });
  expect((await readRun(id)).artifact.inputs).toMatchObject([{ name: 'size' }]);
});

import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fraudCsv } from '../../support/csv-files.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { batchFile, predictBatch } from './batch-operations.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

const PREDICT = `query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) {
  predictions { probabilities { label probability } warnings { column code } } } }`;

interface Prediction {
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
  readonly warnings: readonly { readonly column: string; readonly code: string }[];
}

/** Days first, decimal commas, and "none" for a missing soil. */
function trainingLine(index: number): string {
  const [day, month] = [1 + ((index * 5) % 28), 1 + (index % 12)];
  const size = ((index * 7) % 50) / 2;
  const two = (value: number) => String(value).padStart(2, '0');
  const soil = ['wet', 'dry', 'none'][index % 3];
  const kind = size + month * 2 > 24 || soil === 'none' ? 'rose' : 'daisy';
  return `${size.toFixed(1).replace('.', ',')};${two(day)}/${two(month)}/2024;${soil};${kind}`;
}

test('a batch file is read by the number formats, the order of dates and the missing tokens of the training', async () => {
  const lines = Array.from({ length: 240 }, (_, index) => trainingLine(index));
  const content = `size;when;soil;kind\n${lines.join('\n')}\n`;
  const { id: datasetId } = await uploadDataset(
    client,
    { name: 'flowers.csv', content },
    { csv: { missingTokens: ['none'] } },
  );
  const { artifact } = await train(client, { datasetId, target: 'kind', algorithm: 'GRADIENT_BOOSTING' });
  const artifactId = artifact?.id ?? '';
  // By themselves these are a constant, a date of either order, and three labels.
  const batch = await uploadDataset(client, {
    name: 'new.csv',
    content: 'soil,when,size\nnone,03/04/2024,"7,5"\nwet,03/04/2024,"7,5"\ndry,04/03/2024,"7,5"\n',
  });
  const { id, warnings } = await predictBatch(client, { artifactId, datasetId: batch.id });
  const rows = parse(await batchFile(client, id), { columns: true }) as Record<string, string>[];
  const [thirdOfApril, fourthOfMarch] = [Date.UTC(2024, 3, 3), Date.UTC(2024, 2, 4)];
  const { predict } = await client.execute<{ predict: { predictions: readonly Prediction[] } }>(PREDICT, {
    id: artifactId,
    rows: [
      { size: 7.5, when: thirdOfApril, soil: null },
      { size: 7.5, when: thirdOfApril, soil: 'wet' },
      { size: 7.5, when: fourthOfMarch, soil: 'dry' },
    ],
  });
  const written = rows.map((row) => [Number(row['probability_daisy']), Number(row['probability_rose'])]);
  const expected = predict.predictions.map(({ probabilities }) =>
    ['daisy', 'rose'].map((label) => probabilities.find((each) => each.label === label)?.probability),
  );
  expect(written).toEqual(expected);
  expect(new Set(written.map(String)).size).toBe(3);
  expect(warnings).toEqual([]);
});

test.each([
  { rows: 1, ofThem: '100 %' },
  { rows: 3, ofThem: '33.3 %' },
  { rows: 40, ofThem: '2.5 %' },
])('a message says in how many rows a value cannot be read: 1 of $rows', async ({ rows, ofThem }) => {
  const { id: datasetId } = await uploadDataset(client, fraudCsv());
  const { artifact } = await train(client, { datasetId, target: 'outcome', algorithm: 'LINEAR' });
  const lines = Array.from({ length: rows }, (_, index) => `${index === 0 ? '"7,5"' : index},${index % 24}`);
  const batch = await uploadDataset(client, { name: 'few.csv', content: `amount,hour\n${lines.join('\n')}\n` });
  const { warnings } = await predictBatch(client, { artifactId: artifact?.id, datasetId: batch.id });
  expect(warnings.map(({ column, code, message }) => [column, code, message.split(' the value ')[0]])).toEqual([
    ['amount', 'UNREADABLE_VALUE', `In ${ofThem} of the rows`],
    ['amount', 'MISSING_VALUE', `In ${ofThem} of the rows`],
  ]);
});

test('the figures of one label are about the positive class of the run', async () => {
  const { id: datasetId } = await uploadDataset(client, fraudCsv());
  for (const positiveClass of ['fraud', 'legit']) {
    const { artifact } = await train(client, { datasetId, target: 'outcome', algorithm: 'LINEAR', positiveClass });
    const other = await uploadDataset(client, fraudCsv(410), { name: positiveClass });
    const { id } = await predictBatch(client, { artifactId: artifact?.id, datasetId: other.id });
    const { batchPrediction } = await client.execute(
      'query ($id: ID!) { batchPrediction(id: $id) { evaluation { positiveClass } } }',
      { id },
    );
    expect(batchPrediction).toEqual({ evaluation: { positiveClass } });
  }
});

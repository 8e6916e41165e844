import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toCell } from '../../../src/training/evaluations/predictions-csv.ts';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient, TestFile } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

const DOWNLOAD =
  'mutation ($id: ID) { createDownload(input: { trainingRunId: $id }) { url filename sizeBytes expiresAt } }';

interface Download {
  readonly url: string;
  readonly filename: string;
  readonly sizeBytes: number | null;
}

async function download(id: string, as = client): Promise<Download> {
  return (await as.execute<{ createDownload: Download }>(DOWNLOAD, { id })).createDownload;
}

/** The records of the file, by their columns. */
async function predictionsOf(id: string): Promise<Record<string, string>[]> {
  const response = await fetch((await download(id)).url);
  expect(response.status).toBe(200);
  return parse(await response.text(), { columns: true });
}

/** The values of a column of an uploaded file, by the numbers of its rows. */
function columnOf(file: TestFile, name: string): Map<number, string> {
  const records: Record<string, string>[] = parse(String(file.content), { columns: true });
  return new Map(records.map((record, index) => [index + 1, record[name] ?? '']));
}

async function metricsOf(id: string): Promise<Record<string, number>> {
  const { trainingRun } = await client.execute<{ trainingRun: { metrics: Record<string, number> } }>(
    `query ($id: ID!) { trainingRun(id: $id) { metrics { nSamples
      ... on ClassificationMetrics { accuracy } ... on RegressionMetrics { mse } } } }`,
    { id },
  );
  return trainingRun.metrics;
}

test('the predictions of a classifier name each test row, and give the accuracy of the run', async () => {
  const file = flowersCsv(400);
  const { id: datasetId } = await uploadDataset(client, file);
  const { id } = await train(client, { datasetId, algorithm: 'DECISION_TREE', target: 'kind' });
  expect(await download(id)).toMatchObject({ filename: `predictions-${id}.csv`, sizeBytes: null });
  const records = await predictionsOf(id);
  const metrics = await metricsOf(id);
  expect(records).toHaveLength(metrics['nSamples'] ?? 0);
  const kinds = columnOf(file, 'kind');
  for (const { row, actual } of records) expect(kinds.get(Number(row))).toBe(actual);
  expect(new Set(records.map(({ row }) => row)).size).toBe(records.length);
  const hits = records.filter(({ actual, predicted }) => actual === predicted).length;
  expect(hits / records.length).toBeCloseTo(metrics['accuracy'] ?? 0, 12);
  for (const record of records) {
    const [ofActual, ofPositive] = [Number(record['probability_of_actual']), Number(record['probability_of_daisy'])];
    expect(ofPositive).toBeCloseTo(record['actual'] === 'daisy' ? ofActual : 1 - ofActual, 5);
  }
});

test('the predictions of a regressor are those that its errors come from', async () => {
  const file = housesCsv(300);
  const { id: datasetId } = await uploadDataset(client, file);
  const { id } = await train(client, { datasetId, algorithm: 'LINEAR', target: 'price' });
  const records = await predictionsOf(id);
  const prices = columnOf(file, 'price');
  for (const { row, actual } of records) expect(Number(prices.get(Number(row)))).toBe(Number(actual));
  const squares = records.map(({ actual, predicted }) => (Number(actual) - Number(predicted)) ** 2);
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  expect(mean).toBeCloseTo((await metricsOf(id))['mse'] ?? 0, 6);
});

test('labels that a spreadsheet would run as formulas are harmless in the file, and others as they are', async () => {
  const labels = ['=1+1', '@sum', 'a "quoted", one'];
  const rows = Array.from({ length: 90 }, (_, row) => `${row % 3},${labels.map(quote)[row % 3]}`);
  const { id: datasetId } = await uploadDataset(client, {
    name: 'labels.csv',
    content: `x,kind\n${rows.join('\n')}\n`,
  });
  const { id } = await train(client, { datasetId, algorithm: 'DECISION_TREE', target: 'kind' });
  const found = new Set((await predictionsOf(id)).map(({ actual }) => actual));
  expect(found).toEqual(new Set(["'=1+1", "'@sum", 'a "quoted", one']));
});

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

test('a file that is written while it is read has no ranges, and answers HEAD', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv(80));
  const { id } = await train(client, { datasetId, algorithm: 'BASELINE' });
  const { url } = await download(id);
  const whole = await (await fetch(url)).text();
  const response = await fetch(url, { headers: { range: 'bytes=5-' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('accept-ranges')).toBe('none');
  expect(response.headers.get('content-disposition')).toContain('attachment');
  expect(await response.text()).toBe(whole);
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

describe('there is no file', () => {
  test('of a run that has not ended, of one that is deleted, of an unknown one, and of another workspace', async () => {
    const { id: datasetId } = await uploadDataset(client, flowersCsv(70));
    const { id } = await train(client, { datasetId, algorithm: 'BASELINE' });
    const { url } = await download(id);
    const waiting = await startTestServer({}, { worker: false });
    try {
      const owner = await waiting.signUp();
      const queued = await startTraining(owner, {
        ...{ datasetId: (await uploadDataset(owner, flowersCsv())).id, algorithm: 'BASELINE' },
      });
      expect(await refusalOf(owner, queued)).toBe('NOT_FOUND');
    } finally {
      await waiting.close();
    }
    expect(await refusalOf(await server.signUp(), id)).toBe('NOT_FOUND');
    expect(await refusalOf(client, datasetId)).toBe('NOT_FOUND');
    expect(await refusalOf(client, 'none')).toBe('NOT_FOUND');
    await client.execute('mutation ($id: ID!) { deleteTrainingRun(id: $id) { id } }', { id });
    expect(await refusalOf(client, id)).toBe('NOT_FOUND');
    expect((await fetch(url)).status).toBe(404);
  });

  async function refusalOf(as: TestClient, id: string): Promise<string | undefined> {
    return (await as.request(DOWNLOAD, { id })).errors[0]?.extensions.code;
  }
});

test.each([
  ['plain', 'plain'],
  ['=cmd()', "'=cmd()"],
  ['+49 30', "'+49 30"],
  ['-yes', "'-yes"],
  ['@a', "'@a"],
  ['\tx', "'\tx"],
  ['-1.5', '-1.5'],
  ['+2e-7', '+2e-7'],
  ['=1,"2"', '"\'=1,""2"""'],
  ['two\nlines', '"two\nlines"'],
])('the text %j is the cell %j', (text, cell) => {
  expect(toCell(text)).toBe(cell);
});

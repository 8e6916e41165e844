import { parse } from 'csv-parse/sync';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchFile, predictBatch } from '../predictions/batch/batch-operations.ts';
import { train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openModelPage } from './support/model-page.ts';
import { startBrowser } from './support/shared-browser.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Homes, of which the dear ones sell; some sizes are missing, and every row is another one. */
function homesCsv(rows: number, shift: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const size = 40 + ((row * 37) % 101) + row / 1_000 + shift;
    const town = ['Aden', 'Bern', 'Cali'][row % 3] ?? '';
    const price = size * 3 + (row % 3) * 50;
    return [row % 13 === 0 ? '' : size, row % 50 === 49 ? `Village ${row}` : town, price > 330 ? 'yes' : 'no'].join(
      ',',
    );
  });
  return `size,town,sold\n${lines.join('\n')}\n`;
}

/** The largest difference of two lists of equal length. */
function farthest(these: readonly number[], those: readonly number[]): number {
  expect(those).toHaveLength(these.length);
  return these.reduce((most, value, i) => Math.max(most, Math.abs(value - those[i]!)), 0);
}

async function download(client: TestClient, artifactId: string, format: string): Promise<Uint8Array> {
  const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
    `mutation ($id: ID!) { createDownload(input: { artifactId: $id, format: ${format} }) { url } }`,
    { id: artifactId },
  );
  const response = await fetch(createDownload.url);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

test('a model predicts one row, a newer version with its drift, and the same in ONNX Runtime and in the runtime package of a browser', async () => {
  const client = await server.signUp();
  const older = await uploadDataset(client, { name: 'homes.csv', content: homesCsv(400, 0) });
  const parameters = { trees: 30 };
  const run = await train(client, { datasetId: older.id, target: 'sold', algorithm: 'GRADIENT_BOOSTING', parameters });
  const artifactId = run.artifact?.id ?? '';

  const newer = await uploadDataset(client, { name: 'homes.csv', content: homesCsv(300, 60) });
  expect(newer.version).toBe(2);
  const batch = await predictBatch(client, { artifactId, datasetId: newer.id });
  expect(batch.metrics?.['accuracy']).toBeGreaterThan(0);
  expect(batch.drift?.find(({ column }) => column === 'size')?.verdict).toBe('STRONG');
  const rows = parse(await batchFile(client, batch.id), { columns: true }) as Record<string, string>[];
  const expected = rows.map((row) => [Number(row['probability_no']), Number(row['probability_yes'])]);
  expect(expected).toHaveLength(300);

  const inputs = rows.map(({ size = '', town }) => ({ size: size === '' ? null : Number(size), town }));
  const { predict } = await client.execute<{
    predict: { predictions: { probabilities: { label: string; probability: number }[] }[] };
  }>(
    'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { probabilities { label probability } } } }',
    { id: artifactId, rows: inputs.slice(0, 1) },
  );
  const one = predict.predictions[0]?.probabilities.find(({ label }) => label === 'yes')?.probability;
  expect(one).toBe(expected[0]?.[1]);

  const page = await openModelPage(browser);
  try {
    const modelFile = new TextDecoder().decode(await download(client, artifactId, 'TRAINYARD_JSON'));
    // The engine of a browser may round Math.exp another way in the last digit.
    expect(farthest(expected.flat(), (await page.runOwn(modelFile, inputs)).flat())).toBeLessThan(1e-12);
    const columns = { size: inputs.map(({ size }) => size), town: inputs.map(({ town = '' }) => town) };
    const onnx = await page.runOnnx(await download(client, artifactId, 'ONNX'), columns, 'probabilities');
    expect(farthest(expected.flat(), onnx)).toBeLessThan(1e-5);
  } finally {
    await page.close();
  }
});

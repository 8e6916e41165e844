import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseCsv } from '../support/csv-files.ts';
import { uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole } from './support/console-user.ts';
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

test('weights and directions are chosen in the form, are part of the address, and stand with the run', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  await page.goto(`/datasets/${datasetId}?tab=train&target=answer&algorithm=DECISION_TREE`);
  await page.getByText('Weights of rows, and directions', { exact: true }).click();
  await page.getByLabel('Rows count by').selectOption('b');
  await page.getByLabel('Predictions go one way with').selectOption('a');
  await page.getByLabel('As a rises, the prediction').waitFor();
  await page.waitForURL(/rising=a/);
  await page.reload();
  expect(await page.getByLabel('Rows count by').inputValue()).toBe('b');
  await page.getByLabel('As a rises, the prediction').selectOption('DECREASING');
  await page.waitForURL(/falling=a/);
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Never rises as these rise').waitFor();
  const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: object[] } }>(
    '{ trainingRuns { nodes { algorithm weightColumn monotone { column direction } } } }',
  );
  expect(trainingRuns.nodes).toContainEqual({
    algorithm: 'DECISION_TREE',
    weightColumn: 'b',
    monotone: [{ column: 'a', direction: 'DECREASING' }],
  });
});

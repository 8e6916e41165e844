import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv, noiseCsv } from '../support/csv-files.ts';
import { uploadDataset } from '../support/operations.ts';
import type { TestClient, TestFile } from '../support/test-client.ts';
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

/** What customers wrote: sentences of which hardly two are alike. */
function reviewsCsv(rows = 60): TestFile {
  const lines = Array.from({ length: rows }, (_, row) => {
    const isGood = row % 2 === 0;
    const said = isGood ? 'was quick and friendly' : 'came late and broken';
    return `"order number ${row * 17} of the shop ${said} on day ${row * 3}",${(row * 37) % 101},${isGood ? 'good' : 'bad'}`;
  });
  return { name: 'reviews.csv', content: `review,price,verdict\n${lines.join('\n')}\n` };
}

async function runsOf(client: TestClient, fields: string): Promise<unknown[]> {
  const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: unknown[] } }>(
    `{ trainingRuns { nodes { ${fields} } } }`,
  );
  return trainingRuns.nodes;
}

test('fitting again to all rows is chosen in the form, is part of the address, and stands with the run', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  await page.goto(`/datasets/${datasetId}?tab=train&target=answer&algorithm=DECISION_TREE&beside=none`);
  const refit = page.getByRole('checkbox', { name: 'Fit the model again to all rows' });
  await page.getByText('Test rows', { exact: true }).click();
  expect(await refit.isChecked()).toBe(false);
  await refit.check();
  await page.waitForURL(/refit=true/);
  await page.reload();
  // Open, because something in it was chosen.
  await refit.waitFor();
  expect(await refit.isChecked()).toBe(true);
  await refit.uncheck();
  await page.waitForURL((url) => !url.searchParams.has('refit'));
  await refit.check();
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
  await page.getByText('was fitted again, to the test rows too').waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Fitted again to all rows').waitFor();
  expect(await runsOf(client, 'algorithm refit refitted')).toEqual([
    { algorithm: 'DECISION_TREE', refit: true, refitted: true },
  ]);
});

test('a column of free text takes part where it is chosen in the form, whose address says so', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, reviewsCsv());
  await page.goto(`/datasets/${datasetId}?tab=train&target=verdict&algorithm=LINEAR`);
  await page.getByText('Columns to learn from').click();
  const text = page.getByRole('group', { name: 'Free text' }).getByRole('checkbox', { name: 'review' });
  expect(await text.isChecked()).toBe(false);
  await text.check();
  await page.waitForURL(/text=review/);
  await page.reload();
  await text.waitFor();
  expect(await text.isChecked()).toBe(true);
  expect(await page.getByRole('checkbox', { name: 'price' }).isChecked()).toBe(true);
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
  expect(await runsOf(client, 'algorithm features')).toEqual([
    { algorithm: 'LINEAR', features: expect.arrayContaining(['price', 'review']) },
  ]);
  await page.getByRole('link', { name: 'Predict' }).click();
  await page.getByLabel('review').fill('order number 3 of the shop came late and broken on day 5');
  await page.getByText('The model says').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

/** The tabs of a run that has ended, and something that each shows. */
const TABS = [
  ['Evaluation', 'ROC curve'],
  ['Importances', 'Permutation importance'],
  ['Model card', 'AUTO for kind of'],
  ['History', 'Succeeded, done'],
  ['Settings', 'Max candidates'],
] as const;

test('the form begins with AUTO and its parameters, and all parts of its page stand at its end', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const broken: Error[] = [];
  page.on('pageerror', (error) => broken.push(error));
  const { id: datasetId } = await uploadDataset(client, flowersCsv(120));
  await page.goto(`/datasets/${datasetId}?tab=train&target=kind&beside=none`);
  expect(await page.getByRole('radio', { name: 'Auto, the default' }).isChecked()).toBe(true);
  await page.getByText('Parameters', { exact: true }).click();
  await page.getByLabel('Time budget seconds').fill('600');
  await page.getByLabel('Folds').fill('2');
  await page.getByLabel('Max candidates').fill('5');
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
  for (const [tab, shown] of TABS) {
    await page.getByRole('link', { name: tab }).click();
    await page.getByText(shown).first().waitFor();
  }
  expect(broken).toEqual([]);
  expect(await runsOf(client, 'algorithm settings { timeBudgetSeconds folds maxCandidates }')).toEqual([
    { algorithm: 'AUTO', settings: { timeBudgetSeconds: 600, folds: 2, maxCandidates: 5 } },
  ]);
});

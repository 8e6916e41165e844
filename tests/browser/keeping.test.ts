import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseCsv } from '../support/csv-files.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer({ RESTORE_WINDOW_DAYS: '7' }), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

test('a deleted dataset is restored from the list of deleted ones, which says until when it can be', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id } = await uploadDataset(client, noiseCsv(50), { name: 'regretted' });
  await page.goto(`/datasets/${id}`);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Delete them' }).click();
  await page.waitForURL(/\?show=deleted$/);
  const row = page.getByRole('row', { name: 'regretted' });
  const inAWeek = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  const { dataset } = await client.execute<{ dataset: { restorableUntil: string } }>(
    'query ($id: ID!) { dataset: datasetDeletion(id: $id) { restorableUntil } }',
    { id },
  );
  await row.getByText(inAWeek.format(new Date(dataset.restorableUntil))).waitFor();
  await row.getByRole('button', { name: 'Restore regretted, version 1' }).click();
  await page.getByRole('heading', { level: 1, name: 'regretted' }).waitFor();
  await page.goto('/?show=deleted');
  await page.getByText('Nothing to restore').waitFor();
  expect(await page.getByRole('button', { name: /^Restore/ }).count()).toBe(0);
});

test('a model is pinned and given an alias, which moves to another model and is taken away', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  const one = await train(client, { datasetId, target: 'answer', algorithm: 'LINEAR' });
  const two = await train(client, { datasetId, target: 'answer', algorithm: 'BASELINE' });
  const aliases = page.getByRole('list', { name: 'Aliases' });
  await page.goto(`/models/${one.artifact?.id}?tab=model`);
  await page.getByRole('button', { name: 'Pin' }).click();
  await page.getByRole('button', { name: 'Unpin' }).waitFor();
  await page.getByLabel('New alias').fill('champion');
  await page.getByRole('button', { name: 'Give it' }).click();
  await aliases.getByText('champion').waitFor();

  await page.goto(`/models/${two.artifact?.id}?tab=model`);
  await page.getByLabel('New alias').fill('champion');
  await page.getByText('It stands for another model now').waitFor();
  await page.getByRole('button', { name: 'Give it' }).click();
  await aliases.getByText('champion').waitFor();
  await page.getByRole('button', { name: 'Remove the alias champion' }).click();
  await aliases.getByText('champion').waitFor({ state: 'detached' });
  const { modelAliases } = await client.execute<{ modelAliases: readonly unknown[] }>('{ modelAliases { name } }');
  expect(modelAliases).toEqual([]);
});

test('a run is named and tagged, and its list shows both', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(100));
  const { id } = await train(client, { datasetId, target: 'answer', algorithm: 'BASELINE' });
  await page.goto(`/runs/${id}?tab=settings`);
  await page.getByLabel('Name').fill('To beat');
  await page.getByLabel('Tags').fill('kept, first');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'To beat' }).waitFor();
  await page.goto('/runs');
  const row = page.getByRole('row', { name: 'To beat' });
  await row.waitFor();
  expect(await row.innerText()).toContain('kept, first');
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { housesCsv, noiseCsv } from '../support/csv-files.ts';
import { train, uploadDataset } from '../support/operations.ts';
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

test('a run with folds shows how they did, and which threshold costs least, by costs that are part of the address', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  const parameters = { folds: 3 };
  const { id } = await train(client, { datasetId, target: 'answer', algorithm: 'LINEAR', parameters });
  await page.goto(`/runs/${id}?tab=evaluation`);
  await page.getByText('3 folds of the').waitFor();
  const cheapest = page.getByRole('row', { name: /cheapest/ });
  const before = await cheapest.innerText();
  await page.getByLabel('Cost of a false alarm').fill('0');
  await page.waitForURL(/alarm=0/);
  // Alarms that cost nothing: none is missed.
  expect(await cheapest.innerText()).not.toBe(before);
  expect((await cheapest.getByRole('cell').allInnerTexts())[1]).toBe('0');
});

test('a predicted number has an interval, and the run says how often it held', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, housesCsv(200));
  const parameters = { folds: 3 };
  const run = await train(client, { datasetId, target: 'price', algorithm: 'LINEAR', parameters });
  await page.goto(`/runs/${run.id}?tab=evaluation`);
  await page.getByRole('heading', { name: 'Prediction interval' }).waitFor();
  await page.getByText(/Of the test rows .+ do/).waitFor();
  await page.goto(`/models/${run.artifact?.id}`);
  const between = await page.getByText(/in 9 of 10 cases between/).innerText();
  const [low = 0, high = 0] = [...between.replace('9 of 10', '').matchAll(/[\d.,]+/g)].map(([text]) =>
    Number(text.replaceAll(',', '')),
  );
  expect(low).toBeGreaterThan(0);
  expect(high).toBeGreaterThan(low);
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endlessCsv } from '../support/endless.ts';
import { endOfRun, startTraining, uploadDataset } from '../support/operations.ts';
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

test('the candidates of an AUTO run come and go before the eyes, and a stop keeps the best of them so far', async () => {
  const { page, client } = await openConsole(browser, server.url);
  // Of twenty labels: the first candidates are quick, and all of them would take minutes.
  const { id: datasetId } = await uploadDataset(client, endlessCsv());
  const parameters = { folds: 2, maxCandidates: 20, timeBudgetSeconds: 3600 };
  const id = await startTraining(client, { datasetId, target: 'answer', algorithm: 'AUTO', parameters });
  await page.goto(`/runs/${id}`);
  const candidates = page.getByRole('region', { name: 'Candidates' });
  const row = (name: string) =>
    candidates.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  await row('Boosting, stumps').filter({ hasText: 'Waiting' }).waitFor();
  await row('Baseline').filter({ hasText: 'Done' }).filter({ hasText: '2 of 2' }).waitFor();
  await candidates.getByRole('row').filter({ hasText: 'Running' }).first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).first().click();
  expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED' });
  await row('Boosting, stumps').filter({ hasText: 'Skipped: the training was stopped' }).waitFor();
  await page.getByRole('img', { name: 'Loss by seconds' }).waitFor();
  const cells = await row('Baseline').getByRole('cell').allInnerTexts();
  expect(cells[2]).toMatch(/^[\d.]+$/);
  expect(cells[3]).toMatch(/^[\d.]+ to [\d.]+$/);
  // Somebody who comes later sees the same.
  await page.reload();
  await row('Baseline').filter({ hasText: 'Done' }).waitFor();
  expect(await row('Baseline').getByRole('cell').allInnerTexts()).toEqual(cells);
});

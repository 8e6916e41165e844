import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AwayApi, startAwayApi } from '../client/away-api.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

/** So long the server is away: not a wait for anything, but what is tested. */
const AWAY_MILLISECONDS = 10_000;

let server: TestServer;
let browser: Browser;
let api: AwayApi;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), startBrowser()]);
});

beforeEach(async () => {
  api = await startAwayApi(server);
});

afterEach(() => api.close());

afterAll(async () => {
  await browser.close();
  await server.close();
});

test('after ten seconds without a server in the middle of a training, its progress and the lists are right again', async () => {
  const { page, client, openWindow } = await openConsole(browser, api.url);
  // The same user at an API process that stays.
  const elsewhere = new TestClient(server.url, client.token);
  const { id: datasetId } = await uploadDataset(elsewhere, endlessCsv());
  const input = { datasetId, target: 'answer', algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS };
  const runId = await startTraining(elsewhere, input);
  const list = await openWindow();
  await Promise.all([page.goto(`/runs/${runId}`), list.goto('/runs')]);
  const rows = list.locator('tbody tr');
  await page.locator('.journey .status', { hasText: 'Running' }).waitFor();
  await rows.filter({ hasText: 'Running' }).waitFor();

  await api.leave();
  await Promise.all([page, list].map((each) => each.getByText('The connection to the server is lost').waitFor()));
  const otherId = await startTraining(elsewhere, { ...input, algorithm: 'BASELINE', parameters: {} });
  await sleep(AWAY_MILLISECONDS);
  await api.comeBack();

  await Promise.all(
    [page, list].map((each) => each.getByText('The connection to the server is lost').waitFor({ state: 'detached' })),
  );
  await list.locator(`a[href="/runs/${otherId}"]`).waitFor();
  expect(await rows.count()).toBe(2);
  await eventually(async () => {
    const { trainingRun } = await elsewhere.execute<{ trainingRun: { progress: number; stage: string } }>(
      'query ($id: ID!) { trainingRun(id: $id) { progress stage } }',
      { id: runId },
    );
    const shown = Number(await page.getByRole('progressbar').getAttribute('aria-valuenow'));
    expect(Math.abs(shown - Math.floor(trainingRun.progress * 100))).toBeLessThanOrEqual(1);
  });
  // It still follows: the end is seen too.
  await stopTraining(elsewhere, runId);
  await page.locator('.journey .status', { hasText: 'Stopped, kept' }).waitFor();
  await rows.filter({ hasText: 'Stopped, kept' }).waitFor();
});

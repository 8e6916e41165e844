import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noiseCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { seriousIn } from './support/axe.ts';
import { type ConsoleUser, openConsole, openSignedOut } from './support/console-user.ts';
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

/** Of a page that has all of its data. */
async function lookAt(page: Page, address: string): Promise<string[]> {
  await page.goto(address);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  // What is folded is looked at too.
  await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
  const found = await seriousIn(page);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  return overflow > 0 ? [...found, `${page.url()} is ${overflow} pixels too wide`] : found;
}

/** The addresses of all pages, for a user with a dataset, two runs and a model. */
async function addressesOf({ client }: ConsoleUser): Promise<string[]> {
  const { id } = await uploadDataset(client, noiseCsv(300));
  const ended = await train(client, { datasetId: id, target: 'answer', parameters: { trees: 20 } });
  const linear = await train(client, { datasetId: id, target: 'answer', algorithm: 'LINEAR' });
  await startTraining(client, { datasetId: id, target: 'a', algorithm: 'DECISION_TREE' });
  const batch = await client.execute<{ startBatchPrediction: { id: string } }>(
    'mutation ($input: StartBatchPredictionInput!) { startBatchPrediction(input: $input) { id } }',
    { input: { artifactId: ended.artifact?.id, datasetId: id } },
  );
  await eventually(async () => {
    const { batchPrediction } = await client.execute<{ batchPrediction: { status: string } }>(
      'query ($id: ID!) { batchPrediction(id: $id) { status } }',
      batch.startBatchPrediction,
    );
    expect(batchPrediction.status).toBe('SUCCEEDED');
  });
  const tabsOf = (path: string, tabs: readonly string[]) => tabs.map((tab) => `${path}?tab=${tab}`);
  return [
    ...['/', '/?show=deleted', '/runs', '/trends', `/compare?runs=${ended.id},${linear.id}`, '/compare', '/nowhere'],
    ...tabsOf(`/datasets/${id}`, ['columns', 'train', 'runs', 'preview', 'issues', 'versions']),
    ...tabsOf(`/runs/${ended.id}`, ['result', 'evaluation', 'importances', 'card', 'settings', 'history']),
    ...tabsOf(`/models/${ended.artifact?.id}`, ['row', 'batch', 'model']),
    ...tabsOf('/account', ['you', 'keys', 'members']),
  ];
}

describe('every page of the console', () => {
  test.each([
    ['light and wide', 'light', 1280],
    ['dark and as narrow as a phone', 'dark', 360],
  ] as const)('axe finds nothing serious on any page, %s, and none is too wide', async (_what, colorScheme, width) => {
    const user = await openConsole(browser, server.url, { colorScheme, viewport: { width, height: 800 } });
    const found = await lookAt(user.page, '/');
    for (const address of await addressesOf(user)) found.push(...(await lookAt(user.page, address)));
    expect(found).toEqual([]);
  });

  test('axe finds nothing serious where nobody is signed in', async () => {
    const page = await openSignedOut(browser, server.url);
    const found: string[] = [];
    for (const address of ['/?enter=sign-in', '/?enter=sign-up', '/reset-password#token=x']) {
      found.push(...(await lookAt(page, address)));
    }
    expect(found).toEqual([]);
  });
});

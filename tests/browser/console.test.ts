import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, noiseCsv } from '../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole, PASSWORD } from './support/console-user.ts';
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

/** Keeps what the browser counts as a shift of the layout from then on: what has moved, and by how much of the window. */
const WATCH_SHIFTS = `window.shifts = []; new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    window.shifts.push([value, ...sources.map(({ node }) => node?.parentElement?.outerHTML.slice(0, 200) ?? '')]);
  }
}).observe({ type: 'layout-shift' })`;

/** Inches are written as quotes, which look like the beginning of a quoted cell. */
const INCHES = `size,weight,kind\n${Array.from({ length: 30 }, (_, row) => `"${row} inch,${row * 3 + 1},${row % 2 ? 'pipe' : 'rod'}`).join('\n')}\n`;

describe('the console', () => {
  test('a refused CSV file is mended in the page, looked at again, and stored', async () => {
    const { page } = await openConsole(browser, server.url);
    await page.goto('/');
    await page.locator('input[type=file]').setInputFiles({
      name: 'inches.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(INCHES),
    });
    await page.getByText('The file cannot be stored as it is').waitFor();
    await page.locator('.issue', { hasText: 'Error' }).first().waitFor();
    await page.getByLabel('Around cells').selectOption('none');
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('The file can be read').waitFor();
    await page.getByLabel('Kind of weight').selectOption('CATEGORICAL');
    await page.getByLabel('Texts that mean “missing”').fill('rod');
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('The file can be read').waitFor();
    await page.getByRole('button', { name: 'Store it' }).click();
    await page.getByRole('heading', { level: 1, name: 'inches' }).waitFor();
    await page.getByRole('link', { name: 'Columns' }).click();
    const kind = page.locator('.card', { has: page.getByRole('heading', { name: 'kind', exact: true }) });
    await kind.getByText('50% missing').waitFor();
    const weight = page.locator('.card', { has: page.getByRole('heading', { name: 'weight', exact: true }) });
    await weight.getByText('Categorical').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/datasets\//);
  });

  test('two windows see the same run, and what one does is seen in the other', async () => {
    const { page, client, openWindow } = await openConsole(browser, server.url);
    const { id: datasetId } = await uploadDataset(client, endlessCsv());
    const other = await openWindow();
    await Promise.all([page.goto('/runs'), other.goto('/runs')]);
    await Promise.all([page, other].map((each) => each.getByText('No runs yet').waitFor()));
    const input = { datasetId, target: 'answer', algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS };
    const id = await startTraining(client, input);
    await Promise.all([page, other].map((each) => each.locator(`a[href="/runs/${id}"]`).waitFor()));
    await page.locator(`a[href="/runs/${id}"]`).click();
    await page.locator('.journey .status', { hasText: 'Running' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.journey .status', { hasText: 'Cancelled' }).waitFor();
    await other.locator('tbody tr', { hasText: 'Cancelled' }).waitFor();
    expect(await other.locator('tbody tr').count()).toBe(1);
  });

  test('a page whose session is ended elsewhere says so, and goes on where it was after signing in again', async () => {
    const { page, client, email } = await openConsole(browser, server.url);
    await page.goto('/trends?task=REGRESSION');
    await page.getByRole('heading', { level: 1, name: 'Trends' }).waitFor();
    await client.execute('mutation { signOut(everywhere: true) { everywhere } }');
    await page.getByText('Your session has ended').waitFor();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Trends' }).waitFor();
    expect(await page.getByLabel('Task').inputValue()).toBe('REGRESSION');
  });

  test('the wrong password is answered beside the form', async () => {
    const { page, email } = await openConsole(browser, server.url);
    await page.context().clearCookies();
    await page.goto('/?enter=sign-in');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill('not this one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').innerText()).not.toBe('');
  });
});

test('a file of one row is stored with a warning, and its form for a training says that it has too few rows', async () => {
  const { page } = await openConsole(browser, server.url);
  await page.goto('/');
  const buffer = Buffer.from('size,kind\n12,rod\n');
  await page.locator('input[type=file]').setInputFiles({ name: 'one.csv', mimeType: 'text/csv', buffer });
  await page.getByText('The file can be read').waitFor();
  await page.getByRole('button', { name: 'Store it' }).click();
  await page.getByRole('heading', { level: 1, name: 'one' }).waitFor();
  await page.getByRole('link', { name: 'Train', exact: true }).click();
  await page.getByText('The file has 1 data row; a training requires at least 10.').waitFor();
  await page.getByLabel('Column to predict').selectOption('kind');
  await page.getByRole('button', { name: 'Start training' }).click();
  const alert = page.getByRole('alert').getByText('The dataset has 1 data row; a training requires at least 10.');
  await alert.waitFor();
  expect(await alert.isVisible()).toBe(true);
});

test('a model predicts all rows of a dataset, whose file and drift are then on the page', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  const { artifact } = await train(client, { datasetId, target: 'answer', algorithm: 'LINEAR' });
  await page.goto(`/models/${artifact?.id}?tab=batch`);
  await page.getByText('No batches yet').waitFor();
  await page.getByRole('button', { name: 'Predict all rows' }).click();
  await page.getByText('Succeeded').waitFor();
  await page.getByText(/Accuracy 0\.\d+, on \d+ rows with a target/).waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the predictions' }).click();
  expect((await downloading).suggestedFilename()).toMatch(/\.csv$/);
  await page.getByText('How the rows differ').click();
  expect(await page.getByRole('row').count()).toBeGreaterThan(6);
});

test('the address of the form to start a training is the form as it was filled in', async () => {
  const { page, client, openWindow } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  await page.goto(`/datasets/${datasetId}?tab=train`);
  await page.getByRole('radio', { name: 'Decision tree' }).check();
  await page.getByRole('checkbox', { name: 'Also train Linear' }).uncheck();
  await page.getByText('Test rows', { exact: true }).click();
  await page.getByLabel('Test rows are').selectOption('GROUP');
  await page.getByLabel('By the column').selectOption('a');
  await page.getByLabel('Share of test rows').fill('35');
  await page.getByLabel('Seed', { exact: true }).first().fill('7');
  await page.getByText('Parameters', { exact: true }).click();
  await page.getByLabel('Max depth').fill('3');
  await page.getByText('Columns to learn from').click();
  await page.getByRole('checkbox', { name: 'b', exact: true }).uncheck();
  const other = await openWindow();
  await other.goto(page.url());
  for (const each of [page, other]) {
    await expect.poll(() => each.getByRole('radio', { name: 'Decision tree' }).isChecked()).toBe(true);
    expect(await each.getByRole('checkbox', { name: 'Also train Linear' }).isChecked()).toBe(false);
    expect(await each.getByLabel('Test rows are').inputValue()).toBe('GROUP');
    expect(await each.getByLabel('By the column').inputValue()).toBe('a');
    expect(await each.getByLabel('Share of test rows').inputValue()).toBe('35');
    expect(await each.getByLabel('Max depth').inputValue()).toBe('3');
    expect(await each.getByRole('checkbox', { name: 'b', exact: true }).isChecked()).toBe(false);
  }
  await other.getByRole('button', { name: 'Start training' }).click();
  await other.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
  const { trainingRuns } = await client.execute(
    '{ trainingRuns { nodes { algorithm features split { strategy column testFraction seed } settings { maxDepth } } } }',
  );
  expect(trainingRuns).toEqual({
    nodes: [
      {
        algorithm: 'DECISION_TREE',
        features: expect.not.arrayContaining(['b']),
        split: { strategy: 'GROUP', column: 'a', testFraction: 0.35, seed: 7 },
        settings: { maxDepth: 3 },
      },
    ],
  });
});

test('the columns of the list of runs stay as they were chosen, and are in the address', async () => {
  const { page, client, openWindow } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  await train(client, { datasetId, algorithm: 'BASELINE' });
  await page.goto('/runs');
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'Took' }).uncheck();
  await page.getByRole('checkbox', { name: 'Target' }).check();
  const heads = ['Compare', 'Run', 'Algorithm', 'Status', 'Progress and result', 'Started', 'Target'];
  const seeHeads = async (each: Page) => {
    await expect.poll(() => each.getByRole('columnheader').allInnerTexts()).toEqual(heads);
  };
  await seeHeads(page);
  expect(new URL(page.url()).searchParams.get('columns')).toBe('algorithm,status,result,started,target');
  const later = await openWindow();
  await later.goto('/runs');
  await seeHeads(later);
});

test('in a comparison all that are equally good are marked as the best', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const input = { datasetId, algorithm: 'LINEAR' };
  const same = [await train(client, input), await train(client, input)];
  const worse = await train(client, { ...input, algorithm: 'BASELINE' });
  await page.goto(`/compare?runs=${[...same, worse].map(({ id }) => id).join(',')}`);
  const row = page.getByRole('row', { name: /^Accuracy/ });
  await row.getByText('2 the same').waitFor();
  expect(await row.locator('td').nth(0).locator('strong').count()).toBe(1);
  expect(await row.locator('td').nth(1).locator('strong').count()).toBe(1);
  expect(await row.locator('td').nth(2).locator('strong').count()).toBe(0);
  await page.goto(`/compare?runs=${same.map(({ id }) => id).join(',')}`);
  await row.getByText('all the same').waitFor();
});

test('while a run trains, nothing on its page and in the list of runs moves by itself', async () => {
  const { page, client, openWindow } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, endlessCsv());
  const parameters = ENDLESS;
  const input = { datasetId, target: 'answer', algorithm: 'GRADIENT_BOOSTING', parameters };
  const id = await startTraining(client, input);
  const list = await openWindow();
  await page.goto(`/runs/${id}`);
  await list.goto('/runs');
  await page.locator('.journey .status', { hasText: 'Running' }).waitFor();
  await page.locator('.journey .here', { hasText: 'Fitting' }).waitFor();
  await list.locator('tbody tr', { hasText: 'Running' }).waitFor();
  const points = () =>
    page.locator('svg path').evaluateAll((paths) => paths.map((path) => path.getAttribute('d')).join());
  await expect.poll(points).not.toBe('');
  for (const each of [page, list]) await each.evaluate(WATCH_SHIFTS);
  const before = await points();
  await expect.poll(points).not.toBe(before);
  const drawn = await points();
  await expect.poll(points).not.toBe(drawn);
  for (const each of [page, list]) expect(await each.evaluate(`window.shifts`)).toEqual([]);
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  await list.locator('tbody tr', { hasText: 'Cancelled' }).waitFor();
});

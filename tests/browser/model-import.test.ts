import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvOf, referenceRows, withTexts } from '../artifacts/imports/import-operations.ts';
import { referenceBytes } from '../ml/foreign/reference-rows.ts';
import { uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { seriousIn } from './support/axe.ts';
import { openConsole } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

const MODEL = 'xgb-logistic.json';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** The rows of the model, with what it says of them as `y`; `rename`: what the dataset calls some of its columns. */
async function uploadRows(client: TestClient, rename: Readonly<Record<string, string>> = {}): Promise<string> {
  const { rows, outputs } = referenceRows(MODEL, 400);
  const labelled = rows.map((row, index) => {
    const cells = { ...withTexts(row), y: (outputs[index]?.[0] ?? 0) > 0.5 ? 'yes' : 'no' };
    return Object.fromEntries(Object.entries(cells).map(([name, value]) => [rename[name] ?? name, value as string]));
  });
  return (await uploadDataset(client, { name: 'reference.csv', content: csvOf(labelled) })).id;
}

function upload(name: string, content: Uint8Array = referenceBytes(name)) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) };
}

const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Import a model' });

async function modelCount(client: TestClient): Promise<number> {
  const { artifacts } = await client.execute<{ artifacts: { totalCount: number } }>('{ artifacts { totalCount } }');
  return artifacts.totalCount;
}

describe('the dialog to import a model', () => {
  test('a model of XGBoost is imported on the page of a dataset, evaluated there, and asked about a row', async () => {
    const { page, client } = await openConsole(browser, server.url);
    const broken: Error[] = [];
    page.on('pageerror', (error) => broken.push(error));
    const datasetId = await uploadRows(client);
    await page.goto(`/datasets/${datasetId}`);
    await page.getByRole('button', { name: 'Import a model' }).click();
    const dialog = dialogOf(page);
    await dialog.getByLabel('File of the model').setInputFiles(upload(MODEL));
    await dialog.getByText('Columns of the 6 inputs').waitFor();
    expect(await dialog.getByLabel('Format').inputValue()).toBe('XGBOOST_JSON');
    expect(await dialog.getByLabel('Name').inputValue()).toBe('xgb-logistic');
    await dialog.getByLabel('Column to predict').selectOption('y');
    await dialog.getByLabel('It predicts').selectOption('CLASSIFICATION');
    await dialog.getByRole('button', { name: 'Import it' }).click();
    await dialog.getByText('The model is imported and can predict').waitFor();
    await dialog.getByText('its codes were taken for the values of the column in their order: 0 d00').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'xgb-logistic' }).waitFor();
    await page.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
    expect(await dialog.count()).toBe(0);
    await page.getByText('XGBoost, imported').waitFor();
    await page.getByText(/^XGBoost 1\.7/).waitFor();
    await page.getByText('binary:logistic').waitFor();
    await page.getByText('Accuracy on test rows').waitFor();
    await page.getByText('400 rows, all that have a target').waitFor();
    expect(await page.getByRole('heading', { name: 'Loss' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Train again' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Evaluation' }).click();
    await page.getByText('ROC curve of “yes”').waitFor();
    await page.getByRole('link', { name: 'Predict' }).click();
    await page.getByText('XGBoost, imported').waitFor();
    await page.getByLabel('a', { exact: true }).fill('0.5');
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.waitForURL(/row=/);
    await page.getByText('The model says').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.goto('/runs');
    await page.getByRole('row', { name: /xgb-logistic.*XGBoost, imported/ }).waitFor();
    expect(broken).toEqual([]);
  });

  test('inputs that the dataset calls otherwise are mapped by their names', async () => {
    const { page, client } = await openConsole(browser, server.url);
    const datasetId = await uploadRows(client, { a: 'age', d: 'district' });
    await page.goto(`/datasets/${datasetId}?import=model`);
    const dialog = dialogOf(page);
    await dialog.getByLabel('File of the model').setInputFiles(upload('xgb-logistic.ubj'));
    await dialog.getByText('2 names of the file not in the dataset').waitFor();
    expect(await dialog.getByLabel('Format').inputValue()).toBe('XGBOOST_UBJ');
    await dialog.getByLabel('Column to predict').selectOption('y');
    const send = dialog.getByRole('button', { name: 'Import it' });
    await send.click();
    await dialog.getByText('The dataset has no columns "a", "d". Name the columns').waitFor();
    await dialog.getByLabel('Input a', { exact: true }).selectOption('age');
    await dialog.getByLabel('Input d', { exact: true }).selectOption('district');
    await dialog.getByLabel('Labels').fill('no\nyes\nmaybe');
    await send.click();
    await dialog.getByText('The model has 2 classes; `labels` has 3. Give one label for each class').waitFor();
    // The field that is wrong has the focus, and is tied to what is wrong.
    expect(await dialog.getByLabel('Labels').evaluate((field) => field === document.activeElement)).toBe(true);
    await dialog.getByLabel('Labels').fill('no\nyes');
    await send.click();
    await dialog.getByRole('link', { name: 'Show the model' }).click();
    await page.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
    const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: unknown[] } }>(
      '{ trainingRuns { nodes { importedFrom features metrics { primary { value } } } } }',
    );
    expect(trainingRuns.nodes).toEqual([
      {
        importedFrom: 'XGBOOST_UBJ',
        features: ['age', 'b', 'c', 'district', 'e', 'unused'],
        metrics: { primary: { value: 1 } },
      },
    ]);
  });

  test('a model of LightGBM is imported without a dataset: it predicts, and says that it was not evaluated', async () => {
    const { page } = await openConsole(browser, server.url);
    await page.goto('/runs');
    await page.getByRole('button', { name: 'Import a model' }).click();
    const dialog = dialogOf(page);
    await dialog.getByLabel('File of the model').setInputFiles(upload('lgb-gamma.txt'));
    await dialog.getByLabel('Name').fill('claims');
    await dialog.getByLabel('Column to predict').fill('cost');
    await dialog.getByLabel('It predicts').selectOption('REGRESSION');
    await dialog.getByRole('button', { name: 'Import it' }).click();
    await dialog.getByRole('link', { name: 'Show the model' }).click();
    await page.getByText('LightGBM, imported').waitFor();
    await page.getByText('Imported without a dataset').waitFor();
    await page.getByText('no dataset was named to evaluate it on').waitFor();
    expect(await page.getByRole('link', { name: 'Evaluation' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Predict' }).click();
    await page.getByText('The model says that cost is').waitFor();
    await page.goto('/runs');
    await page.getByRole('row', { name: /claims.*no dataset.*LightGBM, imported/ }).waitFor();
  });

  test('a file that cannot be used is refused with words, and another can be chosen', async () => {
    const { page, client } = await openConsole(browser, server.url);
    await page.goto('/runs?import=model');
    const dialog = dialogOf(page);
    const text = new TextDecoder().decode(referenceBytes(MODEL));
    const cycle = text.replace(/"left_children":\[-?\d+/, '"left_children":[0');
    await dialog.getByLabel('File of the model').setInputFiles(upload('cycle.json', new TextEncoder().encode(cycle)));
    await dialog.getByLabel('Column to predict').fill('y');
    const send = dialog.getByRole('button', { name: 'Import it' });
    await send.click();
    const refusal = dialog.getByRole('alert');
    await refusal.getByText('The file cannot be used, and nothing of it was stored').waitFor();
    await refusal.getByText('the node has two parents').waitFor();
    await refusal.getByText('Save the model again with the library that made it').waitFor();
    expect(await modelCount(client)).toBe(0);
    await dialog.getByLabel('File of the model').setInputFiles(upload(MODEL));
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('xgb-logistic');
    await send.click();
    await dialog.getByText('The model is imported and can predict').waitFor();
    expect(await modelCount(client)).toBe(1);
  });

  test('the keyboard stays in it, Escape closes it, and the focus is then where it was', async () => {
    const { page } = await openConsole(browser, server.url);
    await page.goto('/runs');
    const open = page.getByRole('button', { name: 'Import a model' });
    await open.focus();
    await page.keyboard.press('Enter');
    await dialogOf(page).waitFor();
    await page.waitForURL(/import=model/);
    const isInside = () => dialogOf(page).evaluate((dialog) => dialog.contains(document.activeElement));
    expect(await isInside()).toBe(true);
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    await page.waitForURL((url) => !url.searchParams.has('import'));
    expect(await open.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  test.each([
    ['light and wide', 'light', 1280],
    ['dark and as narrow as a phone', 'dark', 360],
  ] as const)('axe finds nothing serious in it, and it is not too wide, %s', async (_what, colorScheme, width) => {
    const { page, client } = await openConsole(browser, server.url, { colorScheme, viewport: { width, height: 800 } });
    const datasetId = await uploadRows(client, { a: 'age' });
    await page.goto(`/datasets/${datasetId}?import=model`);
    const dialog = dialogOf(page);
    await dialog.getByLabel('File of the model').setInputFiles(upload(MODEL));
    await dialog.getByText('1 name of the file not in the dataset').waitFor();
    await dialog.getByLabel('Column to predict').selectOption('y');
    await dialog.getByRole('button', { name: 'Import it' }).click();
    await dialog.getByText('The dataset has no column "a"').waitFor();
    expect(await seriousIn(page)).toEqual([]);
    const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

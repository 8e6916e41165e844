import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

const COLUMNS = 2_000;
const ROWS = 40;

/** The target, then numbers; the last column reads as numbers and is to be labels. */
function wideCsv(): Buffer {
  const names = Array.from({ length: COLUMNS - 1 }, (_, index) => `measure_${index + 1}`);
  const rows = Array.from({ length: ROWS }, (_, row) => [
    row % 2 === 0 ? 'yes' : 'no',
    ...names.map((_, index) => ((row * 31 + index * 7) % 97) + (row % 2) * 3),
  ]);
  return Buffer.from([['target', ...names], ...rows].map((cells) => cells.join(',')).join('\n'));
}

/** A page of this many elements is drawn and scrolled without a pause on any machine. */
const MAX_ELEMENTS = 3_000;

test('a file of 2,000 columns is looked at, mended, stored and trained on, with no more on a page than can be seen', async () => {
  const { page } = await openConsole(browser, server.url);
  const elements = () => page.evaluate<number>('document.querySelectorAll("*").length');
  await page.goto('/');
  await page.locator('input[type=file]').setInputFiles({ name: 'wide.csv', mimeType: 'text/csv', buffer: wideCsv() });
  await page.getByText('The file can be read').waitFor();
  expect(await elements()).toBeLessThan(MAX_ELEMENTS);
  await page.getByText('1–50 of 1,000').waitFor();
  await page.getByRole('button', { name: 'Next columns' }).click();
  await page.getByText('51–100 of 1,000').waitFor();

  await page.getByLabel('Find columns').fill('measure_999');
  await page.keyboard.press('Enter');
  await page.getByText('1 column found').waitFor();
  await page.getByLabel('Kind of measure_999').selectOption('CATEGORICAL');
  await page.getByLabel('Another column').fill('measure_1999');
  await page.getByLabel('Its kind').selectOption('CATEGORICAL');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('The file can be read').waitFor();
  await page.getByRole('button', { name: 'Store it' }).click();
  await page.getByRole('button', { name: 'Start training' }).waitFor();
  expect(await elements()).toBeLessThan(MAX_ELEMENTS);

  await page.getByRole('link', { name: 'Columns', exact: true }).click();
  await page.getByText('1–24 of 2,000').waitFor();
  expect(await elements()).toBeLessThan(MAX_ELEMENTS);
  await page.getByLabel('Find a column').fill('measure_1999');
  await page.keyboard.press('Enter');
  const card = page.locator('.card', { has: page.getByRole('heading', { name: 'measure_1999', exact: true }) });
  await card.getByText('Categorical').waitFor();

  await page.getByRole('link', { name: 'Train', exact: true }).click();
  await page.getByLabel('Column to predict').fill('target');
  await page.getByRole('radio', { name: 'Decision tree' }).check();
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.locator('.journey .status', { hasText: 'Succeeded' }).waitFor();
  expect(await elements()).toBeLessThan(MAX_ELEMENTS);
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { noiseCsv } from '../support/csv-files.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { newEmail, openSignedOut, PASSWORD } from './support/console-user.ts';
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

/** A control that has the focus, by its name. */
function focused(page: Page, name: string) {
  return page.locator(':focus', { hasText: name }).waitFor();
}

test('with the keyboard alone, eight actions lead from the empty page to a trained model', async () => {
  const page = await openSignedOut(browser, server.url);
  const { name, content } = noiseCsv(300);
  const buffer = Buffer.from(content as string);
  page.on('filechooser', (chooser) => void chooser.setFiles({ name, mimeType: 'text/csv', buffer }));
  await page.goto('/');
  await page.getByLabel('E-mail address').waitFor();
  let actions = 0;
  const act = async (action: Promise<void>) => {
    actions += 1;
    await action;
  };
  await act(page.keyboard.type(newEmail()));
  await act(page.keyboard.press('Tab'));
  await act(page.keyboard.type(PASSWORD));
  await act(page.keyboard.press('Enter'));
  await focused(page, 'Choose a CSV file');
  // The file is chosen in a window of the system.
  actions += 1;
  await act(page.keyboard.press('Enter'));
  await focused(page, 'Store it');
  await act(page.keyboard.press('Enter'));
  await focused(page, 'Start training');
  await act(page.keyboard.press('Enter'));
  // It may take all of its time, and then keeps the best that it has.
  await page.getByRole('link', { name: 'Predict' }).waitFor({ timeout: 2 * inject('longestWait') });
  expect(actions).toBeLessThanOrEqual(8);
});

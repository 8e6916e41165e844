import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer({}, { worker: false }), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

test('GraphiQL opens with worked examples, signed in with the session of the console, and loads nothing of other sites', async () => {
  const { page, email } = await openConsole(browser, server.url);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto('/graphql');
  await page.getByRole('tab', { name: 'WhoAmI' }).waitFor();
  const tabs = await page.locator('.graphiql-tab-button').allInnerTexts();
  expect(tabs.map((tab) => tab.trim())).toEqual(['WhoAmI', 'Datasets', 'StartTraining', 'Follow', 'Trends', 'Predict']);
  await page.getByRole('button', { name: /execute query/i }).click();
  await page.locator('.graphiql-response', { hasText: email }).waitFor();
  expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(`blob:${server.url}`))).toEqual([]);
  expect(complaints).toEqual([]);
});

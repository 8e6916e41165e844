import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createServer, defaultClientConditions, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { newEmail, openSignedOut, PASSWORD } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

let server: TestServer;
let browser: Browser;
let vite: ViteDevServer;
let cacheDir: string;

beforeAll(async () => {
  [server, browser, cacheDir] = await Promise.all([
    startTestServer(),
    startBrowser(),
    mkdtemp(join(tmpdir(), 'example-app-')),
  ]);
  // As "npm run dev" of the example, with the address of this server instead of that of "npm start".
  vite = await createServer({
    root: 'examples/react-app',
    cacheDir,
    logLevel: 'error',
    resolve: { conditions: ['@trainyard/source', ...defaultClientConditions] },
    server: {
      host: '127.0.0.1',
      port: 0,
      proxy: { '/graphql': { target: server.url, ws: true }, '/downloads': { target: server.url } },
    },
  });
  await vite.listen();
});

afterAll(async () => {
  await vite.close();
  await browser.close();
  await server.close();
  await rm(cacheDir, { recursive: true, force: true });
});

test('the example app signs up, uploads a CSV file, and shows the progress of a training until it has its metric', async () => {
  const page = await openSignedOut(browser, vite.resolvedUrls?.local[0] ?? '');
  await page.goto('/');
  await page.getByLabel('E-mail').fill(newEmail());
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign up' }).click();
  const { name, content } = flowersCsv(300);
  const file = { name, mimeType: 'text/csv', buffer: Buffer.from(String(content)) };
  await page.getByLabel('A CSV file').setInputFiles(file);
  await page.getByLabel('Predict').fill('kind');
  await page.getByRole('button', { name: 'Train' }).click();
  const training = page.getByRole('region', { name: 'Training' });
  await training.getByText('SUCCEEDED').waitFor();
  await training.getByText(/^[A-Z0-9_]+: [01]\.\d{3}$/).waitFor();
  expect(await training.getByRole('progressbar').getAttribute('value')).toBe('1');
});

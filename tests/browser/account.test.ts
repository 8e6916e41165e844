import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { newEmail, openConsole, openSignedOut, PASSWORD } from './support/console-user.ts';
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

test('a key is made for a program, which uses the API with it until it is revoked', async () => {
  const { page, client } = await openConsole(browser, server.url);
  await uploadDataset(client, { name: 'two.csv', content: 'size,kind\n1,a\n2,b\n' });
  await page.goto('/account?tab=keys');
  await page.getByLabel('Name of the key').fill('nightly import');
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByText('Copy the key now').waitFor();
  const key = await page.locator('.notice code').innerText();
  const program = new TestClient(server.url, key);
  expect(await program.execute('{ datasets { nodes { name } } }')).toEqual({ datasets: { nodes: [{ name: 'two' }] } });
  await page.getByRole('button', { name: 'Revoke nightly import' }).click();
  await page.getByText('No keys yet').waitFor();
  await eventually(async () => {
    await expect(program.execute('{ datasets { nodes { name } } }')).rejects.toThrow('UNAUTHENTICATED');
  });
});

test('somebody is invited by a link, joins the workspace, and is seen by its owner', async () => {
  const { page } = await openConsole(browser, server.url);
  await page.goto('/account?tab=members');
  const email = newEmail();
  await page.getByLabel('E-mail address to invite').fill(email);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('Invited.').waitFor();
  const link = new URL(await page.locator('.notice code').innerText());
  const guest = await openSignedOut(browser, server.url);
  await guest.goto('/?enter=sign-up');
  await guest.getByLabel('E-mail address').fill(email);
  await guest.getByLabel('Password').fill(PASSWORD);
  await guest.keyboard.press('Enter');
  await guest.getByRole('button', { name: 'Choose a CSV file' }).waitFor();
  await guest.goto(`${link.pathname}${link.search}${link.hash}`);
  await guest.getByRole('button', { name: /join|accept/i }).click();
  await guest.getByRole('heading', { level: 1 }).waitFor();
  await eventually(async () => {
    await page.reload();
    await page.getByText('Invite', { exact: true }).waitFor();
    expect(await page.getByRole('combobox', { name: `Role of ${email}` }).count()).toBe(1);
  });
});

test('a training is stopped in the page, and its model is kept and can predict', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, endlessCsv());
  const id = await startTraining(client, { datasetId, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS });
  await page.goto(`/runs/${id}`);
  // There is a model as soon as there is a point of the curve.
  await page.locator('.journey .here', { hasText: 'Fitting' }).waitFor();
  await page.getByRole('button', { name: 'Stop and keep the model' }).click();
  await page.locator('.journey .status', { hasText: 'Stopped, kept' }).waitFor();
  await page.getByRole('link', { name: 'Predict' }).click();
  await page.getByRole('button', { name: 'Predict', exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/models\//);
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseCsv } from '../support/csv-files.ts';
import { uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  // Nothing is trained here: no worker takes a run.
  [server, browser] = await Promise.all([startTestServer({}, { worker: false }), startBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Makes hosts that live for a while, as their workers would tell of them. */
async function insertHosts(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await server.database
      .owner`insert into training_hosts (id, host, address, cores, memory_bytes, python, xgboost, missing, heartbeat_at)
      values (gen_random_uuid(), 'made', '127.0.0.1', 4, 1000000000, '3.11.2', '1.7.4', null, now() + interval '1 day')`;
  }
}

test('several hosts are chosen in the form while they live, and the run shows on how many it is trained', async () => {
  const { page, client } = await openConsole(browser, server.url);
  const { id: datasetId } = await uploadDataset(client, noiseCsv(300));
  const address = `/datasets/${datasetId}?tab=train&target=answer&algorithm=GRADIENT_BOOSTING`;
  await page.goto(address);
  const start = page.getByRole('button', { name: 'Start training' });
  await start.waitFor();
  const field = page.getByLabel('Trained by');
  expect(await field.count()).toBe(0);

  await insertHosts(2);
  await page.reload();
  await field.waitFor();
  expect(await field.inputValue()).toBe('');
  await field.selectOption('DISTRIBUTED');
  await page.waitForURL(/engine=DISTRIBUTED/);
  // The other algorithms are trained on one host.
  await page.getByRole('radio', { name: /^Decision tree/ }).check();
  await page.waitForURL((url) => !url.searchParams.has('engine'));
  expect(await field.count()).toBe(0);
  await page.getByRole('radio', { name: /^Gradient boosting/ }).check();
  await field.selectOption('DISTRIBUTED');
  await page.reload();
  await field.waitFor();
  expect(await field.inputValue()).toBe('DISTRIBUTED');

  await server.database.owner`delete from training_hosts`;
  await start.click();
  const alert = page.getByRole('alert');
  await alert.getByText('needs at least 2 live ones').waitFor();
  await alert.getByText('Leave engine out, or set it to LOCAL').waitFor();
  expect(await alert.count()).toBe(1);
  const described = await field.getAttribute('aria-describedby');
  expect(described?.split(' ')).toContain(await alert.getAttribute('id'));

  await insertHosts(2);
  await start.click();
  await page.getByText('Waiting for a worker').waitFor();
  const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: { id: string; algorithm: string }[] } }>(
    '{ trainingRuns { nodes { id algorithm engine hosts } } }',
  );
  expect(trainingRuns.nodes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ algorithm: 'GRADIENT_BOOSTING', engine: 'DISTRIBUTED', hosts: null }),
      // Linear beside it is not for several hosts.
      expect.objectContaining({ algorithm: 'LINEAR', engine: 'LOCAL', hosts: null }),
    ]),
  );
  const id = trainingRuns.nodes.find(({ algorithm }) => algorithm === 'GRADIENT_BOOSTING')?.id ?? '';
  await server.database.owner`update training_runs set hosts = 3 where id = ${id}`;
  await page.goto(`/runs/${id}`);
  await page.getByText('Gradient boosting on 3 hosts').waitFor();
});

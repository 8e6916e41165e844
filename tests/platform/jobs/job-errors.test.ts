import { afterAll, beforeAll, expect, test } from 'vitest';
import { openJobWorker } from '../../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { trainModelJob } from '../../../src/training/worker/train-model.job.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { throughProxy } from '../../support/proxied-access.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

test('a queue connection that is cut at any point of being opened does not end the process', async () => {
  const { access, proxy } = await throughProxy(database.access);
  endsWithTest(proxy);
  const logger = createLogger('silent', 'test');
  for (let turns = 0; turns < 40; turns += 1) {
    const opening = openJobWorker(access, logger).then(
      (client) => client,
      () => null,
    );
    await eventually(() => expect(proxy.connectionCount()).toBeGreaterThan(0));
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    proxy.cut();
    // What nobody hears of it would fail this file.
    await (await opening)?.close();
  }
});

test('while the database is away the log says what is wrong with the queue', async () => {
  const { access, proxy } = await throughProxy(database.access);
  endsWithTest(proxy);
  const lines: string[] = [];
  const logger = createLogger('error', 'test', { write: (line) => void lines.push(line) });
  const worker = endsWithTest(await openJobWorker(access, logger));
  await worker.work(trainModelJob, () => Promise.resolve(), 1);
  await proxy.close();
  await eventually(() => expect(lines.some((line) => line.includes('"msg":"job queue'))).toBe(true));
  for (const line of lines) {
    const { err } = JSON.parse(line) as { err: { type: string; message: string } };
    expect(err).toMatchObject({ type: 'Error' });
    expect(err.message).toMatch(/\w/);
  }
});

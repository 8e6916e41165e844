import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { startTestServer } from '../support/test-server.ts';

test('a process opens no more database connections than docs/deployment.md says', async () => {
  const [, ofApi = '', ofWorker = ''] =
    /An API process opens at most (\d+) connections to PostgreSQL, a worker (\d+);/.exec(
      readFileSync('docs/deployment.md', 'utf8'),
    ) ?? [];
  const server = endsWithTest(await startTestServer({}, { worker: false }));
  const { owner } = server.database;
  const count = async () => {
    const [row] = await owner`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name like 'trainyard%'`;
    return row?.['count'] as number;
  };
  const clients = await Promise.all(Array.from({ length: 12 }, () => server.signUp()));
  const [client] = clients;
  if (client === undefined) throw new Error('Nobody has signed up.');
  const datasetId = (await uploadDataset(client, flowersCsv())).id;
  const runs = client.subscribe('subscription { trainingRunChanges { runId } }');
  const first = runs[Symbol.asyncIterator]().next();
  // More who ask than there are connections, all of whom wait for a table that nobody can read.
  let asked: Promise<unknown> = Promise.resolve();
  await owner.begin(async (tx) => {
    await tx`lock table datasets in access exclusive mode`;
    asked = Promise.all(clients.map((each) => each.request('{ datasets { totalCount } health { status } }')));
    await eventually(async () => {
      // On another connection: within a transaction the list stays as it was first seen.
      const [row] = await owner`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      expect(row?.['count']).toBe(10);
    });
    await fetch(`${server.url}/readyz`);
    expect(await count()).toBeLessThanOrEqual(Number(ofApi));
  });
  await asked;
  await server.startWorker();
  await train(client, { datasetId, algorithm: 'BASELINE' });
  await first;
  expect(await count()).toBeLessThanOrEqual(Number(ofApi) + Number(ofWorker));
});

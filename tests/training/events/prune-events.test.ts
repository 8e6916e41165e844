import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { PruneEventsHandler } from '../../../src/training/events/prune-events.handler.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let database: Database;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  database = openDatabase(server.database.access, 1);
});

afterAll(async () => {
  await database.close();
  await server.close();
});

/** Thins as the schedule does. */
async function prune(retentionDays: number): Promise<void> {
  const handler = new PruneEventsHandler(database, retentionDays, pino({ level: 'silent' }));
  await handler.handle({}, { signal: new AbortController().signal });
}

test('old step events of every workspace are pruned; statuses, stages and newer ones stay', async () => {
  const runs: string[] = [];
  for (const client of [await server.signUp(), await server.signUp()]) {
    const { id: datasetId } = await uploadDataset(client, flowersCsv());
    runs.push(await startTraining(client, { datasetId, algorithm: 'BASELINE' }));
  }
  const { owner } = server.database;
  // 6,000 old steps each: more than are removed at a time.
  for (const [first, last, days, kinds] of [
    [2, 6_001, 45, ['PROGRESS', 'METRIC']],
    [6_002, 6_005, 45, ['STATUS', 'STAGE', 'LOG', 'STATUS']],
    [6_006, 6_010, 29, ['PROGRESS']],
  ] as const) {
    await owner`insert into training_events (run_id, seq, workspace_id, at, kind, attempt, status, stage, progress)
      select id, seq, workspace_id, now() - make_interval(days => ${days}),
        (${[...kinds]}::text[])[1 + seq % ${kinds.length}], 1, 'RUNNING', 'FITTING', 0.5
      from training_runs, generate_series(${first}::int, ${last}::int) seq`;
  }
  const left = async () => {
    const rows =
      await owner`select run_id, count(*)::int as count, max(seq) as last from training_events group by run_id`;
    return rows.map((row) => [row['count'] as number, row['last'] as number]);
  };
  await prune(60);
  expect(await left()).toEqual([
    [6_010, 6_010],
    [6_010, 6_010],
  ]);
  await prune(30);
  expect(await left()).toEqual([
    [10, 6_010],
    [10, 6_010],
  ]);
  expect(runs).toHaveLength(2);
});

test('each schedule exists once, whatever the number of workers', async () => {
  const workers = [await server.startWorker(), await server.startWorker()];
  const schedules = await server.database.owner`select name, cron from pgboss.schedule order by name`;
  expect([...schedules]).toEqual([
    { name: 'expire-datasets', cron: '*/10 * * * *' },
    { name: 'expire-uploads', cron: '*/15 * * * *' },
    { name: 'prune-audit-log', cron: '29 3 * * *' },
    { name: 'sweep', cron: '41 3 * * *' },
    { name: 'thin-events', cron: '17 3 * * *' },
  ]);
  for (const worker of workers) await worker.close();
});

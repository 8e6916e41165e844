import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OrphanedJobRecovery } from '../../../src/jobs/workers/orphaned-job-recovery.ts';
import { openJobWorker } from '../../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import type { RunReport } from '../../../src/platform/monitoring/process-metrics.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';
import { startWorkerProcess } from '../../../src/processes/worker-process.ts';
import { requeueOrphanedRun } from '../../../src/training/worker/requeue-orphaned-run.ts';
import { trainModelJob } from '../../../src/training/worker/train-model.job.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../../support/operations.ts';
import { readMetrics } from '../../support/read-metrics.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const TOKEN = 'a-token-of-the-tests';
const logger = createLogger('fatal', 'test');

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer({ METRICS_TOKEN: TOKEN, WORKER_PORT: '0' }, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
});

afterAll(() => server.close());

const startOne = () => startTraining(client, { datasetId, algorithm: 'BASELINE' });

/** Starts a worker for one test; gives what reads its metrics. */
async function startWorker(): Promise<() => Promise<Map<string, number>>> {
  const worker = endsWithTest(await startWorkerProcess(server.config, server.database.access, logger));
  return () => readMetrics(`http://127.0.0.1:${worker.probePort}`, TOKEN);
}

test('a cancelled run counts once, at the API process that cancelled it', async () => {
  const id = await startOne();
  const cancel = 'mutation ($id: ID!) { cancelTraining(id: $id) { status } }';
  await client.execute(cancel, { id });
  await client.execute(cancel, { id });
  const metrics = await readMetrics(server.url, TOKEN);
  expect(metrics.get('trainyard_runs_ended_total{end="CANCELLED",code=""}')).toBe(1);
});

test('runs that end at a worker count by reason and error code', async () => {
  const metrics = await startWorker();
  await train(client, { datasetId, algorithm: 'BASELINE' });
  const doomed = (await uploadDataset(client, flowersCsv(), { name: 'doomed' })).id;
  await rm(join(server.config.DATA_DIRECTORY, 'blobs'), { recursive: true });
  await endOfRun(client, await startTraining(client, { datasetId: doomed, algorithm: 'BASELINE' }));
  await eventually(async () => {
    const now = await metrics();
    expect(now.get('trainyard_runs_ended_total{end="COMPLETED",code=""}')).toBe(1);
    expect(now.get('trainyard_runs_ended_total{end="FAILED",code="DATASET_FILE_MISSING"}')).toBe(1);
    expect(now.get('trainyard_lost_attempts_total')).toBe(0);
  });
});

test('a lost attempt counts, and so does the run that it was the last attempt of', async () => {
  const { owner, access } = server.database;
  const database = endsWithTest(openDatabase(access, 2));
  const runId = await startOne();
  const [run] = await owner`select workspace_id, job_id from training_runs where id = ${runId}`;
  const [workspaceId, jobId] = [run?.['workspace_id'] as string, run?.['job_id'] as string];
  await owner`update pgboss.job set state = 'active', started_on = now() where id = ${jobId}`;
  await database.transaction({ workspaceId }, (tx) => claimAsItsJob(tx, runId));
  const jobs = endsWithTest(await openJobWorker(access, logger));
  const registry = {
    remove: () => Promise.resolve(),
    snapshot: () =>
      Promise.resolve({
        heldJobs: new Set<string>(),
        dead: [{ id: randomUUID(), jobId, isLeaving: false, alive: false }],
      }),
  };
  const reports: RunReport[] = [];
  const hear = (report: RunReport) => void reports.push(report);
  const requeueing = { database, jobs, maxAttempts: 1, observeRun: hear, logger };
  endsWithTest(
    new OrphanedJobRecovery({
      ...{ jobs, registry, job: trainModelJob, logger },
      requeue: (orphan) => requeueOrphanedRun(orphan, requeueing),
    }),
  );
  await eventually(() => expect(reports).toHaveLength(2));
  expect(reports).toEqual([
    { lostAttempt: { algorithm: 'BASELINE' } },
    {
      endedRun: {
        algorithm: 'BASELINE',
        status: 'FAILED',
        end: 'FAILED',
        code: 'WORKER_LOST',
        seconds: expect.any(Number) as number,
      },
    },
  ]);
});

test('every schedule reports when it last succeeded and when it last failed', async () => {
  const { owner } = server.database;
  const name = (kind: string) => `trainyard_schedule_last_${kind}_timestamp_seconds{schedule="thin-events"}`;
  await startWorker();
  const [schedule] = await owner`select extract(epoch from created_on)::float8 as at from pgboss.schedule`;
  await eventually(async () => {
    const metrics = await readMetrics(server.url, TOKEN);
    expect(metrics.get(name('success'))).toBeCloseTo(schedule?.['at'] as number, 3);
    expect(metrics.get(name('failure'))).toBe(0);
  });
  await owner`insert into pgboss.job (name, state, completed_on) values
    ('thin-events', 'completed', to_timestamp(2000000000)), ('thin-events', 'completed', to_timestamp(1000000000)),
    ('thin-events', 'failed', to_timestamp(2000000001))`;
  await eventually(async () => {
    const metrics = await readMetrics(server.url, TOKEN);
    expect(metrics.get(name('success'))).toBe(2_000_000_000);
    expect(metrics.get(name('failure'))).toBe(2_000_000_001);
  });
});

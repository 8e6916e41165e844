import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobQueueForecaster } from '../../../src/jobs/queue/queue-forecaster.ts';
import { type JobClient, type JobDefinition, openJobWorker } from '../../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { trainModelJob } from '../../../src/training/worker/train-model.job.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const logger = createLogger('fatal', 'test');

const TRAININGS = { job: trainModelJob, idField: 'runId' };

/** The queue of trainings, with whatever payload. */
const anyJob: JobDefinition<unknown> = { ...trainModelJob, parse: (payload) => payload };

let testDatabase: TestDatabase;
let database: Database;
let jobs: JobClient;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.access, 2);
  jobs = await openJobWorker(testDatabase.access, logger);
});

afterAll(async () => {
  await jobs.close();
  await database.close();
  await testDatabase.drop();
});

async function send(expectedSeconds: number | null, priority: number): Promise<string> {
  const runId = randomUUID();
  await database.transaction({}, (tx) => jobs.send(tx, anyJob, { runId, expectedSeconds }, { priority, group: '' }));
  return runId;
}

test('queued runs are ordered by priority, then by age, behind the running ones', async () => {
  // Longer than any test lasts.
  const first = await send(100_000, 0);
  const worker = endsWithTest(await openJobWorker(testDatabase.access, logger));
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const work = () => {
    started.resolve();
    return ended.promise;
  };
  await worker.work(anyJob, work, 10);
  await started.promise;
  const [late, next, last] = [await send(30, -1), await send(20, 0), await send(7, -2)];
  await database.transaction({}, (tx) => jobs.send(tx, anyJob, { unlike: 'a training' }, { priority: 5, group: '' }));

  const forecaster = new JobQueueForecaster(TRAININGS, jobs, () => Promise.resolve(1));
  const forecasts = await forecaster.forecast([last, first, next, late, randomUUID()]);
  // The first one runs, and the unknown one is in no queue.
  expect([...forecasts.keys()]).toEqual([last, next, late]);
  expect([next, late, last].map((id) => forecasts.get(id)?.queuePosition)).toEqual([1, 2, 3]);
  const nextEta = forecasts.get(next)?.etaSeconds ?? Number.NaN;
  expect(nextEta).toBeGreaterThan(20);
  expect(nextEta).toBeLessThanOrEqual(100_020);
  expect(forecasts.get(late)?.etaSeconds).toBeCloseTo(nextEta + 30, 6);
  expect(forecasts.get(last)?.etaSeconds).toBeCloseTo(nextEta + 37, 6);

  ended.resolve();
  await eventually(async () => {
    expect(await jobs.queue(trainModelJob)).toEqual([]);
  });
});

test('concurrent requests share one read of the queue, and a failed one is not kept', async () => {
  const ids = await Promise.all([send(1, 0), send(null, -1)]);
  let looks = 0;
  const forecaster = new JobQueueForecaster(
    TRAININGS,
    {
      queue: (job) => {
        looks++;
        return looks === 1 ? Promise.reject(new Error('the cable')) : jobs.queue(job);
      },
    },
    () => Promise.resolve(2),
  );
  await expect(forecaster.forecast(ids)).rejects.toThrow('the cable');
  const asked = await Promise.all(Array.from({ length: 20 }, () => forecaster.forecast(ids)));
  expect(looks).toBe(2);
  for (const forecasts of asked) expect(forecasts.size).toBe(2);
  // One that was queued since then is found at once.
  const since = await send(1, 0);
  expect((await forecaster.forecast([since])).size).toBe(1);
});

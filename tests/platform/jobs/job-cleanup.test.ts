import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JobDefinition, openJobWorker } from '../../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { JOBS } from '../../../src/processes/jobs.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

/** Puts a job into the queue that ended so many seconds ago, as it would stand there. */
async function addEnded(
  { name, keepSeconds }: JobDefinition<unknown>,
  state: string,
  secondsAgo: number,
): Promise<void> {
  await database.owner`insert into pgboss.job (name, state, completed_on, deletion_seconds, keep_until)
    values (${name}, ${state}, now() - make_interval(secs => ${secondsAgo}), ${keepSeconds}, now() + interval '1 day')`;
}

test('an ended job is removed after its retention time, neither sooner nor a day later', async () => {
  const margin = 600;
  for (const job of JOBS) {
    for (const state of ['completed', 'failed', 'cancelled']) {
      await addEnded(job, state, job.keepSeconds + 1);
      await addEnded(job, state, job.keepSeconds - margin);
    }
  }
  await database.owner`insert into pgboss.job (name, state) values ('train-model', 'created')`;
  // The queues were looked through a moment ago, as on an installation that runs.
  await database.owner`update pgboss.queue set maintain_on = now()`;
  endsWithTest(await openJobWorker(database.access, createLogger('fatal', 'test'), { cleanupSeconds: 1 }));
  const left = () => database.owner`select extract(epoch from now() - completed_on)::int as age, name from pgboss.job`;
  await eventually(async () => expect(await left()).toHaveLength(3 * JOBS.length + 1));
  const kept = new Map(JOBS.map(({ name, keepSeconds }) => [name, keepSeconds]));
  const ended = (await left()).filter(({ age }) => age !== null);
  for (const { name, age } of ended) expect(age as number, name as string).toBeLessThan(kept.get(name as string) ?? 0);
});

test('a queue keeps its jobs for the time in its definition', async () => {
  const queues = await database.owner`select name, deletion_seconds as seconds from pgboss.queue`;
  for (const { name, keepSeconds } of JOBS) {
    expect(queues.find((queue) => queue['name'] === name)?.['seconds']).toBe(keepSeconds);
  }
});

import { expect, test } from 'vitest';
import { openJobWorker } from '../../../src/platform/jobs/jobs.ts';
import { QueueErrorLog } from '../../../src/platform/jobs/queue-error-log.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase } from '../../support/test-database.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly code?: string; readonly message: string };
  readonly errors?: number;
}

function listeningLog() {
  const lines: Line[] = [];
  const logger = createLogger('info', 'test', { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  return { logger, lines };
}

test('each kind of queue error is logged once until the queue works again, which is logged too', async () => {
  const { logger, lines } = listeningLog();
  let works = false;
  const look = async () => {
    if (!works) throw new Error('It does not work.');
  };
  const log = endsWithTest(new QueueErrorLog(logger, look));
  for (let count = 0; count < 100; count += 1) {
    log.record(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    // pg-boss tells of what its workers meet by a copy.
    log.record({ message: 'Connection terminated unexpectedly', queue: 'train-model' });
  }
  works = true;
  await eventually(() => expect(lines).toHaveLength(3));
  expect(lines).toMatchObject([
    { level: 50, err: { code: 'ECONNREFUSED' } },
    { level: 50, err: { message: 'Connection terminated unexpectedly' } },
    { level: 30, msg: 'job queue works again', errors: 200 },
  ]);
  log.record(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  expect(lines).toHaveLength(4);
});

test('a worker whose database is away logs each reason once, and its recovery', async () => {
  const { logger, lines } = listeningLog();
  const database = endsWithTest(await createTestDatabase(), 'drop');
  const { role, ...access } = await database.accessAs();
  endsWithTest(await openJobWorker(access, logger));
  await database.owner.unsafe(`alter role ${role} connection limit 0`);
  await database.owner`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;
  await eventually(() => expect(lines.filter(({ level }) => level === 50)).not.toHaveLength(0));
  await database.owner.unsafe(`alter role ${role} connection limit -1`);
  await eventually(() => expect(lines.at(-1)?.msg).toBe('job queue works again'));
  const kinds = lines.filter(({ level }) => level === 50).map(({ err }) => err?.code ?? err?.message);
  expect(kinds).toEqual([...new Set(kinds)]);
});

import { afterEach, expect, test, vi } from 'vitest';
import type { Installation } from '../../src/installation/installation.service.ts';
import type { BlobStore } from '../../src/platform/blob-store/blob-store.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import type { Database } from '../../src/platform/postgres/database.ts';
import { openHealthChecks } from '../../src/processes/health-checks.ts';

afterEach(() => {
  vi.useRealTimers();
});

const never = () => new Promise<void>(() => undefined);

/** Looks at a database whose pool has no connection free, and by default never will. */
function looksAtFullPool(succeededAt: () => number, checkDatabase: () => Promise<void> = never) {
  const works = () => Promise.resolve();
  const database = {
    checkConnection: works,
    stats: () => ({ active: 10, waiting: 1, max: 10, succeededAt: succeededAt() }),
  };
  const installation = { checkStore: works, checkDatabase };
  return openHealthChecks(
    {
      database: database as unknown as Database,
      installation: installation as unknown as Installation,
      store: { check: works } as unknown as BlobStore,
      queue: { check: works },
    },
    createLogger('fatal', 'test'),
  );
}

test('a pool whose transactions complete is busy, not at fault', async () => {
  const healthChecks = looksAtFullPool(() => performance.now());
  expect(await healthChecks.database.fault()).toBeNull();
});

test('a pool in which no transaction completes is at fault', async () => {
  const healthChecks = looksAtFullPool(() => Number.NEGATIVE_INFINITY);
  expect(await healthChecks.database.fault()).toBe('NO_ANSWER');
});

test('a standstill of the process is not a fault of the database', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  const healthChecks = looksAtFullPool(
    () => Number.NEGATIVE_INFINITY,
    () => {
      ask();
      return written;
    },
  );
  const fault = healthChecks.database.fault();
  await asked;
  vi.advanceTimersByTime(60_000);
  write();
  expect(await fault).toBeNull();
});

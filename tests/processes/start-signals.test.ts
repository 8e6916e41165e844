import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { killProcessesWith, processesWith, serve, start } from './command.ts';

/** The lock that whoever migrates takes. */
const MIGRATION_LOCK = 7_240_211_958;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-signals-'));
});

afterEach(async () => {
  await killProcessesWith(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('a start that is told to end', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    'a start interrupted by %s ends the embedded database before itself, and is not a failure',
    async (signal, code) => {
      const command = start(['serve'], { DATA_DIRECTORY: folder, PORT: '0' });
      // From then on the database is being made.
      await eventually(() => access(join(folder, 'postgres.lock')));
      command.process.kill(signal);
      expect(await command.ended).toBe(code);
      expect(await processesWith(folder)).toEqual([]);
      expect(command.output()).toBe('');
      const again = await serve({ DATA_DIRECTORY: folder });
      again.process.kill('SIGINT');
      expect(await again.ended).toBe(0);
    },
  );

  test('a start interrupted while another process migrates does not wait for it', async () => {
    const database = endsWithTest(await createTestDatabase(), 'drop');
    const { appUrl, ownerUrl } = database.access;
    const other = endsWithTest(await database.owner.reserve(), 'release');
    await other`select pg_advisory_lock(${MIGRATION_LOCK})`;
    const settings = { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: folder, PORT: '0' };
    for (const [place, name] of ['serve', 'api', 'worker', 'migrate'].entries()) {
      const command = start([name], settings);
      await eventually(async () => {
        const waiting = await database.owner`select from pg_stat_activity where wait_event_type = 'Lock'
          and datname = current_database() and application_name = 'trainyard migrate'`;
        // Those of the starts before wait on: that nobody reads any more, PostgreSQL sees once it has something to say.
        expect(waiting).toHaveLength(place + 1);
      });
      command.process.kill('SIGTERM');
      expect([await command.ended, command.output()]).toEqual([143, '']);
    }
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withAllocatorSettings } from '../../src/processes/allocator-settings.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { start } from './command.ts';

test('allocator settings of the operator are kept', () => {
  expect(withAllocatorSettings({ MALLOC_ARENA_MAX: '1', PATH: '/bin' })).toMatchObject({
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '131072',
    PATH: '/bin',
  });
});

test.runIf(process.platform === 'linux').each([
  ['worker', /waiting for work/],
  ['api', /"url":"/],
])('a process that is started as %s returns memory too, without a second process', async (name, ready) => {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-environment-'));
  const database = await createTestDatabase();
  const command = start([name], {
    DATABASE_URL: database.access.appUrl,
    DATABASE_OWNER_URL: database.access.ownerUrl,
    DATA_DIRECTORY: directory,
    PORT: '0',
    LOG_LEVEL: 'info',
  });
  try {
    await command.printed(ready);
    expect(await readFile(`/proc/${command.process.pid}/environ`, 'utf8')).toContain('MALLOC_MMAP_THRESHOLD_=131072');
  } finally {
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  }
});

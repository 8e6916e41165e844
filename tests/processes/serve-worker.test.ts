import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { readMetrics } from '../support/read-metrics.ts';
import { killProcessesWith, processesWith, serve } from './command.ts';

const TOKEN = 'a-token-of-the-tests';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-serve-worker-'));
});

afterEach(async () => {
  await killProcessesWith(folder);
  await rm(folder, { recursive: true });
});

/** The process id of the one worker, as the API sees it. */
async function workerOf(url: string): Promise<number> {
  const metrics = await readMetrics(url, TOKEN);
  const pids = [...metrics.keys()].flatMap(
    (name) => /^trainyard_worker_memory_bytes\{.*pid="(\d+)"/.exec(name)?.[1] ?? [],
  );
  expect(pids).toHaveLength(1);
  return Number(pids[0]);
}

test('serve restarts a worker that dies', async () => {
  const command = await serve({ DATA_DIRECTORY: folder, METRICS_TOKEN: TOKEN });
  const first = await eventually(() => workerOf(command.url));
  process.kill(first, 'SIGKILL');
  await eventually(async () => expect(await workerOf(command.url)).not.toBe(first));
  command.process.kill('SIGINT');
  expect(await command.ended).toBe(0);
});

test('a slow shutdown of serve is orderly nevertheless, and so is that of its database', async () => {
  // Longer than the second after which another signal would be one of impatience.
  const command = await serve({ DATA_DIRECTORY: folder, SHUTDOWN_GRACE_SECONDS: '2' });
  command.process.kill('SIGTERM');
  expect(await command.ended).toBe(0);
  expect(await processesWith(folder)).toEqual([]);
});

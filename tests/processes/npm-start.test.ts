import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { killProcessesWith, processesWith, served, startProgram } from './command.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-npm-'));
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await killProcessesWith(folder);
  await rm(folder, { recursive: true, force: true });
});

/** `npm start` as a supervisor starts it: the signals go to npm, which has a shell between itself and the server. */
async function npmStart() {
  const settings = { DATA_DIRECTORY: folder, PORT: '0', npm_config_update_notifier: 'false' };
  return await served(startProgram('npm', ['start'], settings));
}

describe.runIf(process.platform === 'linux')('npm start', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s to npm ends the API, the worker and PostgreSQL', async (signal) => {
    const command = await npmStart();
    const running = await processesWith(folder);
    // npm itself, the API, PostgreSQL, and the worker.
    expect(running.length).toBeGreaterThanOrEqual(4);
    expect(running.join('\n')).toMatch(/worker --child/);
    expect(running.join('\n')).toMatch(/postgres -D/);
    command.process.kill(signal);
    await command.ended;
    expect(await processesWith(folder)).toEqual([]);
    await expect(fetch(`${command.url}/healthz`)).rejects.toThrow('fetch failed');
  });
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readConfig, SETTINGS } from '../../src/config.ts';
import { ROOT } from './compose-file.ts';

const run = promisify(execFile);

const FOLDER = join(ROOT, 'deploy/systemd');

const hasSystemd = await run('systemd-analyze', ['--version']).then(
  () => true,
  () => false,
);
if (!hasSystemd) console.warn('Skipped: the units are not verified, since there is no systemd-analyze here.');

async function linesOf(unit: string): Promise<Map<string, string[]>> {
  const lines = new Map<string, string[]>();
  for (const line of (await readFile(join(FOLDER, unit), 'utf8')).split('\n')) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) lines.set(key, [...(lines.get(key) ?? []), value]);
  }
  return lines;
}

describe.each([
  { unit: 'trainyard-api.service', command: 'api' },
  { unit: 'trainyard-worker@.service', command: 'worker' },
])('$unit', ({ unit, command }) => {
  test('the unit starts the program itself, ends it in order and limits its memory', async () => {
    const lines = await linesOf(unit);
    expect(lines.get('ExecStart')).toEqual([`/usr/bin/node dist/main.js ${command}`]);
    expect(lines.get('KillMode')).toEqual(['mixed']);
    expect(lines.get('MemoryMax')?.[0]).toMatch(/^\d+G$/);
    const { SHUTDOWN_GRACE_SECONDS, SHUTDOWN_TIMEOUT_SECONDS } = readConfig({});
    const longest = command === 'api' ? SHUTDOWN_GRACE_SECONDS + SHUTDOWN_TIMEOUT_SECONDS : 10;
    expect(Number(lines.get('TimeoutStopSec')?.[0])).toBeGreaterThan(longest);
  });

  test('the unit passes every secret as a file, to a setting that takes one', async () => {
    const lines = await linesOf(unit);
    const credentials = (lines.get('LoadCredential') ?? []).map((line) => line.split(':')[0]);
    const files = [...(lines.get('Environment') ?? []).join(' ').matchAll(/(\w+)_FILE=%d\/(\w+)/g)];
    expect(files.map(([, , name]) => name)).toEqual(credentials);
    for (const [, name = ''] of files) {
      expect(SETTINGS).toHaveProperty(name, expect.objectContaining({ isSecret: true }));
    }
  });

  test.skipIf(!hasSystemd)('the unit passes systemd-analyze verify', async () => {
    const verified = await run('systemd-analyze', ['verify', '--recursive-errors=no', join(FOLDER, unit)]).catch(
      (error: unknown) => error as { readonly stderr: string },
    );
    const lines = verified.stderr.split('\n').filter((line) => line !== '');
    // The user and the program need not be on this machine.
    const complaints = lines.filter((line) => !/is not executable|Failed to prepare/.test(line));
    expect(complaints).toEqual([]);
  });
});

/**
 * What it takes from `npm start` to a health of UP. The bars are 3 s for the first time (PostgreSQL is initialised) and
 * 1.5 s later; start-time.txt says how near the first one is.
 *
 *   node benchmarks/start-time.ts [--rounds 5]
 *
 * Each round starts on an empty folder, ends with Ctrl-C, and starts again on what is there.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { freePort } from '../tests/support/free-port.ts';

const ROOT = join(import.meta.dirname, '..');
const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } }).values;

const first: number[] = [];
const later: number[] = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-start-'));
  await chmod(directory, 0o755);
  first.push(await secondsToUp(directory));
  later.push(await secondsToUp(directory));
  await rm(directory, { recursive: true, force: true });
}
for (const [name, seconds] of [
  ['first start', first],
  ['later start', later],
] as const) {
  console.log(
    `${name}: median ${median([...seconds]).toFixed(2)} s of ${seconds.map((value) => value.toFixed(2)).join(' ')}`,
  );
}

async function secondsToUp(directory: string): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, PORT: String(port), DATA_DIRECTORY: directory, LOG_LEVEL: 'warn' },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  while (!(await isUp(port))) await new Promise((resolve) => setTimeout(resolve, 5));
  const seconds = (performance.now() - startedAt) / 1000;
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  await exited;
  while (await isUp(port)) await new Promise((resolve) => setTimeout(resolve, 20));
  return seconds;
}

async function isUp(port: number): Promise<boolean> {
  try {
    const body = JSON.stringify({ query: '{ health { status } }' });
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return ((await response.json()) as { data: { health: { status: string } } }).data.health.status === 'UP';
  } catch {
    return false;
  }
}

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { TestClient } from '../support/test-client.ts';
import { type Command, killProcessesWith, MAIN_FILE, serve, served, signalProcesses, startProgram } from './command.ts';

const isRoot = process.getuid?.() === 0;
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;
if (!mayMount) console.warn('Skipped: uploads onto a full disk. This user may not mount (unshare).');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-log-'));
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await killProcessesWith(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The lines of JSON that it has logged so far. */
function logOf(command: Command): Record<string, unknown>[] {
  const lines = command.output().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a PANIC of the embedded database appears in the log', async () => {
  const command = await serve({ DATA_DIRECTORY: folder });
  const port = await command.printed(/embedded, port (\d+)/);
  const password = (await readFile(join(folder, 'postgres-password'), 'utf8')).trim();
  // Without its log PostgreSQL can keep no promise any more.
  await rename(join(folder, 'postgres/pg_wal'), join(folder, 'postgres/gone'));
  const sql = postgres({
    host: '127.0.0.1',
    port: Number(port),
    username: 'trainyard',
    password,
    database: 'postgres',
  });
  await sql`select pg_switch_wal()`.catch(() => undefined);
  await sql.end({ timeout: 0 });
  await eventually(() =>
    expect(logOf(command)).toContainEqual(
      expect.objectContaining({ level: 60, source: 'postgres', severity: 'PANIC', msg: expect.any(String) }),
    ),
  );
});

test('a server whose database ends unexpectedly ends too, and says so', async () => {
  const command = await serve({ DATA_DIRECTORY: folder });
  await signalProcesses(folder, /postgres -D/, 'SIGKILL');
  expect(await command.ended).toBe(1);
  const last = logOf(command).filter(({ failure, name }) => failure !== undefined && name === 'serve');
  expect(last).toMatchObject([
    {
      level: 60,
      name: 'serve',
      failure: 'DATABASE_ENDED',
      msg: expect.stringMatching(/ended by itself \(SIGKILL\).*start it again/),
    },
  ]);
});

test.runIf(mayMount)('uploads onto a full disk give one log line, however many fail', async () => {
  const temporary = join(folder, 'temporary');
  const mount = 'mkdir "$0" && mount -t tmpfs -o size=1m none "$0" && exec "$@"';
  const program = ['--mount', '/bin/sh', '-c', mount, temporary, process.execPath, MAIN_FILE, 'serve'];
  const command = await served(startProgram('unshare', program, { DATA_DIRECTORY: folder, PORT: '0' }));
  const { signUp } = await new TestClient(command.url, null).execute<{ signUp: { accessToken: string } }>(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: { email: 'ada@example.com', password: 'correct horse battery' } },
  );
  const client = new TestClient(command.url, signUp.accessToken);
  const file = { name: 'large.csv', content: `a,b\n${'1,2\n'.repeat(500_000)}` };
  const upload = 'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } } }';
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { errors } = await client.requestWithFile(upload, file);
    expect(errors?.[0]?.extensions['code']).toBe('STORAGE_FULL');
  }
  await eventually(() => {
    const lines = logOf(command).filter(({ msg }) => String(msg).includes('STORAGE_FULL'));
    const times = lines.map(({ time }) => Number(time));
    // One, unless this machine took longer than a minute for three uploads.
    expect(times.length).toBeGreaterThan(0);
    expect(times.slice(1).every((time, index) => time - Number(times[index]) > 59_000)).toBe(true);
    expect(lines[0]).toMatchObject({ level: 50, path: temporary, freeBytes: expect.any(Number), code: 'ENOSPC' });
  });
});

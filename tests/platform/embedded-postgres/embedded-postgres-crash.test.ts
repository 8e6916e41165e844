import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { installedBinaries, usableBinaries } from '../../../src/platform/embedded-postgres/binaries.ts';
import {
  cleanUp,
  folderWithNote,
  isRoot,
  isRunning,
  NOTE,
  query,
  readNote,
  start,
  startInChildProcess,
  temporaryFolder,
} from './embedded-postgres-support.ts';

cleanUp();

describe('two Trainyards on one data folder', () => {
  it('a second Trainyard on one data folder is refused, and told the process of the first', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const { child, serverPid } = startInChildProcess(directory);
    expect(await isRunning(await serverPid)).toBe(true);
    await expect(start(directory)).rejects.toMatchObject({
      failure: 'IN_USE',
      message: expect.stringContaining(`process ${child.pid} `),
    });
  });

  it('a second start in the same process is refused until the first is stopped', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const first = await start(directory);
    await expect(start(directory)).rejects.toMatchObject({ failure: 'IN_USE' });
    await first.stop();
    await start(directory);
  });

  it('a lock whose process id now belongs to another process is taken over', async () => {
    const directory = await temporaryFolder();
    await writeFile(
      join(directory, 'postgres.lock'),
      JSON.stringify({ pid: process.pid, identity: 'an earlier life' }),
    );
    const server = await start(directory);
    expect(JSON.parse(await readFile(join(directory, 'postgres.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await server.stop();
    expect(await readdir(directory)).toEqual(['postgres', 'postgres-password', 'postgres.lock']);
  });
});

describe('after a crash', () => {
  it('a database recovers when the server was killed during a query', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const first = await start(directory, { durable: true });
    const sql = postgres(first.ownerUrl, { max: 1, onnotice: () => undefined });
    const backends = await sql`select pg_backend_pid() as pid`;
    const [backend] = backends.map(({ pid }) => Number(pid));
    // A query that never looks whether the postmaster lives keeps the shared memory in use.
    const busy = sql`select count(*) from generate_series(1, 1000000000000)`.catch(() => undefined);
    await expect.poll(() => activeQueries(first.ownerUrl)).toBe(1);
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await isRunning(backend ?? 0)).toBe(true);
    const second = await start(directory, { durable: true });
    expect(await isRunning(backend ?? 0)).toBe(false);
    expect(await readNote(second)).toEqual(NOTE);
    await busy;
    await sql.end({ timeout: 0 });
  });

  it('a database starts when the process id of the killed server belongs to another process', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const first = await start(directory);
    const pidFile = await readFile(join(directory, 'postgres', 'postmaster.pid'), 'utf8');
    await first.stop();
    const { uid, gid } = await stat(join(directory, 'postgres'));
    const stranger = spawn('sleep', ['86400'], { uid, gid });
    try {
      await writeFile(join(directory, 'postgres', 'postmaster.pid'), pidFile.replace(/^\d+/, String(stranger.pid)));
      const second = await start(directory);
      expect(await readNote(second)).toEqual(NOTE);
      expect(stranger.exitCode).toBe(null);
    } finally {
      stranger.kill();
    }
  });

  it('a server stops when its parent is killed', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const { child, serverPid } = startInChildProcess(directory);
    const pid = await serverPid;
    child.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
    await start(directory);
  });

  it('a server that was left running is stopped, and started anew', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const first = await start(directory);
    await first.stop();
    const data = join(directory, 'postgres');
    const { uid, gid } = await stat(data);
    const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `port=${first.port}`, '-c', 'unix_socket_directories='];
    // The programs that the first start found fit: below a folder that PostgreSQL's user cannot enter, a copy.
    const account = isRoot ? { userId: uid, groupId: gid } : null;
    const binaries = await usableBinaries(installedBinaries(), '/var/lib/trainyard', account);
    const orphan = spawn(binaries.postgres, ['-D', data, ...settings], {
      uid,
      gid,
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(orphan, 'exit');
    await expect.poll(() => readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).toContain('ready');
    const lines: string[] = [];
    const second = await start(directory, { onLog: (line) => lines.push(line) });
    expect(await ended).toEqual([0, null]);
    expect(lines[0]).toContain(`(process ${orphan.pid})`);
    expect(await readNote(second)).toEqual(NOTE);
  });

  it('an interrupted initdb is started again', async () => {
    const directory = join(await temporaryFolder(), '.data');
    const { child } = startInChildProcess(directory);
    await expect.poll(() => initdbHasBegun(directory)).toBe(true);
    // Where it was quicker than this look, it is the database that loses its server.
    child.kill('SIGKILL');
    await once(child, 'exit');
    const server = await start(directory);
    expect(await query(server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    await (await start(directory)).stop();
    expect(await readdir(directory)).toEqual(['postgres', 'postgres-password', 'postgres.lock']);
  });
});

async function activeQueries(url: string): Promise<number> {
  const rows = await query(
    url,
    `select pid from pg_stat_activity where state = 'active' and query like '%generate_series%' and pid <> pg_backend_pid()`,
  );
  return rows.length;
}

async function initdbHasBegun(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((): string[] => []);
  if (names.includes('postgres')) return true;
  const draft = names.find((name) => name.startsWith('postgres-initialising-'));
  const made: string[] = draft === undefined ? [] : await readdir(join(directory, draft, 'data')).catch(() => []);
  return made.includes('PG_VERSION');
}

import { link, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { acquireLock, type DataLock } from '../../../src/platform/embedded-postgres/data-lock.ts';
import { processNamespace } from '../../../src/platform/embedded-postgres/process-identity.ts';
import { tokenSecret } from '../../../src/processes/secrets.ts';
import { cleanUp, folderWithNote, start, temporaryFolder } from './embedded-postgres-support.ts';

cleanUp();

const held: DataLock[] = [];
const timers: NodeJS.Timeout[] = [];

afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  for (const lock of held.splice(0)) await lock.release();
  vi.doUnmock('fs-native-extensions');
});

async function acquire(path: string, lines: string[] = []): Promise<DataLock> {
  const lock = await acquireLock(path, (line) => lines.push(line));
  held.push(lock);
  return lock;
}

/** The lock file of an owner whose kernel's locks do not reach this machine, last written so many seconds ago. */
async function lockOfAnotherMachine(path: string, secondsAgo: number): Promise<void> {
  const place = { host: 'elsewhere', boot: 'another', namespace: 'pid:[4026531836]' };
  await writeFile(path, JSON.stringify({ token: 'theirs', place, pid: 4711, server: null }));
  const time = Date.now() / 1000 - secondsAgo;
  await utimes(path, time, time);
}

describe('the lock on a data folder', () => {
  it('a released lock on a data folder is free again, and keeps the record of the server', async () => {
    const path = join(await temporaryFolder(), 'postgres.lock');
    const first = await acquireLock(path, () => undefined);
    first.recordServer(4711);
    await expect(acquireLock(path, () => undefined)).rejects.toMatchObject({ failure: 'IN_USE' });
    await first.release();
    const second = await acquire(path);
    expect(second.earlierServer).toEqual({ pid: 4711, place: await processNamespace() });
  });

  it('a lock is refused while an owner on another machine still updates it', async () => {
    const path = join(await temporaryFolder(), 'postgres.lock');
    await lockOfAnotherMachine(path, 1);
    timers.push(setInterval(() => void utimes(path, new Date(), new Date()), 100));
    await expect(acquire(path)).rejects.toMatchObject({
      failure: 'IN_USE',
      message: expect.stringContaining('process 4711 of another container or machine (elsewhere)'),
    });
    expect(await readFile(path, 'utf8')).toContain('theirs');
  });

  it('a lock is taken once its owner on another machine has been silent for long enough, and not before', async () => {
    const path = join(await temporaryFolder(), 'postgres.lock');
    await lockOfAnotherMachine(path, 29);
    const lines: string[] = [];
    await acquire(path, lines);
    // Unless this machine itself took the rest of the time to come here.
    for (const line of lines) expect(line).toMatch(/^waiting [12] s: /);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('a lock is taken at once if its owner on another machine released it, or has long been silent', async () => {
    const folder = await temporaryFolder();
    const lines: string[] = [];
    await lockOfAnotherMachine(join(folder, 'old.lock'), 3_600);
    await acquire(join(folder, 'old.lock'), lines);
    const place = { host: 'elsewhere', boot: 'another', namespace: '' };
    await writeFile(join(folder, 'free.lock'), JSON.stringify({ token: 'theirs', place, pid: null, server: null }));
    await acquire(join(folder, 'free.lock'), lines);
    expect(lines).toEqual([]);
    expect(await readdir(folder)).toEqual(['free.lock', 'old.lock']);
  });

  it('a lock on a file system without locks is refused with advice', async () => {
    vi.doMock('fs-native-extensions', () => ({
      tryLock: () => {
        throw Object.assign(new Error('no locks available'), { code: 'ENOLCK' });
      },
    }));
    const failed = start(join(await temporaryFolder(), '.data'));
    await expect(failed).rejects.toMatchObject({
      failure: 'LOCKS_MISSING',
      message: expect.stringContaining('no locks available'),
      hint: expect.stringContaining('DATA_DIRECTORY'),
    });
  });

  it('a server ends at once if another machine took its folder nevertheless', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const lines: string[] = [];
    const server = await start(directory, { onLog: (line) => lines.push(line) });
    await lockOfAnotherMachine(join(directory, 'postgres.lock'), 0);
    await server.exited;
    expect(lines.join('\n')).toContain('FATAL: another process');
  });
});

it('a token secret is not overwritten by a process with the same id in another container', async () => {
  const DATA_DIRECTORY = await temporaryFolder();
  const path = join(DATA_DIRECTORY, 'token-secret');
  const theirs = 'a secret that another process has just linked';
  await writeFile(`${path}.${process.pid}`, theirs);
  await link(`${path}.${process.pid}`, path);
  expect(await tokenSecret({ TOKEN_SECRET: null, TOKEN_KEYS: null, DATABASE_URL: null, DATA_DIRECTORY })).toBe(theirs);
  expect(await readFile(path, 'utf8')).toBe(theirs);
});

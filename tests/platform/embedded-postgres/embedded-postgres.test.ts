import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { unprivilegedAccount } from '../../../src/platform/embedded-postgres/account.ts';
import { installedBinaries, usableBinaries } from '../../../src/platform/embedded-postgres/binaries.ts';
import { runProgram } from '../../../src/platform/embedded-postgres/server-process.ts';
import {
  cleanUp,
  commandsNaming,
  folderWithNote,
  isRoot,
  isRunning,
  NOTE,
  query,
  readNote,
  start,
  temporaryFolder,
} from './embedded-postgres-support.ts';

cleanUp();

/** A folder as of an installed package, whose initdb is this shell script. */
async function binariesWithInitdb(folder: string, script: string): Promise<string> {
  const native = join(folder, 'native');
  await mkdir(join(native, 'bin'), { recursive: true });
  await mkdir(join(native, 'lib'));
  await mkdir(join(native, 'share', 'postgresql'), { recursive: true });
  await writeFile(join(native, 'share', 'postgresql', 'postgres.bki'), '');
  await writeFile(join(native, 'bin', 'postgres'), '', { mode: 0o755 });
  await writeFile(join(native, 'bin', 'initdb'), script, { mode: 0o755 });
  return native;
}

describe('the embedded PostgreSQL', () => {
  it('the embedded PostgreSQL keeps its data between starts', async () => {
    const directory = join(await temporaryFolder(), '.data');
    const lines: string[] = [];
    const first = await start(directory, { durable: true, onLog: (line) => lines.push(line) });
    await query(first.ownerUrl, 'create table note as select 42 as number');
    await first.stop();
    const second = await start(directory);
    expect(await readNote(second)).toEqual(NOTE);
    expect(lines.join('\n')).toContain('ready to accept connections');
  });

  it('the embedded PostgreSQL listens on the loopback address only, and requires the password', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    const server = await start(directory);
    const settings = await query(
      server.ownerUrl,
      `select name, setting from pg_settings where name in
       ('listen_addresses', 'unix_socket_directories', 'password_encryption', 'server_encoding', 'fsync') order by name`,
    );
    expect(settings.map(({ setting }) => setting)).toEqual(['off', '127.0.0.1', 'scram-sha-256', 'UTF8', '']);
    expect(await query(server.ownerUrl, `select upper('ä') as letter`)).toEqual([{ letter: 'Ä' }]);
    const wrongPassword = new URL(server.url('template1'));
    wrongPassword.password = 'wrong';
    await expect(query(wrongPassword.href, 'select 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(directory, 'postgres-password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'postgres'))).mode & 0o777).toBe(0o700);
  });

  it.skipIf(process.platform !== 'linux')(
    'the embedded PostgreSQL leaves no process behind when it is stopped',
    async () => {
      const directory = join(await temporaryFolder(), '.data');
      await folderWithNote(directory);
      const server = await start(directory);
      // A child shows its parent's command line for a moment.
      await expect.poll(() => commandsNaming(directory)).toHaveLength(1);
      await expect.poll(() => commandsNaming(` sh ${server.pid} `)).toHaveLength(1);
      await Promise.all([server.stop(), server.stop()]);
      expect(await isRunning(server.pid)).toBe(false);
      expect(await server.exited).toEqual({ code: 0, signal: null });
      expect(await commandsNaming(directory)).toEqual([]);
      await expect.poll(() => commandsNaming(` sh ${server.pid} `)).toEqual([]);
    },
  );

  it('the embedded PostgreSQL gets a new password if the password file is lost', async () => {
    const directory = join(await temporaryFolder(), '.data');
    await folderWithNote(directory);
    await rm(join(directory, 'postgres-password'));
    expect(await readNote(await start(directory))).toEqual(NOTE);
  });
});

describe('an embedded PostgreSQL that cannot start', () => {
  it('a failed start says what initdb printed, and leaves nothing', async () => {
    const folder = await temporaryFolder();
    const binariesDirectory = await binariesWithInitdb(folder, '#!/bin/sh\necho "error: no such moon" >&2; exit 1\n');
    const failed = start(join(folder, '.data'), { binariesDirectory });
    await expect(failed).rejects.toMatchObject({
      failure: 'INITDB_FAILED',
      message: expect.stringContaining('no such moon'),
      hint: expect.stringContaining('DATABASE_URL'),
    });
    expect(await readdir(join(folder, '.data'))).toEqual(['postgres-password', 'postgres.lock']);
  });

  it('a full disk and binaries for another system are told from other failures', async () => {
    const fullDisk = await temporaryFolder();
    const fails = '#!/bin/sh\necho "could not write: No space left on device" >&2; exit 1\n';
    await expect(
      start(join(fullDisk, '.data'), { binariesDirectory: await binariesWithInitdb(fullDisk, fails) }),
    ).rejects.toMatchObject({ failure: 'DISK_FULL' });
    const otherSystem = await temporaryFolder();
    const noLoader = '#!/lib/no-such-loader\n';
    await expect(
      start(join(otherSystem, '.data'), { binariesDirectory: await binariesWithInitdb(otherSystem, noLoader) }),
    ).rejects.toMatchObject({ failure: 'UNSUPPORTED_PLATFORM', hint: expect.stringContaining('DATABASE_URL') });
  });

  it('a folder with other contents is not touched', async () => {
    const directory = await temporaryFolder();
    await mkdir(join(directory, 'postgres'));
    await writeFile(join(directory, 'postgres', 'thesis.txt'), 'four years of work');
    if (isRoot) {
      await promisify(execFile)('chown', ['-R', 'nobody', join(directory, 'postgres')]);
    }
    await expect(start(directory)).rejects.toMatchObject({
      failure: 'START_FAILED',
      message: expect.stringContaining('holds no PostgreSQL database'),
    });
    expect(await readFile(join(directory, 'postgres', 'thesis.txt'), 'utf8')).toBe('four years of work');
  });
});

describe.skipIf(!isRoot || process.platform !== 'linux')('as root, below a folder that others cannot enter', () => {
  /** A project in a folder of mode 700, with the binaries as npm unpacks them: without the libraries' links. */
  async function closedProject(): Promise<{ project: string; binariesDirectory: string; systemDirectory: string }> {
    const folder = await temporaryFolder();
    const home = join(folder, 'home');
    const project = join(home, 'project');
    const binariesDirectory = join(project, 'package', 'native');
    await mkdir(join(project, 'package'), { recursive: true });
    await chmod(home, 0o700);
    await promisify(execFile)('cp', ['-a', installedBinaries(), binariesDirectory]);
    await promisify(execFile)('find', [binariesDirectory, '-type', 'l', '-delete']);
    await writeFile(join(project, 'package', 'package.json'), '{"version":"18.0.0"}');
    return { project, binariesDirectory, systemDirectory: join(folder, 'system') };
  }

  it('as root, binaries and data are kept where PostgreSQL can reach them', async () => {
    const { project, ...options } = await closedProject();
    const directory = join(project, '.data');
    const first = await start(directory, options);
    expect(await readlink(join(directory, 'postgres'))).toContain(options.systemDirectory);
    await query(first.ownerUrl, 'create table note as select 42 as number');
    await first.stop();
    const second = await start(directory, options);
    expect(await readNote(second)).toEqual(NOTE);
    await second.stop();
    await rm(directory, { recursive: true });
    const fresh = await start(directory, options);
    expect(await query(fresh.ownerUrl, `select to_regclass('note') as note`)).toEqual([{ note: null }]);
  });

  it('as root, several simultaneous starts copy the binaries once, with the links that their package lacks', async () => {
    const { binariesDirectory, systemDirectory } = await closedProject();
    const account = await unprivilegedAccount();
    const copies = await Promise.all([1, 2, 3].map(() => usableBinaries(binariesDirectory, systemDirectory, account)));
    const version = `18.0.0-${process.platform}-${process.arch}`;
    expect(await readdir(join(systemDirectory, 'postgres-binaries'))).toEqual([version]);
    for (const { postgres } of copies) {
      expect(await runProgram(postgres, ['--version'], { account })).toMatchObject({ succeeded: true, stderr: '' });
    }
  });

  it('as root, data in a folder that is closed later are moved, and reported if they are lost', async () => {
    const { project, ...options } = await closedProject();
    const directory = join(project, '.data');
    await folderWithNote(directory);
    const server = await start(directory, options);
    expect(await realpath(join(directory, 'postgres'))).toContain(options.systemDirectory);
    expect(await readNote(server)).toEqual(NOTE);
    await server.stop();
    await rm(join(options.systemDirectory, 'databases'), { recursive: true });
    await expect(start(directory, options)).rejects.toMatchObject({ message: expect.stringContaining('gone') });
  });
});

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestClient } from '../support/test-client.ts';
import { type Command, killProcessesWith, serve, served, signalProcesses, startInNamespace } from './command.ts';

const mayUnshare = spawnSync('unshare', ['--pid', '--ipc', '--mount', '--fork', '--mount-proc', 'true']).status === 0;
if (!mayUnshare) console.warn('Skipped: two containers on one volume. This user may not make namespaces (unshare).');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-two-'));
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await killProcessesWith(folder);
  await rm(folder, { recursive: true, force: true });
});

/** Signs up and returns the address once that was acknowledged. */
async function signUp(url: string, email: string): Promise<string> {
  const input = { email, password: 'correct horse battery' };
  await new TestClient(url, null).execute('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', {
    input,
  });
  return email;
}

async function canSignIn(url: string, email: string): Promise<boolean> {
  const input = { email, password: 'correct horse battery' };
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { user { email } } } }';
  return await new TestClient(url, null).execute(query, { input }).then(
    () => true,
    () => false,
  );
}

/** The address of a server that came up, or null of one that ended before. */
async function addressOf(command: Command): Promise<string | null> {
  return await served(command).then(
    ({ url }) => url,
    () => null,
  );
}

describe.runIf(mayUnshare)('two containers on one volume', () => {
  test('a second container on one volume is refused in one line and touches nothing; no acknowledged data is lost', async () => {
    const first = startInNamespace({ DATA_DIRECTORY: folder });
    const { url } = await served(first);
    const postmaster = await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8');
    const second = startInNamespace({ DATA_DIRECTORY: folder });
    const addresses = [url, await addressOf(second)].filter((address) => address !== null);
    const acknowledged: string[] = [];
    for (let number = 0; number < 10; number += 1) {
      for (const address of addresses) {
        const email = `user${number}-at-${new URL(address).port}@example.com`;
        acknowledged.push(await signUp(address, email).catch(() => ''));
      }
    }
    expect(addresses).toEqual([url]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^.* is in use by another Trainyard.*\n$/);
    expect(await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).toBe(postmaster);
    first.process.kill('SIGKILL');
    await first.ended;
    const third = await serve({ DATA_DIRECTORY: folder });
    const known = await Promise.all(acknowledged.map((email) => canSignIn(third.url, email)));
    expect(known).toEqual(acknowledged.map(() => true));
    third.process.kill('SIGINT');
    await third.ended;
  });

  test('while PostgreSQL outlives a killed server in one container, another container does not start', async () => {
    const first = startInNamespace({ DATA_DIRECTORY: folder }, { asFirstProcess: false });
    const { url } = await served(first);
    const email = await signUp(url, 'ada@example.com');
    const postmaster = await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8');
    // Held where it cannot end by itself, as by a disk that does not answer.
    await signalProcesses(folder, /postgres -D/, 'SIGSTOP');
    await signalProcesses(folder, /^(?!unshare|\/bin\/sh).* serve/, 'SIGKILL');
    const second = startInNamespace({ DATA_DIRECTORY: folder });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/^[^\n]*Processes of an earlier PostgreSQL server still run .*\n$/);
    expect(await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).toBe(postmaster);
    await signalProcesses(folder, /postgres -D/, 'SIGCONT');
    const third = await served(startInNamespace({ DATA_DIRECTORY: folder }));
    expect(await canSignIn(third.url, email)).toBe(true);
  });

  test('a container that was killed is followed by another at once', async () => {
    const first = startInNamespace({ DATA_DIRECTORY: folder });
    const email = await signUp((await served(first)).url, 'ada@example.com');
    first.process.kill('SIGKILL');
    await first.ended;
    const second = await served(startInNamespace({ DATA_DIRECTORY: folder }));
    expect(await canSignIn(second.url, email)).toBe(true);
  });

  test('a server of unknown origin, which may run in another container, is not taken for ended', async () => {
    const first = startInNamespace({ DATA_DIRECTORY: folder });
    await served(first);
    first.process.kill('SIGKILL');
    await first.ended;
    // As an earlier version left it, which noted no server.
    await writeFile(join(folder, 'postgres.lock'), JSON.stringify({ pid: 1, identity: 'some boot 123' }));
    const postmaster = await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8');
    const second = startInNamespace({ DATA_DIRECTORY: folder });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(
      /^.*postmaster.pid names a PostgreSQL server .* may still run in another container.*\n$/,
    );
    expect(await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).toBe(postmaster);
  });
});

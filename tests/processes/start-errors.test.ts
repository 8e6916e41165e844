import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { requireServerVersion } from '../../src/platform/postgres/server-version.ts';
import { explainStart } from '../../src/processes/start-error.ts';
import { freePort } from '../support/free-port.ts';
import { killProcessesWith, MAIN_FILE, serve, start, startProgram } from './command.ts';

const isRoot = process.getuid?.() === 0;
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;
if (!mayMount) console.warn('Skipped: starts on read-only and full file systems. This user may not mount (unshare).');

let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-start-'));
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await killProcessesWith(folder);
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The one line of a start that fails: JSON, with no stack in it. */
async function failureOf(command: ReturnType<typeof start>): Promise<{ failure: string; msg: string }> {
  expect(await command.ended).toBe(1);
  const lines = command.output().trim().split('\n');
  expect(lines).toHaveLength(1);
  const { level, failure, msg, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(level).toBe(60);
  expect(Object.keys(rest).sort()).toEqual(['hostname', 'name', 'pid', 'time']);
  expect(msg).not.toMatch(/\n|\s at /);
  return { failure: String(failure), msg: String(msg) };
}

/** `serve` under another program that changes what it may do. */
function startUnder(program: readonly [string, ...string[]], settings: Record<string, string>) {
  const [name, ...args] = program;
  return startProgram(name, [...args, process.execPath, MAIN_FILE, 'serve'], { PORT: '0', ...settings });
}

/** The tests' own server, with other parts of its address. */
function databaseUrl(changes: Partial<Record<'port' | 'hostname' | 'username' | 'password' | 'pathname', string>>) {
  return Object.assign(new URL(inject('templateUrl')), changes).href;
}

async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a start that fails says in one line what to do', () => {
  test('a start with invalid settings reports all of them in one line', async () => {
    const settings = { PORT: 'eighty', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' };
    const { failure, msg } = await failureOf(start(['serve'], settings));
    expect(failure).toBe('WRONG_SETTINGS');
    for (const name of Object.keys(settings)) expect(msg).toContain(name);
  });

  test('a start on a port that is taken says what to do', async () => {
    const PORT = String(await takenPort());
    const { failure, msg } = await failureOf(start(['serve'], { DATA_DIRECTORY: folder, PORT }));
    expect(failure).toBe('PORT_IN_USE');
    expect(msg).toContain(`Port ${PORT} of 127.0.0.1`);
    expect(msg).toContain('set PORT');
  });

  test.each([
    ['192.0.2.1', 'HOST_NOT_AVAILABLE'],
    ['no-such-host.invalid', 'HOST_NOT_AVAILABLE'],
  ])('a start on the host %s says what to do', async (HOST, expected) => {
    const settings = { HOST, PORT: '0', DATA_DIRECTORY: folder };
    const { failure, msg } = await failureOf(start(['serve'], settings));
    expect(failure).toBe(expected);
    expect(msg).toContain(HOST);
    expect(msg).toContain('set HOST');
  });

  test.each([
    ['the embedded database', {}],
    ['a database of the operator', { DATABASE_URL: 'own' }],
  ])(
    'a start whose DATA_DIRECTORY cannot be created says what to do, with %s',
    async (_name, given: { DATABASE_URL?: string }) => {
      const DATA_DIRECTORY = '/proc/trainyard/data';
      const settings = {
        DATA_DIRECTORY,
        PORT: '0',
        ...(given.DATABASE_URL && { DATABASE_URL: inject('templateUrl') }),
      };
      const { failure, msg } = await failureOf(start(['serve'], settings));
      expect(failure).toBe('READ_ONLY');
      expect(msg).toContain('/proc/trainyard');
      expect(msg).toContain('set DATA_DIRECTORY to a folder');
    },
  );

  test('a start whose DATA_DIRECTORY is a file says what to do', async () => {
    const DATA_DIRECTORY = join(folder, 'file');
    await writeFile(DATA_DIRECTORY, '');
    const { failure, msg } = await failureOf(start(['serve'], { DATA_DIRECTORY, PORT: '0' }));
    expect(failure).toBe('NO_FOLDER');
    expect(msg).toContain(DATA_DIRECTORY);
  });

  test.each([
    ['the embedded database', {}],
    ['a database of the operator', { DATABASE_URL: 'own' }],
  ])(
    'a start without permission on DATA_DIRECTORY says what to do, with %s',
    async (_name, { DATABASE_URL }: { DATABASE_URL?: string }) => {
      const DATA_DIRECTORY = join(folder, 'closed');
      await mkdir(DATA_DIRECTORY);
      await chmod(DATA_DIRECTORY, 0);
      // Root has a right of its own to go everywhere, which it can do without.
      if (isRoot) execFileSync('chown', ['nobody', DATA_DIRECTORY]);
      const without: [string, ...string[]] = isRoot
        ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search']
        : ['env'];
      const settings = { DATA_DIRECTORY, ...(DATABASE_URL && { DATABASE_URL: inject('templateUrl') }) };
      const { failure, msg } = await failureOf(startUnder(without, settings));
      expect(failure).toBe('NOT_PERMITTED');
      expect(msg).toContain(DATA_DIRECTORY);
      expect(msg).toMatch(/set (it|DATA_DIRECTORY) to a folder/);
      await chmod(DATA_DIRECTORY, 0o755);
    },
  );

  test.runIf(mayMount).each([
    ['the embedded database', '', false],
    ['the embedded database, not there yet', 'new', false],
    ['a database of the operator', '', true],
    ['a database of the operator, not there yet', 'new', true],
  ])('a start with a read-only DATA_DIRECTORY says what to do, with %s', async (_name, below, isOwnDatabase) => {
    const mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
    const settings = {
      DATA_DIRECTORY: join(folder, below),
      ...(isOwnDatabase && { DATABASE_URL: inject('templateUrl') }),
    };
    const { failure, msg } = await failureOf(
      startUnder(['unshare', '--mount', '/bin/sh', '-c', mount, folder], settings),
    );
    expect({ failure, msg }).toMatchObject({ failure: 'READ_ONLY' });
    expect(msg).toContain(folder);
  });

  test.runIf(mayMount)('a start on a full disk says what to do', async () => {
    const mount = 'mount -t tmpfs -o size=8m,mode=755 none "$0" && exec "$@"';
    const command = startUnder(['unshare', '--mount', '/bin/sh', '-c', mount, folder], { DATA_DIRECTORY: folder });
    const { failure, msg } = await failureOf(command);
    expect(failure).toBe('DISK_FULL');
    expect(msg).toContain('Free some space');
  });

  test('a start without a reachable database says what to do', async () => {
    const port = String(await freePort());
    const settings = { DATABASE_URL: databaseUrl({ port }), DATA_DIRECTORY: folder };
    for (const name of ['serve', 'api', 'worker', 'migrate']) {
      const { failure, msg } = await failureOf(start([name], settings));
      expect(failure).toBe('DATABASE_UNREACHABLE');
      expect(msg).toContain(`127.0.0.1:${port}`);
    }
  });

  test('a start with several hosts of which none responds says what to do', async () => {
    const hosts = [await freePort(), await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
    const { username, password, pathname } = new URL(inject('templateUrl'));
    const DATABASE_URL = `postgres://${username}:${password}@${hosts.join(',')}${pathname}`;
    for (const name of ['serve', 'api', 'worker', 'migrate']) {
      const { failure, msg } = await failureOf(start([name], { DATABASE_URL, DATA_DIRECTORY: folder, PORT: '0' }));
      expect(failure).toBe('DATABASE_UNREACHABLE');
      for (const host of hosts) expect(msg).toContain(host);
    }
  });

  test('a start with a proxy without a database behind it says what to do', async () => {
    let connections = 0;
    const proxy = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).destroy();
    });
    servers.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    for (const search of ['', '?sslmode=prefer', '?sslmode=require']) {
      const settings = { DATABASE_URL: `${databaseUrl({ port: String(port) })}${search}`, DATA_DIRECTORY: folder };
      const { failure, msg } = await failureOf(start(['migrate'], settings));
      expect(failure).toBe('DATABASE_UNREACHABLE');
      expect(msg).toContain(`127.0.0.1:${port}`);
    }
    // Nobody tries again and again what is closed at once.
    expect(connections).toBeLessThan(20);
  });

  test.each([
    ['host', { hostname: 'no-such-host.invalid' }, 'DATABASE_UNREACHABLE', 'no-such-host.invalid'],
    ['password', { password: 'wrong-password' }, 'DATABASE_REFUSES', 'password authentication failed'],
    ['user', { username: 'nobody_there' }, 'DATABASE_REFUSES', 'password authentication failed'],
    ['name', { pathname: '/no_such_database' }, 'DATABASE_MISSING', 'no_such_database'],
  ])('a start with a wrong %s of the database says what to do', async (_what, changes, expected, message) => {
    const settings = { DATABASE_URL: databaseUrl(changes), DATA_DIRECTORY: folder };
    const { failure, msg } = await failureOf(start(['migrate'], settings));
    expect(failure).toBe(expected);
    expect(msg).toContain(message);
    expect(msg).toContain('DATABASE_URL');
    expect(msg).not.toContain('wrong-password');
  });

  test('a start with a PostgreSQL that is too old says what to do', async () => {
    const sql = postgres(inject('templateUrl'), { max: 1 });
    try {
      await expect(requireServerVersion(sql, 99)).rejects.toThrow(/^The server is PostgreSQL 18.*needs 99 or newer/);
      await requireServerVersion(sql, 15);
    } finally {
      await sql.end();
    }
  });

  test.each([
    ['that is empty', async (path: string) => await writeFile(path, '')],
    ['that is a folder', async (path: string) => await mkdir(path)],
  ])('a start with a token secret %s says what to do', async (_name, make) => {
    await make(join(folder, 'token-secret'));
    const { failure, msg } = await failureOf(start(['serve'], { DATA_DIRECTORY: folder, PORT: '0' }));
    expect(failure).toBe('TOKEN_SECRET_UNREADABLE');
    expect(msg).toContain(join(folder, 'token-secret'));
    expect(msg).toContain('TOKEN_SECRET');
  });

  test('a start with a database without TLS, or with an untrusted certificate, says what to do', async () => {
    const settings = { DATABASE_URL: `${inject('templateUrl')}?sslmode=require`, DATA_DIRECTORY: folder };
    const { failure, msg } = await failureOf(start(['migrate'], settings));
    expect(failure).toBe('DATABASE_REFUSES');
    expect(msg).toMatch(/offers no TLS.*set sslmode=prefer in DATABASE_URL/);
    for (const code of ['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED']) {
      const explained = explainStart(Object.assign(new Error('tls'), { code }), readConfig(settings));
      expect(explained).toMatchObject({
        failure: 'DATABASE_REFUSES',
        message: expect.stringContaining('check the CA'),
      });
    }
  });

  test('a start on data of another PostgreSQL version says what to do', async () => {
    const command = await serve({ DATA_DIRECTORY: folder });
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
    await writeFile(join(folder, 'postgres/PG_VERSION'), '17\n');
    const { failure, msg } = await failureOf(start(['serve'], { DATA_DIRECTORY: folder, PORT: '0' }));
    expect(failure).toBe('START_FAILED');
    expect(msg).toMatch(/initialized by PostgreSQL version 17.*pg_dump/);
  });

  test('a start with an unknown parameter in the database URL says what to do', async () => {
    const url = `${inject('templateUrl')}?no_such_parameter=1`;
    for (const name of ['migrate', 'serve']) {
      const { failure, msg } = await failureOf(start([name], { DATABASE_URL: url, DATA_DIRECTORY: folder, PORT: '0' }));
      expect(failure).toBe('DATABASE_REFUSES');
      expect(msg).toMatch(/no_such_parameter.*check DATABASE_URL/);
    }
  });

  test('a start on data of another program says what to do', async () => {
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'thesis.txt'), 'four years of work');
    if (isRoot) execFileSync('chown', ['-R', 'nobody', join(folder, 'postgres')]);
    const { failure, msg } = await failureOf(start(['serve'], { DATA_DIRECTORY: folder, PORT: '0' }));
    expect(failure).toBe('START_FAILED');
    expect(msg).toContain('holds no PostgreSQL database');
  });
});

test.each([
  ['0.0.0.0', {}, 'http://0.0.0.0:'],
  ['::1', { PUBLIC_URL: 'https://ml.example.com' }, 'http://[::1]:'],
])('a server that listens on %s logs its address', async (HOST, settings, address) => {
  const command = await serve({ HOST, DATA_DIRECTORY: folder, LOG_LEVEL: 'info', ...settings });
  const lines = command
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const listening = lines
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(({ msg }) => msg === 'listening');
  expect(listening).toHaveLength(1);
  expect(listening[0]?.['address']?.replace(/\d+$/, '')).toBe(address);
  command.process.kill('SIGINT');
  expect(await command.ended).toBe(0);
});

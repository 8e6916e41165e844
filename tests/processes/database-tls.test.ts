import { chmod, chown, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/platform/embedded-postgres/embedded-postgres.ts';
import { openJobClient } from '../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { provideDatabase } from '../../src/processes/database-access.ts';
import { JOBS } from '../../src/processes/jobs.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';

const FIXTURES = resolve('tests/fixtures/tls');
const CA = join(FIXTURES, 'ca.pem');
const OTHER_CA = join(FIXTURES, 'other-ca.pem');
const logger = createLogger('silent', 'test');

let embedded: EmbeddedPostgres;
let owner: postgres.Sql;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(inject('temporaryDirectory'), 'tls-'));
  await chmod(folder, 0o755);
  embedded = await startEmbeddedPostgres({ directory: folder, durable: false });
  owner = postgres(embedded.ownerUrl, { max: 1, onnotice: () => undefined });
  const [data] = await owner`select current_setting('data_directory') as path`;
  const path = String(data?.['path']);
  // The key is read by PostgreSQL's user alone.
  const { uid, gid } = await stat(path);
  for (const name of ['server.pem', 'server.key']) {
    await copyFile(join(FIXTURES, name), join(path, name));
    await chmod(join(path, name), 0o600);
    await chown(join(path, name), uid, gid);
  }
  await owner`alter system set ssl_cert_file = 'server.pem'`;
  await owner`alter system set ssl_key_file = 'server.key'`;
  await setTls(true);
});

afterAll(async () => {
  await owner.end();
  await embedded.stop();
  await rm(folder, { recursive: true, force: true });
});

async function setTls(on: boolean): Promise<void> {
  await owner.unsafe(`alter system set ssl = ${on ? 'on' : 'off'}`);
  await owner`select pg_reload_conf()`;
  await eventually(async () => expect((await owner`show ssl`)[0]?.['ssl']).toBe(on ? 'on' : 'off'));
}

/** The address with other hosts, or with something asked for behind it. */
function address(search: string, host?: string): string {
  const { username, password, port, pathname } = new URL(embedded.ownerUrl);
  return `postgres://${username}:${password}@${host ?? `localhost:${port}`}${pathname}${search}`;
}

/** Which of the server's connections are encrypted, of each driver, once both have done their work. */
async function encryptionWith(url: string, settings: Record<string, string> = {}): Promise<Record<string, boolean>> {
  const config = readConfig({ DATABASE_URL: url, ...settings });
  const { access } = await provideDatabase(config, logger);
  await migrate(access, JOBS, null);
  const database = openDatabase(access, 1);
  try {
    await database.transaction({}, (tx) => tx.execute(sql`select 1`));
    endsWithTest(await openJobClient(access, logger));
    const found = await owner<{ name: string; ssl: boolean }[]>`
      select distinct application_name as name, ssl from pg_stat_ssl join pg_stat_activity using (pid)
      where application_name in ('trainyard', 'trainyard jobs')`;
    return Object.fromEntries(found.map(({ name, ssl }) => [name, ssl]));
  } finally {
    await database.close();
  }
}

const ENCRYPTED = { trainyard: true, 'trainyard jobs': true };
const PLAIN = { trainyard: false, 'trainyard jobs': false };

describe('where the database offers TLS', () => {
  test.each([
    ['', PLAIN],
    ['?sslmode=disable', PLAIN],
    ['?sslmode=allow', ENCRYPTED],
    ['?sslmode=prefer', ENCRYPTED],
    ['?sslmode=require', ENCRYPTED],
    [`?sslmode=require&sslrootcert=${CA}`, ENCRYPTED],
    [`?sslmode=verify-ca&sslrootcert=${CA}`, ENCRYPTED],
    [`?sslmode=verify-full&sslrootcert=${CA}`, ENCRYPTED],
  ])('%s has the same meaning for both drivers', async (search, encryption) => {
    expect(await encryptionWith(address(search))).toEqual(encryption);
  });

  test('a private CA may be given by a setting', async () => {
    const url = address('?sslmode=verify-full');
    expect(await encryptionWith(url, { DATABASE_CA_FILE: CA })).toEqual(ENCRYPTED);
    await expect(encryptionWith(url, { DATABASE_CA_FILE: OTHER_CA })).rejects.toThrow(/certificate/);
    await expect(encryptionWith(url)).rejects.toThrow(/certificate/);
  });

  test('verify-ca checks who signed the certificate, and verify-full the name too', async () => {
    const digits = `127.0.0.1:${embedded.port}`;
    expect(await encryptionWith(address(`?sslmode=verify-ca&sslrootcert=${CA}`, digits))).toEqual(ENCRYPTED);
    await expect(encryptionWith(address(`?sslmode=verify-ca&sslrootcert=${OTHER_CA}`))).rejects.toThrow(/certificate/);
    await expect(encryptionWith(address(`?sslmode=require&sslrootcert=${OTHER_CA}`))).rejects.toThrow(/certificate/);
    await expect(encryptionWith(address(`?sslmode=verify-full&sslrootcert=${CA}`, digits))).rejects.toThrow(/altnames/);
  });

  test('a certificate that cannot be read is reported at once', async () => {
    const config = readConfig({ DATABASE_URL: address('?sslmode=verify-full&sslrootcert=/nowhere.pem') });
    await expect(provideDatabase(config, logger)).rejects.toThrow(
      /DATABASE_URL needs \/nowhere.pem, which cannot be read/,
    );
  });
});

describe('where it offers none', () => {
  beforeAll(() => setTls(false));
  afterAll(() => setTls(true));

  test.each(['?sslmode=allow', '?sslmode=prefer'])(
    '%s connects without TLS to a database that does not offer it',
    async (search) => {
      expect(await encryptionWith(address(search))).toEqual(PLAIN);
    },
  );

  test.each(['require', 'verify-ca', 'verify-full'])(
    '%s is refused with the reason by a database without TLS',
    async (mode) => {
      await expect(encryptionWith(address(`?sslmode=${mode}`))).rejects.toThrow('The database offers no TLS');
    },
  );
});

test('of several hosts the first that responds is used, by both drivers', async () => {
  const closed = await freePort();
  const { username, password, pathname } = new URL(embedded.ownerUrl);
  const hosts = `127.0.0.1:${closed},127.0.0.1:${embedded.port}`;
  expect(await encryptionWith(`postgres://${username}:${password}@${hosts}${pathname}`)).toEqual(PLAIN);
});

test('a database behind a Unix socket is used, by both drivers', async () => {
  // A path of some 100 characters at most.
  const sockets = await mkdtemp('/tmp/pg-');
  const relay = createServer((client) => {
    const server = connect(embedded.port, '127.0.0.1');
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  });
  await listen(relay, join(sockets, '.s.PGSQL.5432'));
  const { username, password, pathname } = new URL(embedded.ownerUrl);
  const url = `postgres://${username}:${password}@${pathname}?host=${sockets}&sslmode=require`;
  expect(await encryptionWith(url)).toEqual(PLAIN);
  await new Promise((done) => relay.close(done));
  await rm(sockets, { recursive: true, force: true });
});

function listen(server: Server, where: string | number): Promise<void> {
  return new Promise((done) => server.listen(where as number, () => done()));
}

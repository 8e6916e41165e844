import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import type { DatabaseAccess } from '../../../src/platform/postgres/database.ts';
import { migrate } from '../../../src/platform/postgres/migrate.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { JOBS } from '../../../src/processes/jobs.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const UP = { status: 'UP', database: 'UP', storage: 'UP', queue: 'UP' };

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer({ MIN_FREE_DISK_BYTES: '0' }, { worker: false });
  folder = server.config.DATA_DIRECTORY;
});

afterAll(() => server.close());

async function readiness(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: await response.json() };
}

async function becomes(url: string, expected: { status: number; body: object }): Promise<void> {
  await eventually(async () => expect(await readiness(url)).toMatchObject(expected));
}

const ready = { status: 200, body: UP };
const notReady = (reasons: object) => ({ status: 503, body: { status: 'DOWN', reasons } });

/** Ends every connection of the server, so that it makes new ones. */
async function endConnections(): Promise<void> {
  await server.database.owner`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'trainyard%'`;
}

describe('a server whose database', () => {
  test('a server whose database is read-only is not ready, says why, and recovers', async () => {
    const { owner } = server.database;
    const [row] = await owner`select current_database() as name`;
    const name = row?.['name'] as string;
    await becomes(server.url, ready);
    // Connections that stand go on to write; what is made from now on cannot.
    await owner.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    await becomes(server.url, notReady({ database: 'READ_ONLY' }));
    await endConnections();
    await becomes(server.url, notReady({ database: 'READ_ONLY', queue: 'READ_ONLY' }));
    const query = '{ health { status database storage faults { part reason } } }';
    const faults = [
      { part: 'database', reason: 'READ_ONLY' },
      { part: 'queue', reason: 'READ_ONLY' },
    ];
    const health = { status: 'DOWN', database: 'DOWN', storage: 'UP', faults };
    await eventually(async () => expect(await server.anonymous().execute(query)).toEqual({ health }));
    const signUp = 'mutation { signUp(input: { email: "r@example.com", password: "12345678" }) { accessToken } }';
    const refused = await server.anonymous().request(signUp);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await owner.unsafe(
      `set default_transaction_read_only = off; alter database ${name} reset default_transaction_read_only`,
    );
    // Nobody ends the connections that were made meanwhile, which would be read-only for as long as they live.
    await becomes(server.url, ready);
    const { data } = await server.anonymous().request(signUp);
    expect(data).toMatchObject({ signUp: { accessToken: expect.any(String) } });
  });

  test('a server whose database refuses its role, or any further connection, is not ready though its open connections work', async () => {
    const { owner, access } = server.database;
    const role = `operator_${randomUUID().slice(0, 8)}`;
    await owner.unsafe(`create role ${role} login password 'first'`);
    const appUrl = new URL(access.appUrl);
    [appUrl.username, appUrl.password] = [role, 'first'];
    const own: DatabaseAccess = { ownerUrl: access.ownerUrl, appUrl: appUrl.href, appRole: null };
    await migrate(own, JOBS, null);
    const api = endsWithTest(await startApiProcess(server.config, own, createLogger('fatal', 'test')));
    await becomes(api.url, ready);
    await owner.unsafe(`alter role ${role} password 'second'`);
    await becomes(api.url, notReady({ database: 'LOGIN_REFUSED' }));
    await owner.unsafe(`alter role ${role} password 'first'`);
    await becomes(api.url, ready);
    await owner.unsafe(`alter role ${role} connection limit 0`);
    await becomes(api.url, notReady({ database: 'TOO_MANY_CONNECTIONS' }));
    await owner.unsafe(`alter role ${role} connection limit -1`);
    await becomes(api.url, ready);
    await api.close();
    await owner.unsafe(`drop owned by ${role}; drop role ${role}`);
  });

  test('a server whose database has another schema version is not ready', async () => {
    const { owner } = server.database;
    await owner`alter table write_probes rename to elsewhere`;
    await becomes(server.url, notReady({ database: 'NOT_MIGRATED' }));
    await owner`alter table elsewhere rename to write_probes`;
    await becomes(server.url, ready);
  });

  test('probing the database leaves no row behind', async () => {
    await becomes(server.url, ready);
    expect(await server.database.owner`select * from write_probes`).toHaveLength(0);
  });
});

describe('a server whose folder', () => {
  const file = () => join(folder, 'installation-id');

  test('a server whose data folder has no id, or that of another installation, is not ready', async () => {
    const id = await readFile(file(), 'utf8');
    const [row] = await server.database.owner`select id from installation`;
    expect(id).toBe(`${row?.['id'] as string}\n`);
    await rm(file());
    await becomes(server.url, notReady({ storage: 'NO_INSTALLATION' }));
    const query = '{ health { status storage } }';
    const health = { status: 'DEGRADED', storage: 'DOWN' };
    await eventually(async () => expect(await server.anonymous().execute(query)).toEqual({ health }));
    await writeFile(file(), randomUUID());
    await becomes(server.url, notReady({ storage: 'OTHER_INSTALLATION' }));
    await writeFile(file(), id);
    await becomes(server.url, ready);
  });

  test('a server whose data folder accepts no files is not ready', async () => {
    await rename(join(folder, 'blobs'), join(folder, 'away'));
    await becomes(server.url, { status: 503, body: { storage: 'DOWN', database: 'UP' } });
    await rename(join(folder, 'away'), join(folder, 'blobs'));
    await becomes(server.url, ready);
  });

  test('a server with less disk space than MIN_FREE_DISK_BYTES is not ready', async () => {
    const config = { ...server.config, MIN_FREE_DISK_BYTES: Number.MAX_SAFE_INTEGER };
    const api = endsWithTest(await startApiProcess(config, server.database.access, createLogger('fatal', 'test')));
    await becomes(api.url, notReady({ storage: 'FULL' }));
  });

  test('probing the data folder leaves no file behind', async () => {
    await becomes(server.url, ready);
    // The next look may be in flight.
    for (const name of ['blobs', 'temporary']) {
      await eventually(async () => expect(await readdir(join(folder, name))).toEqual([]));
    }
  });
});

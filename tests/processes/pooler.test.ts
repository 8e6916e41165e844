import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type DatabaseAccess, openDatabase } from '../../src/platform/postgres/database.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { JOBS } from '../../src/processes/jobs.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';

const PROGRAM = findProgram();
if (PROGRAM === null) console.warn('pgbouncer is not installed: what a pooler does is not tried.');

/** Any user that is not root, as whom PgBouncer refuses to run. */
const NOBODY = 65_534;

const IGNORED = 'statement_timeout,idle_in_transaction_session_timeout,options';

let admin: postgres.Sql;
let folder: string;
let name: string;
const poolers: ChildProcess[] = [];

beforeAll(async () => {
  admin = postgres(inject('templateUrl').replace(/\/[^/]*$/, '/template1'), { max: 1, onnotice: () => undefined });
  folder = await mkdtemp(join(inject('temporaryDirectory'), 'pooler-'));
  await chmod(folder, 0o755);
  name = `pooled_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await admin.unsafe(`create role ${name} login password 'operator' createrole`);
  await admin.unsafe(`create role ${name}_app login password 'operator'`);
  await admin.unsafe(`grant trainyard_app to ${name} with admin option`);
  await admin.unsafe(`create database ${name} owner ${name}`);
});

afterAll(async () => {
  for (const pooler of poolers) pooler.kill('SIGKILL');
  await admin.unsafe(`drop database ${name} with (force)`);
  await admin.unsafe(`drop role ${name}_app`);
  await admin.unsafe(`drop role ${name}`);
  await admin.end();
  await rm(folder, { recursive: true, force: true });
});

function findProgram(): string | null {
  try {
    return execFileSync('/bin/sh', ['-c', 'PATH=$PATH:/usr/sbin command -v pgbouncer'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** Starts a pooler in front of the database; gives the ways through it, with the app's role of its own or without. */
async function startPooler(mode: 'session' | 'transaction', ignored: string) {
  const port = await freePort();
  const file = join(folder, `${port}.ini`);
  const database = new URL(inject('templateUrl'));
  await writeFile(join(folder, 'users.txt'), `"${name}" "operator"\n"${name}_app" "operator"\n`);
  await writeFile(
    file,
    `[databases]\n* = host=${database.hostname} port=${database.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}
unix_socket_dir =\nauth_type = plain\nauth_file = ${join(folder, 'users.txt')}\npool_mode = ${mode}\nignore_startup_parameters = ${ignored}\n`,
  );
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  poolers.push(spawn(PROGRAM ?? '', ['-q', file], { stdio: 'ignore', ...account }));
  const url = (user: string) => `postgres://${user}:operator@127.0.0.1:${port}/${name}`;
  await eventually(async () => {
    const probe = postgres(url(name), { max: 1, connect_timeout: 1 });
    try {
      await probe`select 1`;
    } finally {
      await probe.end();
    }
  });
  return {
    owned: { ownerUrl: url(name), appUrl: url(`${name}_app`), appRole: null },
    dropping: { ownerUrl: url(name), appUrl: url(name), appRole: 'trainyard_app' },
  };
}

const start = (access: DatabaseAccess) => migrate(access, JOBS, null);

describe.skipIf(PROGRAM === null)('behind PgBouncer', () => {
  test('a PgBouncer that refuses start-up parameters is reported in one line, with the setting to change', async () => {
    const { owned } = await startPooler('session', '');
    const refused = await start(owned).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'MigrationError' });
    expect(String(refused)).toMatch(/^\w+: A pooler refuses the connection .*ignore_startup_parameters = [^\n]*$/);
  });

  test('a PgBouncer in transaction mode is refused at the start', async () => {
    const { owned } = await startPooler('transaction', IGNORED);
    await expect(start(owned)).rejects.toThrow(/transaction mode.*pool_mode = session/);
  });

  test('a PgBouncer that drops timeouts is refused at the start, and accepted once the role has them', async () => {
    const { owned } = await startPooler('session', IGNORED);
    const refused = await start(owned).catch((error: unknown) => error);
    const remedy = /run "([^"]*)"/.exec(String(refused))?.[1] ?? 'nothing';
    await admin.unsafe(remedy.replaceAll('<role>', `${name}_app`));
    const again = await startPooler('session', IGNORED);
    await start(again.owned);
    const database = endsWithTest(openDatabase(again.owned, 1));
    expect([...(await database.transaction({}, (tx) => tx.execute(sql`select 1 as one`)))]).toEqual([{ one: 1 }]);
  });

  test('a PgBouncer that drops the role is refused, before anything is read as the owner', async () => {
    const { dropping } = await startPooler('session', `${IGNORED},role`);
    await expect(start(dropping)).rejects.toThrow(
      /owns tables or is a member of their owner.*a pooler must pass the role/,
    );
  });
});

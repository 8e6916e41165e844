import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../../../src/auth/users/password.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { migrate } from '../../../src/platform/postgres/migrate.ts';
import { runAccountCommand } from '../../../src/processes/account-commands.ts';
import { JOBS } from '../../../src/processes/jobs.ts';
import { signInWith } from '../../support/people.ts';
import { SECRETS } from '../../support/secrets.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const COMPOSED = 'j\u00f6rg@example.com';
const DECOMPOSED = 'jo\u0308rg@example.com';
const PASSWORD = 'correct horse';

/** The last migration before hashes of passwords had a table of their own, and addresses had to be canonical. */
const BEFORE = '0028_maintenance_setting';

let server: TestServer;

/** Accounts of an earlier version, by their addresses: the database was made by its migrations, and is migrated to this one. */
const ACCOUNTS = {
  plain: 'ada@example.com',
  alone: 'rene\u0301@example.com',
  hidden: 'gr\u200bace@example.com',
  older: COMPOSED,
  twin: DECOMPOSED,
  first: 'mar\u00ada@example.com',
  second: 'mar\u200ca@example.com',
};

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
  const { owner, access } = server.database;
  const { entries } = JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8')) as {
    entries: { tag: string; when: number }[];
  };
  const place = entries.findIndex(({ tag }) => tag === BEFORE);
  const hash = await hashPassword(PASSWORD);
  await owner.begin(async (tx) => {
    await tx.unsafe('drop schema public cascade; create schema public');
    for (const { tag } of entries.slice(0, place + 1)) {
      await tx.unsafe(readFileSync(`drizzle/${tag}.sql`, 'utf8'));
    }
    await tx`delete from drizzle.__drizzle_migrations where created_at > ${entries[place]?.when ?? 0}`;
    let day = 0;
    for (const email of Object.values(ACCOUNTS)) {
      day += 1;
      const [user] = await tx`insert into users (id, email, password_hash, created_at, email_verified_at)
        values (gen_random_uuid(), ${email}, ${hash}, '2026-01-01'::timestamptz + ${day} * interval '1 day', now()) returning id`;
      const [workspace] = await tx`insert into workspaces (id, name, created_at)
        values (gen_random_uuid(), 'own', now()) returning id`;
      await tx`insert into memberships (id, workspace_id, user_id, role, created_at)
        values (gen_random_uuid(), ${workspace?.['id']}, ${user?.['id']}, 'OWNER', now())`;
    }
  });
  await migrate(access, JOBS, null);
});

afterAll(() => server.close());

test('passwords of accounts from before their hashes had a table of their own stay valid', async () => {
  const { accessToken } = await signInWith(server.url, ACCOUNTS.plain, PASSWORD);
  expect(accessToken).not.toBe('');
});

test('an address of an earlier version becomes canonical, if no other account has the canonical one', async () => {
  const { owner } = server.database;
  const rows = await owner`select email, email_verified_at is not null as verified from users order by created_at`;
  expect(rows.map(({ email, verified }) => [email as string, verified as boolean])).toEqual([
    [ACCOUNTS.plain, true],
    ['ren\u00e9@example.com', true],
    // The mails of this one went elsewhere.
    ['grace@example.com', false],
    [COMPOSED, true],
    [DECOMPOSED, true],
    ['mara@example.com', false],
    [ACCOUNTS.second, true],
  ]);
  await signInWith(server.url, 'GRACE@example.com', PASSWORD);
  await signInWith(server.url, ACCOUNTS.alone, PASSWORD);
});

test('list-twins lists the accounts whose addresses look like those of others, with what cannot be seen', async () => {
  const { config, database } = server;
  const silent = createLogger('silent', 'test');
  const text = await runAccountCommand('list-twins', [], config, database.access, silent);
  const [twin, second, advice, ...rest] = text.split('\n');
  expect(twin).toMatch(
    /^[0-9a-f-]{36} "jo\\u0308rg@example.com" \(made 2026-01-06.*\) looks like j\u00f6rg@example.com: account [0-9a-f-]{36} has that, made 2026-01-05/,
  );
  expect(second).toContain('"mar\\u200ca@example.com"');
  expect(second).toContain('looks like mara@example.com: account ');
  expect(advice).toContain('Ask the owner');
  expect(rest).toEqual([]);
});

test('the database itself refuses a new account whose address is not canonical', async () => {
  const { owner } = server.database;
  for (const email of [
    DECOMPOSED.replace('j', 'k'),
    'a\u200bb@example.com',
    'a\u202eb@example.com',
    'a b@example.com',
  ]) {
    const insert = owner.begin(async (tx) => {
      await tx`set local role trainyard_app`;
      await tx`select set_config('app.user_id', '00000000-0000-4000-8000-000000000001', true)`;
      await tx`insert into users (id, email, created_at) values ('00000000-0000-4000-8000-000000000001', ${email}, now())`;
    });
    await expect(insert, email).rejects.toThrow('row-level security');
  }
});

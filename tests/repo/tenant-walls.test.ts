import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APP_ROLE } from '../../src/platform/postgres/app-role.ts';
import { storedColumns } from '../support/copied-rows.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** The tables that belong to no workspace: what a workspace is, and people, who may belong to several. */
const TABLES_WITHOUT_WORKSPACE = [
  'installation',
  'mail_tokens',
  'password_hashes',
  'rate_limits',
  'refresh_tokens',
  'sessions',
  'training_hosts',
  'training_paces',
  'training_rank_reports',
  'training_ranks',
  'users',
  'workers',
  'workspaces',
  'write_probes',
];

/** The tables of the server itself, which are for its maintenance only. */
const MAINTENANCE_TABLES = [
  'installation',
  'rate_limits',
  'training_hosts',
  'training_paces',
  'training_rank_reports',
  'training_ranks',
  'workers',
  'write_probes',
];

/** The tables of what users do with their own accounts, in no workspace. */
const TABLES_OF_USERS = ['mail_tokens', 'password_hashes', 'refresh_tokens', 'sessions', 'users'];

/** What no transaction of a viewer sees. */
const NEVER_SEEN_BY_VIEWERS = ['password_hashes'];

/** What only owners see of their workspace. */
const SEEN_BY_OWNERS = ['audit_entries', 'invitations'];

/** The tables whose rows stay as they were written. */
const NEVER_UPDATED = ['audit_entries'];

/** SQLSTATE: a row that row-level security refuses, and one that is there already. */
const INSUFFICIENT_PRIVILEGE = '42501';
const UNIQUE_VIOLATION = '23505';

let server: TestServer;
let owner: postgres.Sql;
let app: postgres.Sql;
let tables: string[];
/** Those of people and workspaces. */
let tenantTables: string[];
/** The workspace that has a row in every table, and its user. */
let tenant: { workspaceId: string; userId: string; email: string };

beforeAll(async () => {
  server = await startTestServer();
  owner = server.database.owner;
  app = postgres(server.database.access.appUrl, { max: 1, onnotice: () => undefined });
  tenant = await fillEveryTable(server);
  tables = (
    await owner`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    order by relname`
  ).map((row) => row['relname'] as string);
  tenantTables = tables.filter((table) => !MAINTENANCE_TABLES.includes(table));
});

afterAll(async () => {
  await app.end();
  await server.close();
});

/** Signs up, uploads, trains: what a workspace does that has a row everywhere. */
async function fillEveryTable(filled: TestServer): Promise<typeof tenant> {
  const client = await filled.signUp();
  const { uploadDataset } = await client.executeWithFile<{ uploadDataset: { dataset: { id: string } } }>(
    'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } } }',
    flowersCsv(),
  );
  const { startTraining } = await client.execute<{ startTraining: { id: string } }>(
    'mutation ($id: ID!) { startTraining(input: { datasetId: $id, algorithm: BASELINE }) { id } }',
    { id: uploadDataset.dataset.id },
  );
  const progress = client.subscribe<{ trainingProgress: { status: string } }>(
    'subscription ($id: ID!) { trainingProgress(runId: $id) { status } }',
    { id: startTraining.id },
  );
  let status = '';
  for await (const { trainingProgress } of progress) status = trainingProgress.status;
  expect(status).toBe('SUCCEEDED');
  const [membership] =
    await owner`select workspace_id, user_id, email from memberships join users on users.id = user_id`;
  // What is there only while a training runs, or a worker beside it.
  await owner`insert into training_checkpoints
      (run_id, workspace_id, attempt, saved_at, progress, trained_seconds, save_id, part_count)
    select id, workspace_id, 1, now(), 0.5, 1, gen_random_uuid(), 1 from training_runs`;
  await owner`insert into training_checkpoint_parts (run_id, save_id, part, workspace_id, attempt, bytes)
    select run_id, save_id, 0, workspace_id, attempt, '' from training_checkpoints`;
  // Of AUTO alone.
  await owner`insert into training_candidates (run_id, number, workspace_id, report) select id, 1, workspace_id, '{}' from training_runs`;
  await owner`insert into upload_sessions (id, workspace_id, filename, size_bytes, part_size_bytes, options, status, progress, attempt,
      lost_attempts, last_seq, created_at, expires_at)
    select gen_random_uuid(), id, 'a.csv', 1, 1, '{}', 'RECEIVING', 0, 0, 0, 1, now(), now() + interval '1 day' from workspaces`;
  await owner`insert into upload_report_pieces (session_id, workspace_id, piece, first, column_count, bytes)
    select id, workspace_id, -1, 0, 1, '' from upload_sessions`;
  await owner`insert into training_paces (algorithm, work, seconds, ended_at) values ('BASELINE', 1, 1, now())`;
  await owner`insert into workers (id, host, process_id, version, started_at, heartbeat_at, memory_bytes, event_loop_seconds)
    values (gen_random_uuid(), 'here', 1, '1', now(), now(), 0, 0)`;
  await owner`insert into training_hosts (id, host, address, cores, memory_bytes, heartbeat_at)
    values (gen_random_uuid(), 'here', '127.0.0.1', 1, 1, now())`;
  await owner`insert into training_ranks (run_id, attempt, rank, host_id, "order", state, heartbeat_at)
    values (gen_random_uuid(), 1, 0, gen_random_uuid(), '{}', 'ASSIGNED', now())`;
  await owner`insert into training_rank_reports (run_id, attempt, rank, seq, reports)
    values (gen_random_uuid(), 1, 0, 1, '[]')`;
  await owner`insert into training_files (workspace_id, run_id, sha256) select workspace_id, id, repeat('a', 64) from training_runs`;
  await owner`insert into rate_limits (key, points, expire) values ('made up', 1, 1)`;
  await owner`insert into write_probes (id) values (gen_random_uuid())`;
  await owner`insert into dataset_deletions (id, workspace_id, status, requested_at)
    select id, workspace_id, 'DELETING', now() from datasets`;
  await owner`insert into orphan_files (workspace_id, sha256, seen_at) select workspace_id, sha256, now() from datasets`;
  await owner`insert into deletion_files (deletion_id, workspace_id, sha256, size_bytes, reference_count)
    select id, workspace_id, sha256, size_bytes, 1 from datasets`;
  await owner`insert into api_keys (id, workspace_id, created_by, name, prefix, key_hash, role, created_at)
    select gen_random_uuid(), workspace_id, user_id, 'a', 'try_a', repeat('a', 64), 'EDITOR', now() from memberships`;
  await owner`insert into model_aliases (workspace_id, name, artifact_id, updated_at)
    select workspace_id, 'champion', id, now() from artifacts`;
  await owner`insert into batch_predictions (id, workspace_id, contributions, status, stage, progress, attempt, lost_attempts,
    last_seq, preview, warnings, created_at) select gen_random_uuid(), id, 0, 'QUEUED', 'WAITING', 0, 0, 0, 1, '[]', '[]', now() from workspaces`;
  await owner`insert into invitations (id, workspace_id, email, role, token_hash, created_at, expires_at)
    select gen_random_uuid(), id, 'invited@example.com', 'EDITOR', repeat('a', 64), now(), now() from workspaces`;
  await owner`insert into upload_slots (id, workspace_id, expires_at) select gen_random_uuid(), id, now() + interval '1 day' from workspaces`;
  await owner`insert into removed_training_time (run_id, workspace_id, started_at, finished_at)
    select gen_random_uuid(), id, now(), now() from workspaces`;
  await owner`insert into sessions (id, user_id, created_at) select gen_random_uuid(), id, now() from users`;
  return {
    workspaceId: membership?.['workspace_id'] as string,
    userId: membership?.['user_id'] as string,
    email: membership?.['email'] as string,
  };
}

interface Scope {
  readonly role?: string;
  readonly workspaceId: string;
  readonly userId: string;
  /** Only of signing in. */
  readonly address?: string;
  readonly maintenance?: string;
}

const NOBODY: Scope = { workspaceId: '', userId: '' };

/** Runs one statement as the app role, for a tenant. Nothing of it stays. */
async function asApp(scope: Scope, statement: string, parameters: string[] = []): Promise<postgres.Row[]> {
  let rows: postgres.Row[] = [];
  const rolledBack = new Error('rolled back');
  const attempt = app.begin(async (tx) => {
    await tx`select set_config('app.workspace_id', ${scope.workspaceId}, true), set_config('app.user_id', ${scope.userId}, true),
      set_config('app.maintenance', ${scope.maintenance ?? ''}, true), set_config('app.role', ${scope.role ?? 'OWNER'}, true),
      set_config('app.email', ${scope.address ?? ''}, true)`;
    rows = await tx.unsafe(statement, parameters);
    throw rolledBack;
  });
  await attempt.catch((error: unknown) => {
    if (error !== rolledBack) throw error;
  });
  return rows;
}

/** The SQLSTATE that the statement ends with; null where it succeeds. */
async function stateOf(statement: Promise<unknown>): Promise<string | null> {
  try {
    await statement;
    return null;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error.code;
    throw error;
  }
}

/** How many rows a statement has changed, or the SQLSTATE that it ends with. */
async function changedRows(statement: Promise<postgres.Row[]>): Promise<number | string> {
  const [rows, state] = await Promise.all([statement.catch(() => []), stateOf(statement)]);
  return state ?? rows.length;
}

describe('tables', () => {
  test('every table has a row, or these tests would prove nothing', async () => {
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) {
      const [count] = await owner`select count(*)::int as rows from ${owner(table)}`;
      expect(count?.['rows'], table).toBeGreaterThan(0);
    }
  });

  test('every table has forced row-level security and a policy', async () => {
    const open = await owner`select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and not (relrowsecurity and exists (select from pg_policy where polrelid = pg_class.oid))`;
    expect([...open]).toEqual([]);
  });

  test('there are only tables: views or functions of the owner would bypass policies', async () => {
    const views = await owner`select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('v', 'm', 'f')`;
    const functions = await owner`select proname from pg_proc
      where pronamespace = 'public'::regnamespace and prosecdef`;
    expect([...views, ...functions]).toEqual([]);
  });

  test('every table belongs to a workspace, except the few that cannot', async () => {
    const without = await owner`select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not exists (
        select from pg_attribute where attrelid = pg_class.oid and attname = 'workspace_id' and attnotnull)
      order by relname`;
    expect(without.map((row) => row['relname'] as string)).toEqual(TABLES_WITHOUT_WORKSPACE);
  });

  test('foreign keys stay within a workspace', async () => {
    const across = await owner`
      with tenant_column as (
        select attrelid, attnum from pg_attribute
        join pg_class on pg_class.oid = attrelid and relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        where attname = 'workspace_id')
      select conname from pg_constraint
      join tenant_column here on here.attrelid = conrelid
      join tenant_column there on there.attrelid = confrelid
      where contype = 'f' and not exists (
        select from unnest(conkey, confkey) as pair (own, foreign_one)
        where pair.own = here.attnum and pair.foreign_one = there.attnum)`;
    expect([...across]).toEqual([]);
  });
});

describe('the app role', () => {
  test('the app role is neither a superuser nor exempt from row-level security, and a member of no other role', async () => {
    const [role] = await owner`select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
      exists (select from pg_auth_members where member = pg_roles.oid) as member from pg_roles where rolname = ${APP_ROLE}`;
    expect(Object.entries(role ?? { missing: true }).filter(([, can]) => can !== false)).toEqual([]);
  });

  test('the app role owns nothing', async () => {
    const owned = await owner`select classid::regclass::text as kind, objid from pg_shdepend
      where refobjid = ${APP_ROLE}::regrole and deptype = 'o'`;
    expect([...owned]).toEqual([]);
  });

  test('the app role has no permission on the journal of migrations', async () => {
    const [rights] = await owner`select has_schema_privilege(${APP_ROLE}, 'drizzle', 'usage, create') as schema,
      has_table_privilege(${APP_ROLE}, 'drizzle.__drizzle_migrations', 'select, insert, update, delete, truncate') as journal`;
    expect(rights).toEqual({ schema: false, journal: false });
    expect(await stateOf(asApp(tenant, 'select from drizzle.__drizzle_migrations'))).toBe(INSUFFICIENT_PRIVILEGE);
  });

  test('the app role may do with the tables of the job queue what the server does, and no more', async () => {
    const [schema] = await owner`select has_schema_privilege(${APP_ROLE}, 'pgboss', 'create') as create`;
    expect(schema).toEqual({ create: false });
    const rows = await owner<{ name: string; rights: string[] }[]>`
      select relname as name, array_agg(privilege_type order by privilege_type) as rights
      from pg_class, aclexplode(relacl) where relnamespace = 'pgboss'::regnamespace and grantee = ${APP_ROLE}::regrole
      group by relname order by relname`;
    const all = ['DELETE', 'INSERT', 'SELECT', 'UPDATE'];
    expect(Object.fromEntries(rows.map(({ name, rights }) => [name, rights]))).toEqual({
      ...{ bam: ['SELECT'], instance: ['DELETE', 'SELECT', 'UPDATE'], job: all, job_common: all, job_dependency: all },
      ...{ queue: ['INSERT', 'SELECT', 'UPDATE'], schedule: all, subscription: ['SELECT'] },
      ...{ version: ['SELECT', 'UPDATE'], warning: ['DELETE', 'INSERT', 'SELECT'] },
    });
    const functions = await owner`select proname from pg_proc where pronamespace = 'pgboss'::regnamespace
      and has_function_privilege(${APP_ROLE}, oid, 'execute') order by proname`;
    expect(functions.map(({ proname }) => proname as string)).toEqual(['create_queue', 'job_now']);
  });

  test('the app role can neither create nor truncate tables', async () => {
    const [schema] = await owner`select has_schema_privilege(${APP_ROLE}, 'public', 'create') as create`;
    expect(schema).toEqual({ create: false });
    for (const table of tables) {
      const [right] =
        await owner`select has_table_privilege(${APP_ROLE}, ${table}, 'truncate, trigger, references') as any`;
      expect(right, table).toEqual({ any: false });
    }
  });
});

describe('a connection as the app role', () => {
  test('a connection as the app role sees the rows of its scope', async () => {
    for (const table of tenantTables) {
      const visible = NEVER_SEEN_BY_VIEWERS.includes(table) ? 0 : 1;
      expect(await asApp(tenant, `select from ${table} limit 1`), table).toHaveLength(visible);
    }
  });

  test('a connection as the app role without a scope sees no rows', async () => {
    for (const table of tables) {
      expect(await asApp(NOBODY, `select from ${table} limit 1`), table).toHaveLength(0);
      expect(await app.unsafe(`select from ${table} limit 1`), `${table}, outside a transaction`).toHaveLength(0);
    }
  });

  test('a connection as the app role sees, changes and removes no rows of another scope', async () => {
    const other = { workspaceId: randomUUID(), userId: randomUUID() };
    for (const table of tables) {
      expect(await asApp(other, `select from ${table} limit 1`), table).toHaveLength(0);
      const [key] = await owner`select attname from pg_attribute where attrelid = ${table}::regclass and attnum = 1`;
      const column = key?.['attname'] as string;
      const update = `update ${table} set ${column} = ${column} returning 1`;
      // What is never changed refuses everybody.
      const isNeverUpdated = NEVER_UPDATED.includes(table);
      expect(await changedRows(asApp(other, update)), table).toBe(isNeverUpdated ? INSUFFICIENT_PRIVILEGE : 0);
      expect(await asApp(other, `delete from ${table} returning 1`), table).toHaveLength(0);
    }
  });

  test('a READER can neither insert nor change nor remove rows of their workspace, whatever statement the code sends', async () => {
    const reader = { ...tenant, role: 'READER' };
    for (const table of tenantTables) {
      // Everybody signs in and out, and changes their own account; what readers do is recorded, too.
      if (TABLES_OF_USERS.includes(table)) continue;
      expect(await asApp(reader, `select from ${table} limit 1`), table).toHaveLength(
        SEEN_BY_OWNERS.includes(table) ? 0 : 1,
      );
      const [found] = await owner`select to_json(${owner(table)})::text as row from ${owner(table)} limit 1`;
      const insert = await insertOf(table);
      const inserted = await stateOf(asApp(reader, insert, [found?.['row'] as string]));
      expect(inserted, table).toBe(table === 'audit_entries' ? UNIQUE_VIOLATION : INSUFFICIENT_PRIVILEGE);
      const [key] = await owner`select attname from pg_attribute where attrelid = ${table}::regclass and attnum = 1`;
      const column = key?.['attname'] as string;
      const update = `update ${table} set ${column} = ${column} returning 1`;
      const isNeverUpdated = NEVER_UPDATED.includes(table);
      expect(await changedRows(asApp(reader, update)), table).toBe(isNeverUpdated ? INSUFFICIENT_PRIVILEGE : 0);
      // Their own membership: they may leave.
      const remove =
        table === 'memberships'
          ? `delete from memberships where user_id <> '${tenant.userId}'`
          : `delete from ${table}`;
      expect(await asApp(reader, `${remove} returning 1`), table).toHaveLength(0);
    }
  });

  test('hashes of passwords are visible to the sign-in of their address alone: to no member, not even of their own password', async () => {
    const hash = 'select hash from password_hashes';
    const { email: address, workspaceId, userId } = tenant;
    const other = randomUUID();
    const insert = `insert into users (id, email, created_at) values ('${other}', 'other@example.com', now())`;
    await owner.unsafe(insert);
    await owner`insert into password_hashes (user_id, hash) values (${other}, 'hash of another')`;
    await owner`insert into memberships (id, workspace_id, user_id, role, created_at)
      values (gen_random_uuid(), ${workspaceId}, ${other}, 'READER', now())`;
    for (const role of ['OWNER', 'EDITOR', 'READER', '']) {
      expect(await asApp({ ...tenant, role }, hash), role).toEqual([]);
      expect(await asApp({ workspaceId: '', userId, role }, hash), role).toEqual([]);
      expect(await asApp({ ...tenant, role, address }, hash), role).toEqual([]);
      expect(await asApp({ ...tenant, role }, `update password_hashes set hash = 'mine'`), role).toEqual([]);
    }
    // The members see each other, by their addresses.
    expect(await asApp(tenant, `select from users where id = '${other}'`)).toHaveLength(1);
    const found = await asApp({ ...NOBODY, address }, 'select user_id from password_hashes');
    expect(found.map(({ user_id }) => user_id as string)).toEqual([userId]);
    // Signed in as one, nobody sets the password of another.
    const set = `insert into password_hashes (user_id, hash) values ('${other}', 'mine') on conflict (user_id) do update set hash = 'mine'`;
    expect(await stateOf(asApp({ ...NOBODY, userId, address }, set))).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await stateOf(asApp({ ...NOBODY, userId, address: 'other@example.com' }, set))).toBe(INSUFFICIENT_PRIVILEGE);
    await owner`delete from users where id = ${other}`;
  });

  test('hashes of API keys and invitations are visible to owners, and to who made the key, and to no other member', async () => {
    const member = { workspaceId: tenant.workspaceId, userId: randomUUID() };
    for (const role of ['EDITOR', 'READER']) {
      expect(await asApp({ ...member, role }, 'select key_hash from api_keys'), role).toEqual([]);
      expect(await asApp({ ...member, role }, 'select token_hash from invitations'), role).toEqual([]);
      expect(await asApp({ ...tenant, role }, 'select key_hash from api_keys'), role).toHaveLength(1);
    }
    expect(await asApp({ ...member, role: 'OWNER' }, 'select token_hash from invitations')).toHaveLength(1);
  });

  test('an EDITOR changes no member, role, workspace or invitation', async () => {
    const editor = { ...tenant, role: 'EDITOR' };
    expect(await asApp(editor, 'update memberships set role = role returning 1')).toHaveLength(0);
    expect(await asApp(editor, 'update workspaces set name = name returning 1')).toHaveLength(0);
    expect(await asApp(editor, 'delete from invitations returning 1')).toHaveLength(0);
    expect(await asApp(editor, 'update invitations set role = role returning 1')).toHaveLength(0);
    for (const table of ['memberships', 'invitations']) {
      const [found] = await owner`select to_json(${owner(table)})::text as row from ${owner(table)} limit 1`;
      const insert = await insertOf(table);
      expect(await stateOf(asApp(editor, insert, [found?.['row'] as string])), table).toBe(INSUFFICIENT_PRIVILEGE);
    }
  });

  test('rows of the server itself are visible only in maintenance transactions', async () => {
    for (const table of MAINTENANCE_TABLES) {
      expect(await asApp(tenant, `select from ${table} limit 1`), table).toHaveLength(0);
      expect(await asApp({ ...NOBODY, maintenance: 'on' }, `select from ${table} limit 1`), table).toHaveLength(1);
    }
  });

  test('maintenance transactions see of a workspace only that it exists, of people only sessions, and see and delete only step events that are older than 30 days', async () => {
    const maintenance = { ...NOBODY, maintenance: 'on' };
    const step = `insert into training_events (run_id, seq, workspace_id, at, kind, attempt, status, stage, progress)
      select id, $1::int, workspace_id, now() - $2::interval, $3, 1, 'RUNNING', 'FITTING', 0.5 from training_runs`;
    await owner.unsafe(step, ['1001', '29 days', 'PROGRESS']);
    await owner.unsafe(step, ['1002', '31 days', 'STAGE']);
    // After a database was restored all sessions are ended, but none is removed.
    expect(await asApp(maintenance, 'delete from sessions returning 1')).toHaveLength(0);
    for (const table of tenantTables) {
      if (table === 'sessions') continue;
      const visible = table === 'workspaces' ? 1 : 0;
      expect(await asApp(maintenance, `select from ${table}`), table).toHaveLength(visible);
    }
    expect(await asApp(maintenance, 'delete from workspaces returning id')).toHaveLength(0);
    expect(await asApp(maintenance, 'update workspaces set name = name returning id')).toHaveLength(0);
    await owner.unsafe(step, ['1003', '31 days', 'METRIC']);
    const deleted = await asApp(maintenance, 'delete from training_events returning seq');
    expect(deleted.map(({ seq }) => seq as number)).toEqual([1003]);
    expect(await asApp(maintenance, 'update training_events set seq = seq returning 1')).toHaveLength(0);
  });

  test('a connection as the app role sees in maintenance of uploads those that are overdue, and deletes those that ended a week ago', async () => {
    const maintenance = { ...NOBODY, maintenance: 'on' };
    const upload = `insert into upload_sessions (id, workspace_id, filename, size_bytes, part_size_bytes, options, status, progress,
        attempt, lost_attempts, last_seq, created_at, expires_at, finished_at)
      select gen_random_uuid(), id, $1, 1, 1, '{}', $2, 0, 0, 0, 1, now(), now() + $3::interval, now() - $4::interval
      from workspaces`;
    await owner.unsafe(upload, ['waiting', 'RECEIVING', '1 hour', null]);
    await owner.unsafe(upload, ['overdue', 'RECEIVING', '-1 hour', null]);
    await owner.unsafe(upload, ['recent', 'ABORTED', '-1 hour', '6 days']);
    await owner.unsafe(upload, ['old', 'ABORTED', '-1 hour', '8 days']);
    const namesOf = (rows: postgres.Row[]) => rows.map(({ filename }) => filename as string).sort();
    expect(namesOf(await asApp(maintenance, 'select filename from upload_sessions'))).toEqual(['old', 'overdue']);
    expect(namesOf(await asApp(maintenance, 'delete from upload_sessions returning filename'))).toEqual(['old']);
    expect(await asApp(maintenance, 'update upload_sessions set filename = filename returning 1')).toHaveLength(0);
    await owner`delete from upload_sessions where filename <> 'a.csv'`;
  });

  test('a row of another workspace cannot be inserted', async () => {
    const other = { workspaceId: randomUUID(), userId: randomUUID() };
    for (const table of tenantTables) {
      const [found] = await owner`select to_json(${owner(table)})::text as row from ${owner(table)} limit 1`;
      const insert = await insertOf(table);
      const row = [found?.['row'] as string];
      expect(await stateOf(asApp(other, insert, row)), table).toBe(INSUFFICIENT_PRIVILEGE);
      // The same statement in the row's own scope passes the policies, and ends at the row that is there already.
      expect(await stateOf(asApp(tenant, insert, row)), table).toBe(UNIQUE_VIOLATION);
    }
  });
});

/** Inserts a row that is given as JSON, but for columns that are computed from others. */
async function insertOf(table: string): Promise<string> {
  const columns = (await storedColumns(owner, table)).map((name) => `"${name}"`).join(', ');
  return `insert into ${table} (${columns}) select ${columns} from json_populate_record(null::${table}, $1::text::json)`;
}

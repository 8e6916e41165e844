import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { installJobs, type JobDefinition } from '../jobs/jobs.ts';
import { assertPatched } from '../patched-dependency.ts';
import { APP_ROLE } from './app-role.ts';
import { checkAppConnections, checkServer, checkSessions, toMigrationError } from './connection-checks.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { MigrationError } from './migration-error.ts';
import { type DatabaseAccess, SESSION_SETTINGS, targetOptions } from './postgres-client.ts';
import { OLDEST_POSTGRES, requireServerVersion } from './server-version.ts';

/** Any number that no other program on the same database is likely to lock. */
const MIGRATION_LOCK = 7_240_211_958;

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/**
 * Brings the database to the shape of this version: tables, the job queue's schema, and what the app role may do.
 * Safe to run by several processes at once; with nothing to do it takes some milliseconds.
 */
export async function migrate(
  access: DatabaseAccess,
  jobs: readonly JobDefinition<unknown>[],
  appPassword: string | null,
): Promise<void> {
  assertPatched('postgres', postgres);
  const target = parseDatabaseUrl(access.ownerUrl, access.caFile);
  const open = () =>
    postgres({
      ...targetOptions(target),
      max: 1,
      onnotice: () => undefined,
      connect_timeout: 5,
      connection: { ...target.parameters, ...SESSION_SETTINGS, application_name: 'trainyard migrate' },
    });
  const [client, other] = [open(), open()];
  try {
    await requireServerVersion(client, OLDEST_POSTGRES);
    await checkServer(client);
    // Nothing stands between the server and a database of its own.
    if (appPassword === null) await checkSessions(client, other);
    // A migration that forgets that the policies hold for the owner too fails, instead of changing the rows that it sees.
    await client`set row_security = off`;
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await runMigrations(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
    await installJobs(access, jobs);
    const role = await ensureAppRole(client, access, appPassword);
    await grant(client, role);
    await checkAppConnections(access);
  } catch (error) {
    throw toMigrationError(error);
  } finally {
    await Promise.all([client.end({ timeout: 5 }), other.end({ timeout: 5 })]);
  }
}

/** Which role the app works as: made here where the owner may make roles, else named in the message that says how. */
async function ensureAppRole(
  client: postgres.Sql,
  access: DatabaseAccess,
  appPassword: string | null,
): Promise<string> {
  if (access.appRole === null && appPassword === null) return parseDatabaseUrl(access.appUrl).user;
  const [existing] = await client`select from pg_roles where rolname = ${APP_ROLE}`;
  try {
    if (!existing) await client.unsafe(`create role ${APP_ROLE} ${appPassword === null ? 'nologin' : 'login'}`);
    // Only hexadecimal digits: the embedded database's password is made by the program.
    if (appPassword !== null) {
      await client.unsafe(`alter role ${APP_ROLE} password '${appPassword.replace(/[^0-9a-f]/g, '')}'`);
      // PostgreSQL lets every role change its own password and settings: what this one did to itself ends here.
      await client.unsafe(`alter role ${APP_ROLE} reset all`);
    }
    if (access.appRole !== null && !(await mayBecomeApp(client))) {
      await client.unsafe(`grant ${APP_ROLE} to current_user`);
    }
  } catch (error) {
    const [owner] = await client<{ name: string }[]>`select quote_ident(current_user) as name`;
    throw new MigrationError(
      `The role ${APP_ROLE} could not be set up. As a superuser run "${existing ? '' : `create role ${APP_ROLE} nologin; `}grant ${APP_ROLE} to ${owner?.name}", ` +
        'or set DATABASE_URL to a role of your own that owns nothing and DATABASE_OWNER_URL to the owner.',
      { cause: error },
    );
  }
  return APP_ROLE;
}

/** Whether the owner may take on the app's role, because it, or a superuser, has been here before. */
async function mayBecomeApp(client: postgres.Sql): Promise<boolean> {
  const [membership] = await client<{ may: boolean }[]>`select pg_has_role(current_user, ${APP_ROLE},
    case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as may`;
  return membership?.may === true;
}

/** All that the server does there. It may add a queue, which the scheduler does at each start, but no table for it. */
const RIGHTS_ON_JOBS = {
  bam: 'select',
  instance: 'select, update, delete',
  job: 'select, insert, update, delete',
  job_common: 'select, insert, update, delete',
  job_dependency: 'select, insert, update, delete',
  queue: 'select, insert, update',
  schedule: 'select, insert, update, delete',
  subscription: 'select',
  version: 'select, update',
  warning: 'select, insert, delete',
} as const;

/** Entries of the audit log are never changed. */
const NEVER_UPDATED = ['audit_entries'];

/** Gives the role what it needs and nothing else, also where an earlier version gave more. */
async function grant(client: postgres.Sql, role: string): Promise<void> {
  await client.begin(async (tx) => {
    for (const schema of ['public', 'pgboss']) {
      await tx`revoke all on all tables in schema ${tx(schema)} from ${tx(role)}`;
      await tx`revoke create on schema ${tx(schema)} from ${tx(role)}, public`;
      await tx`grant usage on schema ${tx(schema)} to ${tx(role)}`;
    }
    await tx`revoke all on all functions in schema pgboss from ${tx(role)}, public`;
    await tx`grant select, insert, update, delete on all tables in schema public to ${tx(role)}`;
    for (const table of NEVER_UPDATED) await tx`revoke update on ${tx(`public.${table}`)} from ${tx(role)}`;
    await tx`grant execute on function public.refuse_unsafe_role() to ${tx(role)}`;
    await tx`grant execute on function pgboss.job_now(), pgboss.create_queue(text, jsonb) to ${tx(role)}`;
    for (const [table, rights] of Object.entries(RIGHTS_ON_JOBS)) {
      await tx`grant ${tx.unsafe(rights)} on ${tx(`pgboss.${table}`)} to ${tx(role)}`;
    }
    await revokeTemporaryTables(tx);
  });
}

/** A temporary table would shadow the real one of the same name for the next user of the connection. */
async function revokeTemporaryTables(tx: postgres.TransactionSql): Promise<void> {
  const [database] = await tx<{ name: string; isOwn: boolean }[]>`
    select datname as name, pg_has_role(datdba, 'USAGE') as "isOwn" from pg_database where datname = current_database()`;
  if (database?.isOwn === true) await tx`revoke temporary on database ${tx(database.name)} from public`;
}

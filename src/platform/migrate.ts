import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { APP_ROLE } from './app-role.ts';
import type { DatabaseAccess } from './database.ts';
import { installJobs, type JobDefinition } from './jobs.ts';
import { MigrationError } from './migration-error.ts';

/** Any number that no other program on the same database is likely to lock. */
const MIGRATION_LOCK = 7_240_211_958;

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Brings the database to the shape of this version: tables, the job queue's schema, and what the app role may do.
 * Safe to run by several processes at once; with nothing to do it takes some milliseconds.
 */
export async function migrate(
  access: DatabaseAccess,
  jobs: readonly JobDefinition<unknown>[],
  appPassword: string | null,
): Promise<void> {
  const client = postgres(access.ownerUrl, { max: 1, onnotice: () => undefined, connect_timeout: 5 });
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await runMigrations(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
    await installJobs(access.ownerUrl, jobs);
    const role = await ensureAppRole(client, access, appPassword);
    await grant(client, role);
  } finally {
    await client.end({ timeout: 5 });
  }
}

/** Which role the app works as: made here where the owner may make roles, else named in the message that says how. */
async function ensureAppRole(
  client: postgres.Sql,
  access: DatabaseAccess,
  appPassword: string | null,
): Promise<string> {
  if (access.appRole === null && appPassword === null) return decodeURIComponent(new URL(access.appUrl).username);
  const [existing] = await client`select from pg_roles where rolname = ${APP_ROLE}`;
  try {
    if (!existing) await client.unsafe(`create role ${APP_ROLE} ${appPassword === null ? 'nologin' : 'login'}`);
    // Only hexadecimal digits: the embedded database's password is made by the program.
    if (appPassword !== null)
      await client.unsafe(`alter role ${APP_ROLE} password '${appPassword.replace(/[^0-9a-f]/g, '')}'`);
    if (access.appRole !== null) await client.unsafe(`grant ${APP_ROLE} to current_user`);
  } catch (error) {
    throw new MigrationError(
      `The role ${APP_ROLE} could not be set up. As a superuser run "create role ${APP_ROLE} nologin; grant ${APP_ROLE} to <owner>", ` +
        'or set DATABASE_URL to a role of your own that owns nothing and DATABASE_OWNER_URL to the owner.',
      { cause: error },
    );
  }
  return APP_ROLE;
}

async function grant(client: postgres.Sql, role: string): Promise<void> {
  await client.begin(async (tx) => {
    for (const schema of ['public', 'pgboss']) {
      await tx`grant usage on schema ${tx(schema)} to ${tx(role)}`;
      await tx`grant select, insert, update, delete on all tables in schema ${tx(schema)} to ${tx(role)}`;
      await tx`grant execute on all functions in schema ${tx(schema)} to ${tx(role)}`;
    }
    const [walls] = await tx<{ bypasses: boolean }[]>`
      select bool_or(rolsuper or rolbypassrls) or exists (
        select from pg_tables where schemaname = 'public' and tableowner = ${role}) as bypasses
      from pg_roles where rolname = ${role}`;
    if (walls?.bypasses !== false) {
      throw new MigrationError(
        `The role "${role}" of DATABASE_URL owns tables or bypasses row-level security, so tenants would not be kept apart. ` +
          'Use a role that does neither, with the owner in DATABASE_OWNER_URL.',
      );
    }
  });
}

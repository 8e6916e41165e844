import type postgres from 'postgres';
import { errorCodeOf } from '../error-code.ts';
import { MigrationError } from './migration-error.ts';
import {
  type DatabaseAccess,
  MAX_IDLE_TRANSACTION_MILLISECONDS,
  MAX_STATEMENT_MILLISECONDS,
  openClient,
} from './postgres-client.ts';
import { CHECK_ROLE, isUnsafeRole } from './safe-role.ts';

/** Two connections of a pooler in transaction mode may be given different sessions once, not again and again. */
const SESSION_ROUNDS = 3;

/** How a pooler must be set for the server to work behind it; see docs/deployment.md. */
const BEHIND_A_POOLER =
  'Let DATABASE_URL lead to PostgreSQL itself; or to a pooler in session mode, as a role of its own with DATABASE_OWNER_URL beside it. ' +
  'Of PgBouncer set pool_mode = session and ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout,options, ' +
  `and run "alter role <role> set statement_timeout = ${MAX_STATEMENT_MILLISECONDS}; ` +
  `alter role <role> set idle_in_transaction_session_timeout = ${MAX_IDLE_TRANSACTION_MILLISECONDS}".`;

/** Throws MigrationError where the server works on no such database. */
export async function checkServer(owner: postgres.Sql): Promise<void> {
  const [server] = await owner<{ encoding: string; database: string }[]>`
    select current_setting('server_encoding') as encoding, current_database() as database`;
  if (server === undefined) throw new Error('Settings without a table gave no row.');
  if (server.encoding !== 'UTF8') {
    throw new MigrationError(
      `The database "${server.database}" has the encoding ${server.encoding}; Trainyard needs UTF8. ` +
        `Make another one with "create database <name> encoding 'UTF8' template template0".`,
    );
  }
}

/** Throws MigrationError, which says what to do, where connections of the app could not do their work, or would not be safe. */
export async function checkAppConnections(access: DatabaseAccess): Promise<void> {
  const [first, second] = [openCheck(access), openCheck(access)];
  try {
    await checkSession(first);
    await checkSessions(first.sql, second.sql);
  } catch (error) {
    throw toMigrationError(error);
  } finally {
    await Promise.all([first.end(5), second.end(5)]);
  }
}

function openCheck(access: DatabaseAccess) {
  return openClient(access, { name: 'trainyard check', max: 1, idle_timeout: null });
}

type Client = ReturnType<typeof openCheck>;

async function checkSession({ sql }: Client): Promise<void> {
  await sql.unsafe(CHECK_ROLE);
  const [settings] = await sql<{ dates: string; timeout: string; idle: string }[]>`
    select current_setting('DateStyle') as dates, current_setting('statement_timeout') as timeout,
      current_setting('idle_in_transaction_session_timeout') as idle`;
  if (settings?.timeout === '0' || settings?.idle === '0') {
    throw new MigrationError(`A pooler drops the start-up parameters that end hanging statements. ${BEHIND_A_POOLER}`);
  }
  if (!settings?.dates.startsWith('ISO')) {
    throw new MigrationError(
      `Sessions have the DateStyle "${settings?.dates}", though ISO was asked for: a pooler drops it. Run "alter role <role> set DateStyle = ISO".`,
    );
  }
}

/** Throws MigrationError where two connections, of which each stands alone, share a session of PostgreSQL. */
export async function checkSessions(first: postgres.Sql, second: postgres.Sql): Promise<void> {
  for (let round = 0; round < SESSION_ROUNDS; round++) {
    if ((await sessionOf(first)) !== (await sessionOf(second))) continue;
    throw new MigrationError(
      `A pooler gives one session of PostgreSQL to several connections (transaction mode): locks and notifications do not work. ${BEHIND_A_POOLER}`,
    );
  }
}

async function sessionOf(sql: postgres.Sql): Promise<number> {
  const [session] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return session?.pid ?? 0;
}

/** SQLSTATE protocol_violation, with which PgBouncer refuses what it does not know. */
const PROTOCOL_VIOLATION = '08P01';

/** Converts a failed check to a MigrationError with advice for operators; other errors are returned unchanged. */
export function toMigrationError(error: unknown): unknown {
  if (isUnsafeRole(error)) {
    return new MigrationError(
      `${error.message} Let DATABASE_URL name a role that owns no tables, is a member of no role that does, and neither ` +
        'is a superuser nor has BYPASSRLS, with the owner in DATABASE_OWNER_URL; a pooler must pass the role on.',
      { cause: error },
    );
  }
  if (error instanceof Error && errorCodeOf(error) === PROTOCOL_VIOLATION) {
    return new MigrationError(`A pooler refuses the connection (${error.message}). ${BEHIND_A_POOLER}`, {
      cause: error,
    });
  }
  return error;
}

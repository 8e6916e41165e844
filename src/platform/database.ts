import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { TrainyardError } from '../errors.ts';

/** What a store works on: an open transaction whose row-level security shows one tenant. */
export type Transaction = Parameters<Parameters<PostgresJsDatabase['transaction']>[0]>[0];

/** How the processes reach PostgreSQL: as the owner of the tables for migrations, as the app role for all else. */
export interface DatabaseAccess {
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** The role that an app connection takes on at once; null where `appUrl` signs in as the app role itself. */
  readonly appRole: string | null;
}

/**
 * Who a transaction acts for. Row-level security shows the rows of `workspaceId`, the memberships of `userId`, and
 * the one user whose address is `email` (that is what signing in needs, before anybody is known).
 */
export interface Scope {
  readonly workspaceId?: string;
  readonly userId?: string;
  readonly email?: string;
  /** True for the server's own upkeep, which sees of all workspaces what the policies let it see. */
  readonly upkeep?: boolean;
}

/** The one way to the tables: there is no query outside a transaction, and no transaction without a scope. */
export interface Database {
  transaction<T>(scope: Scope, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** True when the database answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** No statement of the server takes this long but one that hangs. */
const MAX_STATEMENT_MILLISECONDS = 60_000;

/**
 * A process that is frozen, or cut off, in the middle of a transaction keeps its rows locked: PostgreSQL ends such a session
 * itself, before the others have begun to take that process for dead.
 */
export const MAX_IDLE_TRANSACTION_MILLISECONDS = 5_000;

/** While the database is away, so long passes between two tries to connect: whoever asks meanwhile waits no longer. */
const RECONNECT_SECONDS = 0.2;

/** Connection settings that the pool, the listener and the job queue share. */
export function connectionOptions(access: DatabaseAccess): postgres.Options<Record<string, never>> {
  return {
    onnotice: () => undefined,
    connect_timeout: 5,
    backoff: () => RECONNECT_SECONDS,
    connection: {
      application_name: 'trainyard',
      statement_timeout: MAX_STATEMENT_MILLISECONDS,
      idle_in_transaction_session_timeout: MAX_IDLE_TRANSACTION_MILLISECONDS,
      ...(access.appRole === null ? {} : { role: access.appRole }),
    },
  };
}

/** Opens a pool as the app role; connections are made when they are first needed. */
export function openDatabase(access: DatabaseAccess, maxConnections = 10): Database {
  const client = postgres(access.appUrl, { ...connectionOptions(access), max: maxConnections });
  const database = drizzle(client);
  // Its own, so that a busy pool does not look like a database that is down.
  const pinging = postgres(access.appUrl, { ...connectionOptions(access), max: 1, idle_timeout: 60 });
  return {
    transaction: (scope, work) =>
      database
        .transaction(async (tx) => {
          await tx.execute(scopeStatement(scope));
          return await work(tx);
        })
        .catch(rethrowUnavailable),
    ping: () => ping(pinging),
    close: async () => void (await Promise.all([client.end({ timeout: 5 }), pinging.end({ timeout: 1 })])),
  };
}

/** All settings are written each time: nothing of a former transaction's scope can be left standing. */
function scopeStatement(scope: Scope) {
  return sql`select set_config('app.workspace_id', ${scope.workspaceId ?? ''}, true),
    set_config('app.user_id', ${scope.userId ?? ''}, true), set_config('app.email', ${scope.email ?? ''}, true),
    set_config('app.upkeep', ${scope.upkeep === true ? 'on' : ''}, true)`;
}

async function ping(client: postgres.Sql): Promise<boolean> {
  try {
    await client`select 1`;
    return true;
  } catch {
    return false;
  }
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  '25P03', // idle_in_transaction_session_timeout
]);

/** The code of a failed query: a socket's, the driver's or PostgreSQL's SQLSTATE; null where it is none of these. */
function databaseErrorCode(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code;
  }
  return null;
}

/** The name of the constraint that a failed query broke, or null. */
export function violatedConstraint(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('constraint_name' in current && typeof current.constraint_name === 'string') return current.constraint_name;
  }
  return null;
}

function rethrowUnavailable(error: unknown): never {
  if (UNREACHABLE.has(databaseErrorCode(error) ?? '')) {
    const unavailable = new TrainyardError(
      'SERVICE_UNAVAILABLE',
      'The database does not answer; try again in a moment.',
      {
        retryAfterSeconds: 2,
      },
    );
    unavailable.cause = error;
    throw unavailable;
  }
  throw error;
}

import { Socket } from 'node:net';
import postgres from 'postgres';
import { assertPatched } from '../patched-dependency.ts';
import { ConnectionWatchdog } from './connection-watchdog.ts';
import { type DatabaseTarget, parseDatabaseUrl } from './database-url.ts';

/** How the processes reach PostgreSQL: as the owner of the tables for migrations, as the app role for all else. */
export interface DatabaseAccess {
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** The role that an app connection takes on at once; null where `appUrl` signs in as the app role itself. */
  readonly appRole: string | null;
  /** PEM file of the certificates that are trusted in place of those that the addresses name. */
  readonly caFile?: string | null;
}

/** No statement of the server takes this long but one that hangs. */
export const MAX_STATEMENT_MILLISECONDS = 60_000;

/**
 * A process that is frozen, or cut off, in the middle of a transaction keeps its rows locked: PostgreSQL ends such a session
 * itself, before the others have begun to take that process for dead.
 */
export const MAX_IDLE_TRANSACTION_MILLISECONDS = 5_000;

/** The driver would wait ever longer, up to 20 s: a database that is back should be used at once. */
const RECONNECT_SECONDS = 0.1;

export interface ClientOptions {
  readonly max: number;
  /** What the server's list of connections calls it. */
  readonly name: string;
  /** Seconds of idleness after which a connection is closed; null: never. */
  readonly idle_timeout: number | null;
  /** Age in seconds at which an idle connection is closed; null: never. */
  readonly max_lifetime?: number | null;
  readonly onnotify?: (channel: string, payload: string) => void;
  readonly onclose?: () => void;
}

/** Connections to PostgreSQL, made when they are first needed. */
export interface PostgresClient {
  readonly sql: postgres.Sql;
  /** The connections that stand, or are being made. */
  readonly sockets: ReadonlySet<ConnectionWatchdog>;
  /** Waits for running statements, for at most this many seconds. */
  end(seconds: number): Promise<void>;
  /**
   * Closes all connections on this side, whether or not the other side responds; running statements fail. Opens no new
   * ones.
   */
  abandon(): void;
}

/** What the driver passes to the function that opens its connections. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket; false for none. */
  readonly path: string | false;
}

/** Opens a client as the app role. */
export function openClient(access: DatabaseAccess, options: ClientOptions): PostgresClient {
  assertPatched('postgres', postgres);
  const sockets = new Set<ConnectionWatchdog>();
  let attempts = 0;
  let isAbandoned = false;
  const connect = (target: Target): Socket => {
    // The driver removes all listeners from its sockets, so they are polled instead.
    for (const watchdog of sockets) if (watchdog.isClosed) sockets.delete(watchdog);
    const which = attempts++ % target.host.length;
    // Where the driver itself stores it on a socket: TLS needs the name.
    const address = { host: target.host[which] ?? '', port: target.port[which] ?? 0 };
    const socket = Object.assign(new Socket(), address);
    if (target.path === false) socket.connect(address);
    else socket.connect(target.path);
    const watchdog = new ConnectionWatchdog(socket);
    sockets.add(watchdog);
    // The driver listens to the socket a moment later.
    if (isAbandoned) setImmediate(() => watchdog.cut());
    return socket;
  };
  const target = parseDatabaseUrl(access.appUrl, access.caFile);
  const sql = postgres({
    ...targetOptions(target),
    ...connectionOptions(access, target, options.name),
    ...options,
    socket: connect,
  } as PoolOptions);
  return {
    sql,
    sockets,
    end: (seconds) => sql.end({ timeout: seconds }),
    abandon() {
      isAbandoned = true;
      for (const watchdog of sockets) watchdog.cut();
      void sql.end({ timeout: 0 });
    },
  };
}

/** Those of the driver's options that its types do not tell of are among ours. */
type PoolOptions = postgres.Options<Record<string, never>>;

/** Where to connect, and as whom, in the driver's own words. */
export function targetOptions(target: DatabaseTarget): PoolOptions {
  const { hosts, socket, sslMode, tls } = target;
  // In this mode, the driver would continue without TLS if the server offers none.
  const ssl = tls !== null && (sslMode === 'prefer' || sslMode === 'allow') ? 'prefer' : (tls ?? false);
  const options = {
    username: target.user,
    password: target.password,
    database: target.database,
    ssl,
    ...(socket === null ? {} : { path: `${socket.folder}/.s.PGSQL.${socket.port}` }),
    ...(hosts.length === 0 ? {} : { host: hosts.map(({ host }) => host), port: hosts.map(({ port }) => port) }),
  };
  // The driver takes lists of hosts, which its types do not tell of.
  return options as unknown as PoolOptions;
}

/** What every session is set to, whatever the database or the role has as its default: dates are read as ISO 8601. */
export const SESSION_SETTINGS = { DateStyle: 'ISO', TimeZone: 'UTC' } as const;

function connectionOptions(access: DatabaseAccess, target: DatabaseTarget, name: string): PoolOptions {
  return {
    onnotice: () => undefined,
    connect_timeout: 5,
    backoff: () => RECONNECT_SECONDS,
    // The driver would ask each new connection for the types of arrays, which no statement has, and hears no failure of that:
    // one that was cut meanwhile would end the process.
    fetch_types: false,
    connection: {
      ...target.parameters,
      ...SESSION_SETTINGS,
      application_name: name,
      statement_timeout: MAX_STATEMENT_MILLISECONDS,
      idle_in_transaction_session_timeout: MAX_IDLE_TRANSACTION_MILLISECONDS,
      ...(access.appRole === null ? {} : { role: access.appRole }),
    },
  };
}

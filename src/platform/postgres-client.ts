import { Socket } from 'node:net';
import postgres from 'postgres';
import { SocketWatch } from './socket-watch.ts';

/** How the processes reach PostgreSQL: as the owner of the tables for migrations, as the app role for all else. */
export interface DatabaseAccess {
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** The role that an app connection takes on at once; null where `appUrl` signs in as the app role itself. */
  readonly appRole: string | null;
}

/** No statement of the server takes this long but one that hangs. */
export const MAX_STATEMENT_MILLISECONDS = 60_000;

/**
 * A process that is frozen, or cut off, in the middle of a transaction keeps its rows locked: PostgreSQL ends such a session
 * itself, before the others have begun to take that process for dead.
 */
export const MAX_IDLE_TRANSACTION_MILLISECONDS = 5_000;

/** The driver would wait ever longer, up to 20 s: a database that is back is to be used at once. */
const RECONNECT_SECONDS = 0.1;

export interface ClientOptions {
  readonly max: number;
  /** What the server's list of connections calls it. */
  readonly name: string;
  /** Connections that nobody has used for so long are closed; null: never. */
  readonly idle_timeout: number | null;
  /** Connections of this age, in seconds, are closed when nobody uses them; null: none is. */
  readonly max_lifetime?: number | null;
  readonly onnotify?: (channel: string, payload: string) => void;
  readonly onclose?: () => void;
}

/** Connections to PostgreSQL, made when they are first needed. */
export interface PostgresClient {
  readonly sql: postgres.Sql;
  /** The connections that stand, or are being made. */
  readonly sockets: ReadonlySet<SocketWatch>;
  /** Waits for what is under way, for so many seconds at the most. */
  end(seconds: number): Promise<void>;
  /** Cuts all connections at this end, whether or not there is another; what is under way fails. Opens none again. */
  abandon(): void;
}

/** What the driver tells the maker of its connections. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket; false for none. */
  readonly path: string | false;
}

/** Opens a client as the app role. */
export function openClient(access: DatabaseAccess, options: ClientOptions): PostgresClient {
  const sockets = new Set<SocketWatch>();
  let attempts = 0;
  let isAbandoned = false;
  const connect = (target: Target): Socket => {
    // The driver takes all listeners off its sockets, so they are looked through instead.
    for (const watch of sockets) if (watch.isClosed) sockets.delete(watch);
    const which = attempts++ % target.host.length;
    // Where the driver itself writes it down at a socket: TLS asks for the name.
    const place = { host: target.host[which] ?? '', port: target.port[which] ?? 0 };
    const socket = Object.assign(new Socket(), place);
    if (target.path === false) socket.connect(place);
    else socket.connect(target.path);
    const watch = new SocketWatch(socket);
    sockets.add(watch);
    // The driver listens to the socket a moment later.
    if (isAbandoned) setImmediate(() => watch.cut());
    return socket;
  };
  const sql = postgres(access.appUrl, {
    ...connectionOptions(access, options.name),
    ...options,
    socket: connect,
  } as PoolOptions);
  return {
    sql,
    sockets,
    end: (seconds) => sql.end({ timeout: seconds }),
    abandon() {
      isAbandoned = true;
      for (const watch of sockets) watch.cut();
      void sql.end({ timeout: 0 });
    },
  };
}

/** Those of the driver's options that its types do not tell of are among ours. */
type PoolOptions = postgres.Options<Record<string, never>>;

function connectionOptions(access: DatabaseAccess, name: string): PoolOptions {
  return {
    onnotice: () => undefined,
    connect_timeout: 5,
    backoff: () => RECONNECT_SECONDS,
    // The driver would ask each new connection for the types of arrays, which no statement has, and hears no failure of that:
    // one that was cut meanwhile would end the process.
    fetch_types: false,
    connection: {
      application_name: name,
      statement_timeout: MAX_STATEMENT_MILLISECONDS,
      idle_in_transaction_session_timeout: MAX_IDLE_TRANSACTION_MILLISECONDS,
      ...(access.appRole === null ? {} : { role: access.appRole }),
    },
  };
}

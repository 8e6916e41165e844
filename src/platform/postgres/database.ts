import { and, eq, isNull, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { TrainyardError } from '../../errors.ts';
import { FairLimiter } from '../concurrency/fair-limiter.ts';
import { isDatabaseAway, reasonOf } from '../fault.ts';
import type { ConnectionWatchdog } from './connection-watchdog.ts';
import { DatabaseProbe } from './database-probe.ts';
import { type DatabaseAccess, MAX_STATEMENT_MILLISECONDS, openClient, type PostgresClient } from './postgres-client.ts';
import { isUnsafeRole } from './safe-role.ts';
import { type Statement, StatementClient } from './statement-client.ts';

export type { DatabaseAccess };

/** An open transaction, limited to one tenant by row-level security. */
export type Transaction = DrizzleTransaction & { readonly scope: Scope };

type DrizzleTransaction = Parameters<Parameters<PostgresJsDatabase['transaction']>[0]>[0];

/**
 * Who a transaction acts for. Row-level security shows the rows of `workspaceId`, the memberships of `userId`, and
 * the one user whose address is `email` (that is what signing in needs, before anybody is known).
 */
export interface Scope {
  readonly workspaceId?: string;
  readonly userId?: string | null;
  readonly email?: string;
  /** What the caller may do in the workspace. Policies refuse a READER every change of its rows; none: the server itself. */
  readonly role?: string;
  /** The API key that the caller has instead of a session. */
  readonly apiKeyId?: string | null;
  /** Whom an outside issuer's token is of, if the caller has one. */
  readonly outside?: { readonly issuer: string; readonly subject: string } | null;
  /** True for the server's own maintenance, which sees of all workspaces what the policies let it see. */
  readonly maintenance?: boolean;
}

/** Access to the tables: every query needs a transaction, and every transaction a scope. */
export interface Database {
  /** Rejects with SERVICE_UNAVAILABLE if the database does not respond within the timeout. */
  transaction<T>(scope: Scope, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** True if the database responds. */
  ping(): Promise<boolean>;
  /** Rejects if a recently opened connection is refused, or the database does not respond. */
  checkConnection(): Promise<void>;
  /** How busy the connections are. */
  stats(): PoolStats;
  close(): Promise<void>;
}

/** The connections that a process works with. */
export interface PoolStats {
  /** Transactions that have a connection. */
  readonly active: number;
  /** Transactions that wait for one. */
  readonly waiting: number;
  readonly max: number;
  /** When a transaction last succeeded, by `performance.now()`. */
  readonly succeededAt: number;
}

/** Called with the time that each transaction waited for its connection. */
export type ObserveWait = (seconds: number) => void;

/**
 * Age of a transaction from which the database is pinged, on another connection, which takes at most 0.9 s more. Transactions
 * that are merely slow continue.
 */
const SLOW_MILLISECONDS = 700;

/** Interval of the checks for slow transactions. */
const CHECK_MILLISECONDS = 100;

/**
 * A longer gap between two checks is a pause of this process, or of the machine, and counts only this much: responses that
 * arrived meanwhile have not been read yet.
 */
const MAX_STEP_MILLISECONDS = 2 * CHECK_MILLISECONDS;

/** A connection that has not begun a transaction after this time is dead, even if others are alive. */
const MAX_BEGIN_MILLISECONDS = 2_000;

/** Grace period for transactions on retired connections. */
const RETIRE_SECONDS = 5;

/** Longer than any statement, with a margin for the network. */
const MAX_SILENCE_MILLISECONDS = MAX_STATEMENT_MILLISECONDS + 5_000;

/** The workspace of a transaction. Throws if it has none: then no statement may access a tenant's rows. */
export function workspaceOf({ scope }: Transaction): string {
  if (scope.workspaceId === undefined || scope.workspaceId === '') {
    throw new Error('A statement on the rows of a workspace needs a transaction that acts for one.');
  }
  return scope.workspaceId;
}

/** A table of tenants. Rows of some are marked as deleted before they are removed. */
interface TenantTable {
  readonly workspaceId: PgColumn;
  readonly deletedAt?: PgColumn;
}

/**
 * The condition that a row belongs to the workspace of the transaction, and is not marked as deleted. Every statement on a
 * tenant table contains it: it isolates tenants by itself, in addition to row-level security. So a marked row is gone for
 * every reader as soon as the mark is committed.
 */
export function ofWorkspace(tx: Transaction, table: TenantTable): SQL {
  const isOwn = ofWorkspaceWithDeleted(tx, table);
  return table.deletedAt === undefined ? isOwn : (and(isOwn, isNull(table.deletedAt)) ?? isOwn);
}

/** The same for rows that are marked as deleted too: for retention/, which removes and restores them. */
export function ofWorkspaceWithDeleted(tx: Transaction, table: TenantTable): SQL {
  return eq(table.workspaceId, workspaceOf(tx));
}

/** Returns the row to be written, after checking that it belongs to the workspace of the transaction. */
export function ownRow<Row extends { readonly workspaceId: string }>(tx: Transaction, row: Row): Row {
  if (row.workspaceId === workspaceOf(tx)) return row;
  throw new Error('A row of one workspace was to be written in a transaction that acts for another.');
}

/** Opens a pool as the app role; connections are made when they are first needed, and call themselves `name`. */
export function openDatabase(
  access: DatabaseAccess,
  maxConnections = 10,
  observeWait: ObserveWait = () => undefined,
  name = 'trainyard',
): Database {
  return new PooledDatabase(access, maxConnections, observeWait, name);
}

/** A transaction that is in flight. */
interface RunningTransaction {
  readonly since: number;
  /** It has a connection. */
  hasBegun: boolean;
  readonly giveUp: (error: TrainyardError) => void;
}

/** Connections, and the transactions in flight on them. */
interface Pool {
  readonly client: PostgresClient;
  readonly statements: StatementClient;
  readonly database: PostgresJsDatabase;
  /** Whose transaction is given the next free connection: so many operations of one user keep nobody else waiting. */
  readonly turns: FairLimiter;
  /** In the order in which they began. */
  readonly running: Set<RunningTransaction>;
}

/**
 * A pool that is abandoned as a whole, and reopened, when the database stops responding: a frozen server, or a dead network
 * connection, would otherwise block its callers for many minutes.
 */
class PooledDatabase implements Database {
  readonly #access: DatabaseAccess;
  readonly #maxConnections: number;
  readonly #observeWait: ObserveWait;
  readonly #name: string;
  readonly #probe: DatabaseProbe;
  readonly #timer: NodeJS.Timeout;
  #pool: Pool | null = null;
  #isAway = false;
  #isChecking = false;
  #advancedAt = performance.now();
  #respondedAt = Number.NEGATIVE_INFINITY;
  #succeededAt = Number.NEGATIVE_INFINITY;

  constructor(access: DatabaseAccess, maxConnections: number, observeWait: ObserveWait, name: string) {
    this.#access = access;
    this.#maxConnections = maxConnections;
    this.#observeWait = observeWait;
    this.#name = name;
    this.#probe = new DatabaseProbe(access);
    this.#timer = setInterval(() => {
      this.#pass();
      void this.#checkSlowTransactions();
    }, CHECK_MILLISECONDS).unref();
  }

  async transaction<T>(scope: Scope, work: (tx: Transaction) => Promise<T>): Promise<T> {
    // Known to be unavailable: callers wait for a ping only.
    if (this.#isAway && !(await this.ping())) throw unavailable();
    this.#pool ??= this.#openPool();
    const pool = this.#pool;
    const { statements, database, turns, running } = pool;
    return await new Promise<T>((resolve, reject) => {
      const own: RunningTransaction = { since: performance.now(), hasBegun: false, giveUp: reject };
      running.add(own);
      const begun = (tx: Transaction) => {
        own.hasBegun = true;
        this.#observeWait((performance.now() - own.since) / 1000);
        return work(tx);
      };
      const perform = async () => {
        // It was given up while it waited.
        if (!running.has(own)) return;
        const begin = () => database.transaction((tx) => begun(Object.assign(tx, { scope })));
        const result = await statements.beginWith(scopeStatement(scope), begin);
        this.#succeededAt = performance.now();
        resolve(result);
      };
      turns
        .run(ownerOf(scope), perform)
        .catch((error: unknown) => {
          if (reasonOf(error) === 'READ_ONLY') this.#retire(pool);
          reject(toUnavailable(error));
        })
        .finally(() => running.delete(own));
    });
  }

  async ping(): Promise<boolean> {
    const isThere = await this.#probe.ping();
    if (isThere) this.#isAway = false;
    return isThere;
  }

  async checkConnection(): Promise<void> {
    if (!(await this.ping())) throw unavailable();
    const { refusal } = this.#probe;
    if (refusal !== null) throw refusal;
  }

  stats(): PoolStats {
    const running = [...(this.#pool?.running ?? [])];
    const active = running.filter(({ hasBegun }) => hasBegun).length;
    return { active, waiting: running.length - active, max: this.#maxConnections, succeededAt: this.#succeededAt };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#pool?.client.end(5), this.#probe.close()]);
  }

  #openPool(): Pool {
    const client = openClient(this.#access, { name: this.#name, max: this.#maxConnections, idle_timeout: null });
    const statements = new StatementClient(client.sql);
    // Each operation waits for few transactions at a time, and operations are limited elsewhere.
    const turns = new FairLimiter(this.#maxConnections, Number.POSITIVE_INFINITY);
    return { client, statements, database: drizzle(statements.client), turns, running: new Set() };
  }

  /** Advances the clocks of the connections by the time in which this process was running. */
  #pass(): void {
    const now = performance.now();
    const step = Math.min(now - this.#advancedAt, MAX_STEP_MILLISECONDS);
    this.#advancedAt = now;
    for (const socket of this.#pool?.client.sockets ?? []) socket.pass(step);
  }

  /** If a transaction is slow: pings the database, and abandons connections that will never respond. */
  async #checkSlowTransactions(): Promise<void> {
    const pool = this.#pool;
    const [oldest] = pool?.running ?? [];
    if (!pool || !oldest || this.#isChecking) return;
    if (performance.now() - Math.max(oldest.since, this.#respondedAt) < SLOW_MILLISECONDS) return;
    this.#isChecking = true;
    const isThere = await this.ping();
    this.#isChecking = false;
    this.#respondedAt = performance.now();
    if (isThere) for (const socket of pool.client.sockets) cutWhereDead(socket);
    else this.#giveUp(pool);
  }

  /**
   * Sessions keep the defaults of their start: a session that began read-only stays so, even when the database is writable again.
   * The next transaction uses new connections.
   */
  #retire(pool: Pool): void {
    if (this.#pool === pool) this.#pool = null;
    void pool.client.end(RETIRE_SECONDS);
  }

  #giveUp(pool: Pool): void {
    this.#isAway = true;
    if (this.#pool === pool) this.#pool = null;
    pool.client.abandon();
    for (const { giveUp } of pool.running) giveUp(unavailable());
    pool.running.clear();
  }
}

function cutWhereDead(socket: ConnectionWatchdog): void {
  const silence = socket.silence();
  if (silence > MAX_SILENCE_MILLISECONDS || (socket.waitsToBegin() && silence > MAX_BEGIN_MILLISECONDS)) socket.cut();
}

/** Who waits for their own transactions first; the server itself for each workspace that it works for. */
function ownerOf({ userId, apiKeyId, outside, workspaceId, email }: Scope): string {
  return userId ?? apiKeyId ?? outside?.subject ?? workspaceId ?? email ?? '';
}

/** All settings are set each time, so that nothing of an earlier transaction's scope remains. The role is checked too. */
function scopeStatement({ workspaceId = '', userId, email = '', role = '', maintenance = false }: Scope): Statement {
  return { text: SET_SCOPE, values: [workspaceId, userId ?? '', email, maintenance ? 'on' : '', role] };
}

const SET_SCOPE = `select set_config('app.workspace_id', $1, true), set_config('app.user_id', $2, true),
  set_config('app.email', $3, true), set_config('app.maintenance', $4, true), set_config('app.role', $5, true),
  public.refuse_unsafe_role()`;

/** The name of the constraint that a failed query broke, or null. */
export function violatedConstraint(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('constraint_name' in current && typeof current.constraint_name === 'string') return current.constraint_name;
  }
  return null;
}

function toUnavailable(error: unknown): unknown {
  if (isUnsafeRole(error)) return refused(error);
  return isDatabaseAway(error) ? unavailable(error) : error;
}

/** The reason is logged; the caller can do nothing about it. */
function refused(cause: Error): TrainyardError {
  const error = new TrainyardError(
    'SERVICE_UNAVAILABLE',
    'The server refuses to use its database because of its configuration.',
  );
  error.cause = cause;
  return error;
}

function unavailable(cause?: unknown): TrainyardError {
  const message = 'The database is not available; try again in a moment.';
  const error = new TrainyardError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 2 });
  if (cause !== undefined) error.cause = cause;
  return error;
}

import { eq, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { TrainyardError } from '../../errors.ts';
import { isDatabaseAway, reasonOf } from '../fault.ts';
import type { ConnectionWatchdog } from './connection-watchdog.ts';
import { DatabasePinger } from './database-pinger.ts';
import { type DatabaseAccess, MAX_STATEMENT_MILLISECONDS, openClient, type PostgresClient } from './postgres-client.ts';
import { isUnsafeRole } from './safe-role.ts';
import { type Statement, StatementClient } from './statement-client.ts';

export type { DatabaseAccess };

/** What a store works on: an open transaction whose row-level security shows one tenant. */
export type Transaction = DrizzleTransaction & { readonly scope: Scope };

type DrizzleTransaction = Parameters<Parameters<PostgresJsDatabase['transaction']>[0]>[0];

/**
 * Who a transaction acts for. Row-level security shows the rows of `workspaceId`, the memberships of `userId`, and
 * the one user whose address is `email` (that is what signing in needs, before anybody is known).
 */
export interface Scope {
  readonly workspaceId?: string;
  readonly userId?: string;
  readonly email?: string;
  /** True for the server's own maintenance, which sees of all workspaces what the policies let it see. */
  readonly maintenance?: boolean;
}

/** The one way to the tables: there is no query outside a transaction, and no transaction without a scope. */
export interface Database {
  /** Rejects with SERVICE_UNAVAILABLE where the database does not answer, at the latest when its timeout is over. */
  transaction<T>(scope: Scope, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** True when the database answers. */
  ping(): Promise<boolean>;
  /** Rejects with what a connection that is made now, or was made some seconds ago, is refused with, or where none answers. */
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
  /** When a transaction last ended well, on the clock of `performance.now()`. */
  readonly succeededAt: number;
}

/** Told of every transaction how long it waited for its connection. */
export type ObserveWait = (seconds: number) => void;

/**
 * How long a transaction may take before the database is asked, on another connection, whether it is there at all. That
 * takes 0.9 s more at the most. One that is merely slow goes on.
 */
const TIMEOUT_MILLISECONDS = 700;

/** How often it is looked whether a transaction takes that long. */
const LOOK_MILLISECONDS = 100;

/**
 * More than this between two looks is a standstill of the process, or of the whole machine. What came meanwhile has not been
 * read yet, and what is still to come has had no more time than that.
 */
const MAX_STEP_MILLISECONDS = 2 * LOOK_MILLISECONDS;

/** A connection that has not begun a transaction after this time has nobody at its other end, though another one may. */
const MAX_BEGIN_MILLISECONDS = 2_000;

/** What is in flight on connections that are not used again may take so long. */
const RETIRE_SECONDS = 5;

/** What no statement takes, with a margin for its way back. */
const MAX_SILENCE_MILLISECONDS = MAX_STATEMENT_MILLISECONDS + 5_000;

/** The workspace that a transaction acts for. Throws where it acts for none: no statement may then ask for a tenant's rows. */
export function workspaceOf({ scope }: Transaction): string {
  if (scope.workspaceId === undefined || scope.workspaceId === '') {
    throw new Error('A statement on the rows of a workspace needs a transaction that acts for one.');
  }
  return scope.workspaceId;
}

/**
 * The condition that a row belongs to the workspace that the transaction acts for. Every statement on a tenant's table bears
 * it: it keeps tenants apart by itself, and row-level security does so once more.
 */
export function ofWorkspace(tx: Transaction, table: { readonly workspaceId: PgColumn }): SQL {
  return eq(table.workspaceId, workspaceOf(tx));
}

/** A row that is to be written, which must belong to the workspace that the transaction acts for. */
export function ownRow<Row extends { readonly workspaceId: string }>(tx: Transaction, row: Row): Row {
  if (row.workspaceId === workspaceOf(tx)) return row;
  throw new Error('A row of one workspace was to be written in a transaction that acts for another.');
}

/** Opens a pool as the app role; connections are made when they are first needed. */
export function openDatabase(
  access: DatabaseAccess,
  maxConnections = 10,
  observeWait: ObserveWait = () => undefined,
): Database {
  return new PooledDatabase(access, maxConnections, observeWait);
}

/** A transaction that is in flight. */
interface Running {
  readonly since: number;
  /** It has a connection. */
  hasBegun: boolean;
  readonly giveUp: (error: TrainyardError) => void;
}

/** Connections, and what is in flight on them. */
interface Pool {
  readonly client: PostgresClient;
  readonly statements: StatementClient;
  readonly database: PostgresJsDatabase;
  /** In the order in which they began. */
  readonly running: Set<Running>;
}

/**
 * A pool that is given up as a whole, and opened anew, when the database falls silent: a server that is frozen, or a line
 * that was cut without a word, would otherwise hold whoever waits for it for many minutes.
 */
class PooledDatabase implements Database {
  readonly #access: DatabaseAccess;
  readonly #maxConnections: number;
  readonly #observeWait: ObserveWait;
  readonly #pinger: DatabasePinger;
  readonly #timer: NodeJS.Timeout;
  #pool: Pool | null = null;
  #isAway = false;
  #isLooking = false;
  #passedAt = performance.now();
  #answeredAt = Number.NEGATIVE_INFINITY;
  #succeededAt = Number.NEGATIVE_INFINITY;

  constructor(access: DatabaseAccess, maxConnections: number, observeWait: ObserveWait) {
    this.#access = access;
    this.#maxConnections = maxConnections;
    this.#observeWait = observeWait;
    this.#pinger = new DatabasePinger(access);
    this.#timer = setInterval(() => {
      this.#pass();
      void this.#look();
    }, LOOK_MILLISECONDS).unref();
  }

  async transaction<T>(scope: Scope, work: (tx: Transaction) => Promise<T>): Promise<T> {
    // Known to be away: nobody waits for more than a ping.
    if (this.#isAway && !(await this.ping())) throw unavailable();
    this.#pool ??= this.#openPool();
    const pool = this.#pool;
    const { statements, database, running } = pool;
    return await new Promise<T>((resolve, reject) => {
      const own: Running = { since: performance.now(), hasBegun: false, giveUp: reject };
      running.add(own);
      const begun = (tx: Transaction) => {
        own.hasBegun = true;
        this.#observeWait((performance.now() - own.since) / 1000);
        return work(tx);
      };
      statements
        .beginWith(scopeStatement(scope), () => database.transaction((tx) => begun(Object.assign(tx, { scope }))))
        .then(
          (result) => {
            this.#succeededAt = performance.now();
            resolve(result);
          },
          (error: unknown) => {
            if (reasonOf(error) === 'READ_ONLY') this.#retire(pool);
            reject(toUnavailable(error));
          },
        )
        .finally(() => running.delete(own));
    });
  }

  async ping(): Promise<boolean> {
    const isThere = await this.#pinger.ping();
    if (isThere) this.#isAway = false;
    return isThere;
  }

  async checkConnection(): Promise<void> {
    if (!(await this.ping())) throw unavailable();
    const { refusal } = this.#pinger;
    if (refusal !== null) throw refusal;
  }

  stats(): PoolStats {
    const running = [...(this.#pool?.running ?? [])];
    const active = running.filter(({ hasBegun }) => hasBegun).length;
    return { active, waiting: running.length - active, max: this.#maxConnections, succeededAt: this.#succeededAt };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#pool?.client.end(5), this.#pinger.close()]);
  }

  #openPool(): Pool {
    const client = openClient(this.#access, { name: 'trainyard', max: this.#maxConnections, idle_timeout: null });
    const statements = new StatementClient(client.sql);
    return { client, statements, database: drizzle(statements.client), running: new Set() };
  }

  /** Tells the connections how much time has passed for this process. */
  #pass(): void {
    const now = performance.now();
    const step = Math.min(now - this.#passedAt, MAX_STEP_MILLISECONDS);
    this.#passedAt = now;
    for (const socket of this.#pool?.client.sockets ?? []) socket.pass(step);
  }

  /** Where a transaction takes long: asks whether the database is there, and gives up what will never be answered. */
  async #look(): Promise<void> {
    const pool = this.#pool;
    const [oldest] = pool?.running ?? [];
    if (!pool || !oldest || this.#isLooking) return;
    if (performance.now() - Math.max(oldest.since, this.#answeredAt) < TIMEOUT_MILLISECONDS) return;
    this.#isLooking = true;
    const isThere = await this.ping();
    this.#isLooking = false;
    this.#answeredAt = performance.now();
    if (isThere) for (const socket of pool.client.sockets) cutWhereDead(socket);
    else this.#giveUp(pool);
  }

  /**
   * Sessions keep what was the default when they were made: what was read-only then would be for as long as they live, though
   * the database takes rows again. The next transaction begins on new ones.
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

/** All settings are written each time: nothing of a former transaction's scope can be left standing. And the role is checked. */
function scopeStatement({ workspaceId = '', userId = '', email = '', maintenance = false }: Scope): Statement {
  return { text: SET_SCOPE, values: [workspaceId, userId, email, maintenance ? 'on' : ''] };
}

const SET_SCOPE = `select set_config('app.workspace_id', $1, true), set_config('app.user_id', $2, true),
  set_config('app.email', $3, true), set_config('app.upkeep', $4, true), public.refuse_unsafe_role()`;

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

/** The log says why; who asks can do nothing about it. */
function refused(cause: Error): TrainyardError {
  const error = new TrainyardError(
    'SERVICE_UNAVAILABLE',
    'The server refuses to use its database as it is set up now.',
  );
  error.cause = cause;
  return error;
}

function unavailable(cause?: unknown): TrainyardError {
  const message = 'The database does not answer; try again in a moment.';
  const error = new TrainyardError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 2 });
  if (cause !== undefined) error.cause = cause;
  return error;
}

import postgres from 'postgres';
import { respondsWithin } from '../concurrency/with-timeout.ts';
import { FaultError } from '../fault.ts';
import { type DatabaseAccess, openClient, type PostgresClient } from './postgres-client.ts';
import { CHECK_ROLE } from './safe-role.ts';

/** Timeout of a trivial query, including connecting. */
const TIMEOUT_MILLISECONDS = 700;

/**
 * Maximum age of the connection: connections of the pool may be older than a changed password or a reached connection limit,
 * which only a new connection detects.
 */
const MAX_AGE_SECONDS = 10;

/** Checks what a new session may do; sessions of the pool keep earlier defaults. */
const CHECK_SESSION = `${CHECK_ROLE}, current_setting('transaction_read_only') as "readOnly"`;

/** SQLSTATEs of a server that is starting up or shutting down. */
const NOT_NOW = /^57P0/;

/** Checks on a connection of its own whether the database responds: a busy pool does not mean that it is down. */
export class DatabaseProbe {
  readonly #access: DatabaseAccess;
  #client: PostgresClient | null = null;
  #running: Promise<boolean> | null = null;
  #refusal: Error | null = null;

  constructor(access: DatabaseAccess) {
    this.#access = access;
  }

  /** Whether it responds within 0.7 s. Concurrent callers share one ping. */
  ping(): Promise<boolean> {
    this.#running ??= this.#query().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** The error of the last ping, such as too many connections; null for none. */
  get refusal(): Error | null {
    return this.#refusal;
  }

  async close(): Promise<void> {
    await this.#client?.end(1);
  }

  async #query(): Promise<boolean> {
    const options = { name: 'trainyard ping', max: 1, idle_timeout: 60, max_lifetime: MAX_AGE_SECONDS };
    this.#client ??= openClient(this.#access, options);
    const client = this.#client;
    const response = client.sql.unsafe<{ readOnly: string }[]>(CHECK_SESSION).then(
      ([session]) => this.#onResponse(session?.readOnly === 'on' ? new FaultError('READ_ONLY') : null),
      (error: unknown) => isRefusal(error) && this.#onResponse(error),
    );
    const isThere = await respondsWithin(response, TIMEOUT_MILLISECONDS);
    // A connection that has not responded may be half open. And a session that lacks a permission lacks it for its
    // lifetime: a new one shows whether that has been fixed.
    if (!isThere || this.#refusal !== null) {
      client.abandon();
      if (this.#client === client) this.#client = null;
    }
    return isThere;
  }

  #onResponse(refusal: Error | null): true {
    this.#refusal = refusal;
    return true;
  }
}

/** An error response, such as too many connections, shows that the database responds. */
function isRefusal(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError && !NOT_NOW.test(error.code);
}

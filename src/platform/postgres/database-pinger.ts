import postgres from 'postgres';
import { respondsWithin } from '../concurrency/with-timeout.ts';
import { FaultError } from '../fault.ts';
import { type DatabaseAccess, openClient, type PostgresClient } from './postgres-client.ts';
import { CHECK_ROLE } from './safe-role.ts';

/** An answer to a question that takes no time, on a connection that is there or is made for it. */
const TIMEOUT_MILLISECONDS = 700;

/**
 * A connection of the pool may have stood since before the password was changed, or the limit reached. This one is made
 * anew when it is so old, so that it is seen whether one can be had.
 */
const MAX_AGE_SECONDS = 10;

/** What a session that is made now may do; those of the pool keep what held when they were made. */
const CHECK_SESSION = `${CHECK_ROLE}, current_setting('transaction_read_only') as "readOnly"`;

/** A server that says this is on its way up or down. */
const NOT_NOW = /^57P0/;

/** Asks the database, on a connection of its own, whether it is there: a busy pool is not a database that is away. */
export class DatabasePinger {
  readonly #access: DatabaseAccess;
  #client: PostgresClient | null = null;
  #running: Promise<boolean> | null = null;
  #refusal: Error | null = null;

  constructor(access: DatabaseAccess) {
    this.#access = access;
  }

  /** Whether it answers, within 0.7 s. All who ask at once share one answer. */
  ping(): Promise<boolean> {
    this.#running ??= this.#ask().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** What the database said at the last ping instead of an answer, such as one connection too many; null for none. */
  get refusal(): Error | null {
    return this.#refusal;
  }

  async close(): Promise<void> {
    await this.#client?.end(1);
  }

  async #ask(): Promise<boolean> {
    const options = { name: 'trainyard ping', max: 1, idle_timeout: 60, max_lifetime: MAX_AGE_SECONDS };
    this.#client ??= openClient(this.#access, options);
    const client = this.#client;
    const answer = client.sql.unsafe<{ readOnly: string }[]>(CHECK_SESSION).then(
      ([session]) => this.#answered(session?.readOnly === 'on' ? new FaultError('READ_ONLY') : null),
      (error: unknown) => isAnswer(error) && this.#answered(error),
    );
    const isThere = await respondsWithin(answer, TIMEOUT_MILLISECONDS);
    // What has not answered may be one half of a connection whose other half is gone. And a session that was refused what
    // is needed would be for as long as it lives: the next one shows whether that is mended.
    if (!isThere || this.#refusal !== null) {
      client.abandon();
      if (this.#client === client) this.#client = null;
    }
    return isThere;
  }

  #answered(refusal: Error | null): true {
    this.#refusal = refusal;
    return true;
  }
}

/** A refusal, such as one connection too many, is an answer too. */
function isAnswer(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError && !NOT_NOW.test(error.code);
}

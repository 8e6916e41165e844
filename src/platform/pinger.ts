import postgres from 'postgres';
import { answersWithin } from './answers-within.ts';
import { type DatabaseAccess, openClient, type PostgresClient } from './postgres-client.ts';

/** An answer to a question that takes no time, on a connection that is there or is made for it. */
const PATIENCE_MILLISECONDS = 700;

/** A server that says this is on its way up or down. */
const NOT_NOW = /^57P0/;

/** Asks the database, on a connection of its own, whether it is there: a busy pool is not a database that is away. */
export class Pinger {
  readonly #access: DatabaseAccess;
  #client: PostgresClient | null = null;
  #running: Promise<boolean> | null = null;

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

  async close(): Promise<void> {
    await this.#client?.end(1);
  }

  async #ask(): Promise<boolean> {
    this.#client ??= openClient(this.#access, { name: 'trainyard ping', max: 1, idle_timeout: 60 });
    const client = this.#client;
    const answer = client.sql`select 1`.then(() => true, isAnswer);
    const isThere = await answersWithin(answer, PATIENCE_MILLISECONDS);
    if (!isThere) {
      // What has not answered may be one half of a connection whose other half is gone.
      client.abandon();
      if (this.#client === client) this.#client = null;
    }
    return isThere;
  }
}

/** A refusal, such as one connection too many, is an answer too. */
function isAnswer(error: unknown): boolean {
  return error instanceof postgres.PostgresError && !NOT_NOW.test(error.code);
}

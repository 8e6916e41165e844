import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { BlobStore } from '../../src/platform/blob-store/blob-store.ts';
import type { Database, DatabaseAccess, Transaction } from '../../src/platform/postgres/database.ts';

/** What ends a process of these tests: from then on nothing that it does has an effect. */
class CrashError extends Error {
  constructor() {
    super('The process has crashed.');
    this.name = 'CrashError';
  }
}

function throwCrash(): never {
  throw new CrashError();
}

/**
 * A process that ends at one of the points of its work: before a statement, before or after a commit, before or after a change
 * of the store. What it did up to there stays, save for the transaction that is open.
 */
export class CrashingProcess {
  readonly database: Database;
  readonly #client: postgres.Sql;
  readonly #crashAt: number;
  readonly #crash: () => never;
  #points = 0;

  /**
   * `crashAt`: the number of the point, the first is 1; beyond the last one it does not crash. `crash` is what happens there: by default
   * an error, after which nothing has an effect.
   */
  constructor(access: DatabaseAccess, crashAt: number, crash: () => never = throwCrash) {
    this.#crashAt = crashAt;
    this.#crash = crash;
    const connection = access.appRole === null ? {} : { role: access.appRole };
    this.#client = postgres(access.appUrl, { max: 1, onnotice: () => undefined, connection });
    const logged = drizzle(this.#client, { logger: { logQuery: () => this.#pass() } });
    this.database = {
      transaction: async (scope, work) => {
        const result = await logged.transaction(async (tx) => {
          await tx.execute(sql`select set_config('app.workspace_id', ${scope.workspaceId ?? ''}, true),
            set_config('app.user_id', ${scope.userId ?? ''}, true), set_config('app.email', '', true),
            set_config('app.maintenance', ${scope.maintenance === true ? 'on' : ''}, true),
            set_config('app.role', ${scope.role ?? ''}, true)`);
          const done = await work(Object.assign(tx, { scope }) as Transaction);
          this.#pass();
          return done;
        });
        this.#pass();
        return result;
      },
      ping: () => Promise.resolve(true),
      checkConnection: () => Promise.resolve(),
      stats: () => ({ active: 0, waiting: 0, max: 1, succeededAt: 0 }),
      close: () => this.close(),
    };
  }

  /** How many points it has passed. */
  get points(): number {
    return this.#points;
  }

  get hasCrashed(): boolean {
    return this.#points >= this.#crashAt;
  }

  /** For what fails in the process: after a crash anything may. */
  rethrowUnlessCrashed(error: unknown): void {
    if (!this.hasCrashed) throw error;
  }

  /** The store as this process uses it. */
  storeOf(store: BlobStore): BlobStore {
    return {
      ...store,
      list: (prefix) => {
        this.#pass();
        return store.list(prefix);
      },
      remove: async (key) => {
        this.#pass();
        const removed = await store.remove(key);
        this.#pass();
        return removed;
      },
    };
  }

  async close(): Promise<void> {
    await this.#client.end({ timeout: 5 });
  }

  #pass(): void {
    this.#points += 1;
    if (this.hasCrashed) this.#crash();
  }
}

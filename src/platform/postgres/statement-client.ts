import type postgres from 'postgres';

/**
 * Maximum number of prepared statements: there are some hundred texts, since values are parameters. Statements with long
 * lists are not among them.
 */
const MAX_STATEMENTS = 500;

/** A statement as it is sent. */
export interface Statement {
  readonly text: string;
  readonly values: string[];
}

type AnyClient = postgres.Sql | postgres.TransactionSql;

/**
 * The driver's client as the query builder uses it, with fewer round trips. Statements are prepared once on each connection:
 * the server parses and plans them once, and each is one round trip instead of two; what is given as text would
 * never be. And the first statement of a transaction goes out together with the next one.
 */
export class StatementClient {
  readonly client: postgres.Sql;
  readonly #texts = new Set<string>();
  #first: Statement | null = null;

  constructor(client: postgres.Sql) {
    this.client = this.#wrap(client);
  }

  /** Calls `begin`, which is to begin a transaction before it returns: that one's first statement is this one. */
  beginWith<T>(first: Statement, begin: () => T): T {
    this.#first = first;
    try {
      return begin();
    } finally {
      this.#first = null;
    }
  }

  #wrap<Client extends AnyClient>(client: Client): Client {
    const unsafe: postgres.Sql['unsafe'] = (text, values = [], options = {}) =>
      client.unsafe(text, values, { ...options, prepare: values.length > 0 && this.#isPrepared(text) });
    return new Proxy(client, {
      get: (target, name) => {
        if (name === 'unsafe') return unsafe;
        return name === 'begin' || name === 'savepoint' ? this.#within(target, name) : Reflect.get(target, name);
      },
    });
  }

  /** A transaction, and one within it, run on a client of their own. */
  #within(client: AnyClient, name: 'begin' | 'savepoint') {
    type Work = (inner: postgres.TransactionSql) => unknown;
    return (...parameters: readonly [...names: string[], work: Work]): unknown => {
      const first = name === 'begin' ? this.#first : null;
      // As in the driver: the last parameter is the callback.
      const work = parameters.at(-1) as Work;
      const begin = Reflect.get(client, name) as (...all: unknown[]) => unknown;
      return begin(...parameters.slice(0, -1), (inner: postgres.TransactionSql) => {
        if (first === null) return work(this.#wrap(inner));
        // It is on its way before any other. Where it fails they all do, of nothing but that: its own reason is the one.
        const opening = inner.unsafe(first.text, first.values, { prepare: true }).execute();
        opening.catch(() => undefined);
        return workAfter(opening, async () => await work(this.#wrap(inner)));
      });
    };
  }

  #isPrepared(text: string): boolean {
    if (this.#texts.size < MAX_STATEMENTS) this.#texts.add(text);
    return this.#texts.has(text);
  }
}

/**
 * Returns the result of the work, which proceeds meanwhile; if the transaction could not be opened, rejects with that error.
 */
async function workAfter<T>(opening: Promise<unknown>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await opening;
  }
}

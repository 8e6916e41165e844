import { setTimeout as delay } from 'node:timers/promises';
import { respondsWithin } from '../concurrency/with-timeout.ts';
import { type DatabaseAccess, openClient, type PostgresClient } from './postgres-client.ts';
import { CHECK_ROLE } from './safe-role.ts';

/** A connection that only listens would never notice that nobody is at its other end: it asks so often. */
const PULSE_MILLISECONDS = 1_000;

/** How long a connection may take to be made, or to answer. */
const TIMEOUT_MILLISECONDS = 2_000;

/** At the start there is nothing to come back to: a process that fails then ends. */
const FIRST_TIMEOUT_MILLISECONDS = 10_000;

const RECONNECT_MILLISECONDS = 200;

export interface PgListenerHandlers {
  readonly onPayload: (payload: string) => void;
  /** Called each time that it has begun to listen: what was said before was not heard. */
  readonly onListening: () => void;
}

/** Listens to a channel of PostgreSQL on one connection, which is made anew whenever it is lost or falls silent. */
export class PgListener {
  readonly #access: DatabaseAccess;
  readonly #channel: string;
  readonly #handlers: PgListenerHandlers;
  readonly #closing = new AbortController();
  #listening: Promise<void> = Promise.resolve();

  private constructor(access: DatabaseAccess, channel: string, handlers: PgListenerHandlers) {
    this.#access = access;
    this.#channel = channel;
    this.#handlers = handlers;
  }

  /** Resolves once it listens. Rejects where the database is not there at the very beginning. */
  static async open(access: DatabaseAccess, channel: string, handlers: PgListenerHandlers): Promise<PgListener> {
    const listening = new PgListener(access, channel, handlers);
    const lost = await listening.#connect(FIRST_TIMEOUT_MILLISECONDS);
    listening.#listening = listening.#keepListening(lost);
    return listening;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#listening;
  }

  async #keepListening(first: Line): Promise<void> {
    let line: Line | null = first;
    while (!this.#closing.signal.aborted) {
      if (line !== null) await this.#watch(line);
      line = null;
      if (this.#closing.signal.aborted) return;
      await this.#wait(RECONNECT_MILLISECONDS);
      // While the database is away there is nothing to hear; every attempt says for itself that it failed.
      line = await this.#connect(TIMEOUT_MILLISECONDS).catch(() => null);
    }
    line?.client.abandon();
  }

  async #connect(patience: number): Promise<Line> {
    const lost = new AbortController();
    const client = openClient(this.#access, {
      name: 'trainyard listening',
      max: 1,
      idle_timeout: null,
      max_lifetime: null,
      onnotify: (_channel, payload) => this.#handlers.onPayload(payload),
      onclose: () => lost.abort(),
    });
    let failure: unknown = new Error('PostgreSQL does not answer.');
    const listen = client.sql.unsafe(`${CHECK_ROLE}; listen "${this.#channel}"`).then(
      () => true,
      (error: unknown) => {
        failure = error;
        return false;
      },
    );
    if (!(await respondsWithin(listen, patience))) {
      client.abandon();
      throw failure;
    }
    this.#handlers.onListening();
    return { client, lost: lost.signal };
  }

  /** Returns when the connection is lost, gives no answer, or is needed no more. */
  async #watch({ client, lost }: Line): Promise<void> {
    for (;;) {
      await this.#wait(PULSE_MILLISECONDS, lost);
      if (lost.aborted || this.#closing.signal.aborted) break;
      const pulse = client.sql`select 1`.then(() => true);
      if (!(await respondsWithin(pulse, TIMEOUT_MILLISECONDS))) break;
    }
    client.abandon();
  }

  async #wait(milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    await delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** One connection, and the signal that it was lost. */
interface Line {
  readonly client: PostgresClient;
  readonly lost: AbortSignal;
}

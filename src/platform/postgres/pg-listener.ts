import { setTimeout as delay } from 'node:timers/promises';
import { respondsWithin } from '../concurrency/with-timeout.ts';
import { type DatabaseAccess, openClient, type PostgresClient } from './postgres-client.ts';
import { CHECK_ROLE } from './safe-role.ts';

/** Interval of heartbeats: a connection that only listens would never detect a dead peer. */
const HEARTBEAT_MILLISECONDS = 1_000;

/** Timeout of connecting, and of heartbeats. */
const TIMEOUT_MILLISECONDS = 2_000;

/** Timeout of the first connection: if it fails, the process exits. */
const FIRST_TIMEOUT_MILLISECONDS = 10_000;

const RECONNECT_MILLISECONDS = 200;

export interface PgListenerHandlers {
  readonly onPayload: (payload: string) => void;
  /** Called after each (re)connect: earlier notifications were missed. */
  readonly onListening: () => void;
}

/** Listens to a channel of PostgreSQL on one connection, and reconnects whenever it is lost or stops responding. */
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

  /** Resolves once it listens. Rejects if the first connection fails. */
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

  async #keepListening(first: ListenConnection): Promise<void> {
    let connection: ListenConnection | null = first;
    while (!this.#closing.signal.aborted) {
      if (connection !== null) await this.#monitor(connection);
      connection = null;
      if (this.#closing.signal.aborted) return;
      await this.#wait(RECONNECT_MILLISECONDS);
      // While the database is unavailable, every attempt fails and is repeated.
      connection = await this.#connect(TIMEOUT_MILLISECONDS).catch(() => null);
    }
    connection?.client.abandon();
  }

  async #connect(timeout: number): Promise<ListenConnection> {
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
    if (!(await respondsWithin(listen, timeout))) {
      client.abandon();
      throw failure;
    }
    this.#handlers.onListening();
    return { client, lost: lost.signal };
  }

  /** Resolves when the connection is lost, stops responding, or is closed. */
  async #monitor({ client, lost }: ListenConnection): Promise<void> {
    for (;;) {
      await this.#wait(HEARTBEAT_MILLISECONDS, lost);
      if (lost.aborted || this.#closing.signal.aborted) break;
      const heartbeat = client.sql`select 1`.then(() => true);
      if (!(await respondsWithin(heartbeat, TIMEOUT_MILLISECONDS))) break;
    }
    client.abandon();
  }

  async #wait(milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    await delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** One connection, and the signal that it was lost. */
interface ListenConnection {
  readonly client: PostgresClient;
  readonly lost: AbortSignal;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Database, Transaction } from '../../../platform/postgres/database.ts';
import { deleteLostRanks } from '../gangs/training-rank.store.ts';
import { beatHost, deleteHost, deleteSilentHosts, type TrainingHostState } from './training-host.store.ts';

const BEAT_MILLISECONDS = 1_000;

/** A host that was silent for this long has gone without saying so. */
const FORGET_SECONDS = 600;

/** Tells the other processes, again and again, that this one is a host of trainings, until it is closed. */
export class HostHeartbeat {
  readonly #database: Database;
  readonly #state: TrainingHostState;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #beating: Promise<void>;

  constructor(database: Database, state: TrainingHostState, logger: Logger) {
    this.#database = database;
    this.#state = state;
    this.#logger = logger;
    this.#beating = this.#keepBeating();
  }

  /** Waits for the last heartbeat, and takes the host off the list. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#beating;
    await this.#write((tx) => deleteHost(tx, this.#state.id)).catch(() => undefined);
  }

  async #keepBeating(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // Heartbeats fail while the database is unavailable.
      await this.#beat().catch((error: unknown) => this.#logger.debug({ err: error }, 'no heartbeat of the host'));
      await delay(BEAT_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }

  #beat(): Promise<void> {
    return this.#write(async (tx) => {
      await beatHost(tx, this.#state);
      await deleteSilentHosts(tx, FORGET_SECONDS);
      await deleteLostRanks(tx);
    });
  }

  #write(work: (tx: Transaction) => Promise<void>): Promise<void> {
    return this.#database.transaction({ maintenance: true }, work);
  }
}

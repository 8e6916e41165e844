import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Transaction } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import {
  beat,
  connectionSeconds,
  deleteWorkers,
  holdJob,
  holdWorkerLock,
  insertWorker,
  listWorkerStates,
  type Patience,
  type Vitals,
} from './worker.store.ts';

/** Often enough that a worker whose lock was freed by a lost connection is heard of again before it is taken for dead. */
const BEAT_MILLISECONDS = 300;

/**
 * A free lock means a dead process, within milliseconds, or a connection that was lost and comes back with the next
 * beat: 3 of them are waited for. A held one whose worker says nothing means a frozen process, or a line that was cut.
 */
const PATIENCE: Patience = { unlocked: 1, locked: 10 };

/**
 * A restart of the database frees every lock, and while it was away nobody could write a heartbeat: only a connection that
 * has stood for so long has seen the others come back.
 */
const STANDING_SECONDS = 5;

/** How precisely waits for the event loop are measured, in milliseconds. */
const EVENT_LOOP_RESOLUTION = 20;

/** What a look at the registry found. */
export interface RegistryView {
  /** The jobs of workers that are alive, or may be. */
  readonly heldJobs: ReadonlySet<string>;
  /** The jobs of workers that have died, which are off the list now. */
  readonly orphanedJobs: readonly string[];
}

/**
 * This worker's place among those that live. It holds an advisory lock, which PostgreSQL frees when the process dies, and
 * writes heartbeats, which stop when the process is frozen or cut off. Its database must be one with a single
 * connection of its own, which the lock lives on.
 */
export class WorkerRegistry {
  readonly #id = randomUUID();
  readonly #startedAt = new Date();
  readonly #database: Database;
  readonly #version: string;
  readonly #logger: Logger;
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION });
  readonly #closing = new AbortController();
  #heldJob: string | null = null;
  #endedJobs: string[] = [];
  /** Who looked dead at the last look. */
  #suspects: ReadonlySet<string> = new Set();
  #beating: Promise<void> = Promise.resolve();

  constructor(database: Database, version: string, logger: Logger) {
    this.#database = database;
    this.#version = version;
    this.#logger = logger;
  }

  /** Takes the place; from then on this process counts as a worker until `close`. */
  async open(): Promise<void> {
    this.#eventLoop.enable();
    await this.#within((tx) => this.#register(tx));
    this.#beating = this.#keepBeating();
  }

  /** Notes within a transaction, before anything else is done for a job, that this worker has it. */
  async hold(tx: Transaction, jobId: string): Promise<void> {
    this.#heldJob = jobId;
    // The queue may give out again a job that this worker had ended.
    this.#endedJobs = this.#endedJobs.filter((id) => id !== jobId);
    await holdJob(tx, this.#id, jobId);
  }

  /** Notes that this worker has done all it does for the job; the next heartbeat says so. */
  release(jobId: string): void {
    if (this.#heldJob === jobId) this.#heldJob = null;
    this.#endedJobs.push(jobId);
  }

  /**
   * Who is alive. Takes those for dead, and off the list, who looked dead at the last look too. Null where this connection
   * has not stood long enough to judge.
   */
  async look(): Promise<RegistryView | null> {
    return await this.#within(async (tx) => {
      // If nobody could write a heartbeat, neither could this worker: its own comes first.
      await this.#beatWithin(tx);
      const canJudge = (await connectionSeconds(tx)) >= STANDING_SECONDS;
      const states = canJudge ? await listWorkerStates(tx, PATIENCE) : [];
      const suspects = states.filter(({ alive }) => !alive);
      const dead = suspects.filter(({ id }) => this.#suspects.has(id));
      this.#suspects = new Set(suspects.map(({ id }) => id));
      if (!canJudge) return null;
      if (dead.length > 0) await this.#bury(tx, dead);
      return {
        heldJobs: new Set(states.filter((state) => !dead.includes(state)).flatMap(jobOf)),
        orphanedJobs: dead.flatMap(jobOf),
      };
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#beating;
    this.#eventLoop.disable();
    // Where it cannot be written, the free lock says it.
    await this.#within((tx) => deleteWorkers(tx, [this.#id])).catch(() => undefined);
  }

  async #bury(tx: Transaction, dead: readonly { readonly id: string }[]): Promise<void> {
    const ids = dead.map(({ id }) => id);
    await deleteWorkers(tx, ids);
    this.#logger.warn({ workers: ids }, 'workers have died');
  }

  async #keepBeating(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await delay(BEAT_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // While the database is away there is nobody to hear it.
      await this.#within((tx) => this.#beatWithin(tx)).catch((error: unknown) =>
        this.#logger.debug({ err: error }, 'no heartbeat'),
      );
    }
  }

  async #beatWithin(tx: Transaction): Promise<void> {
    const ended = this.#endedJobs.splice(0);
    try {
      if (!(await beat(tx, this.#id, this.#vitals(), ended))) await this.#register(tx);
      else await holdWorkerLock(tx, this.#id);
    } catch (error) {
      this.#endedJobs.push(...ended);
      throw error;
    }
  }

  async #register(tx: Transaction): Promise<void> {
    await insertWorker(tx, {
      id: this.#id,
      host: hostname(),
      processId: process.pid,
      version: this.#version,
      startedAt: this.#startedAt,
      jobId: this.#heldJob,
      ...this.#vitals(),
    });
    await holdWorkerLock(tx, this.#id);
  }

  #vitals(): Vitals {
    const eventLoopSeconds = Math.max(0, this.#eventLoop.max / 1e9 - EVENT_LOOP_RESOLUTION / 1e3);
    this.#eventLoop.reset();
    return { memoryBytes: process.memoryUsage.rss(), eventLoopSeconds };
  }

  #within<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.transaction({ upkeep: true }, work);
  }
}

function jobOf({ jobId }: { readonly jobId: string | null }): readonly string[] {
  return jobId === null ? [] : [jobId];
}

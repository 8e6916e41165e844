import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { Database, Transaction } from '../platform/postgres/database.ts';
import {
  beat,
  connectionSeconds,
  deleteWorkers,
  holdWorkerLock,
  insertWorker,
  type ListedWorker,
  listWorkerStates,
  type Timeouts,
  type WorkerState,
} from './worker.store.ts';

/** Often enough that a worker whose lock was freed by a lost connection is heard of again before it is taken for dead. */
const BEAT_MILLISECONDS = 300;

/**
 * A free lock means a dead process, within milliseconds, or a connection that was lost and comes back with the next
 * beat: 3 of them are waited for. A held one whose worker says nothing means a frozen process, or a line that was cut.
 */
const PATIENCE: Timeouts = { unlocked: 1, locked: 10 };

/**
 * A restart of the database frees every lock, and while it was away nobody could write a heartbeat: only a connection that
 * has stood for so long has seen the others come back.
 */
const STANDING_SECONDS = 5;

/**
 * A worker whose own heartbeats were not written for so long cannot blame the others for the silence of theirs: the database
 * was slow for all of them, or it was frozen itself.
 */
const MAX_OWN_SILENCE_MILLISECONDS = 5_000;

/** How precisely waits for the event loop are measured, in milliseconds. */
const EVENT_LOOP_RESOLUTION = 20;

/** What a look at the registry found. */
export interface RegistryView {
  /** The jobs of workers that are alive, or may be. */
  readonly heldJobs: ReadonlySet<string>;
  /** Workers that have died. They are on the list until `remove`. */
  readonly dead: readonly ListedWorker[];
}

/** The two databases that a registry needs, each with a single connection that nobody else uses. */
export interface RegistryDatabases {
  /** Bears the lock, and the heartbeats, which so wait for nothing but themselves. */
  readonly own: Database;
  /** To look at the others. */
  readonly others: Database;
}

/**
 * This worker's place among those that live. It holds an advisory lock, which PostgreSQL frees when the process dies, and
 * writes heartbeats, which stop when the process is frozen or cut off. Its row is written by its heartbeat alone, in a
 * transaction that touches nothing else.
 */
export class WorkerRegistry {
  readonly #id = randomUUID();
  readonly #startedAt = new Date();
  readonly #databases: RegistryDatabases;
  readonly #version: string;
  readonly #logger: Logger;
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION });
  readonly #closing = new AbortController();
  #heldJob: string | null = null;
  #isLeaving = false;
  /** When the last heartbeat was written, and since when none was missing. */
  #heardAt = performance.now();
  #steadySince = performance.now();
  /** Who looked dead at the last look. */
  #suspects: ReadonlySet<string> = new Set();
  #beating: Promise<void> = Promise.resolve();

  constructor(databases: RegistryDatabases, version: string, logger: Logger) {
    this.#databases = databases;
    this.#version = version;
    this.#logger = logger;
  }

  /** Takes the place; from then on this process counts as a worker until `close`. */
  async open(): Promise<void> {
    this.#eventLoop.enable();
    await this.#write((tx) => this.#register(tx));
    this.#beating = this.#keepBeating();
  }

  /** Notes, before anything else is done for a job, that this worker has it. Rejects where that could not be written. */
  async hold(jobId: string): Promise<void> {
    this.#heldJob = jobId;
    await this.#beat();
  }

  /** Notes that this worker has done all it does for the job; the next heartbeat says so. */
  release(jobId: string): void {
    if (this.#heldJob === jobId) this.#heldJob = null;
  }

  /** Says that this worker was told to end. A job that it then leaves undone, whatever the reason, does not count as lost. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#beat().catch((error: unknown) => this.#logger.debug({ err: error }, 'no heartbeat'));
  }

  /**
   * Who is alive. Takes those for dead who looked dead at the last look too. Null where this worker cannot judge: its
   * connection has not stood long enough, or its own heartbeats were missing as well.
   */
  async look(): Promise<RegistryView | null> {
    return await this.#databases.others.transaction({ maintenance: true }, async (tx) => {
      const canJudge = this.#isSteady() && (await connectionSeconds(tx)) >= STANDING_SECONDS;
      const workers = canJudge ? await listWorkerStates(tx, PATIENCE) : [];
      const suspects = workers.filter(({ alive }) => !alive);
      const dead = suspects.filter(({ id }) => this.#suspects.has(id));
      this.#suspects = new Set(suspects.map(({ id }) => id));
      if (!canJudge) return null;
      return { heldJobs: new Set(workers.filter((worker) => !dead.includes(worker)).flatMap(jobOf)), dead };
    });
  }

  /** Takes dead workers off the list, once their jobs are with others: until then whoever looks finds them there. */
  async remove(dead: readonly ListedWorker[]): Promise<void> {
    const ids = dead.map(({ id }) => id);
    await this.#databases.others.transaction({ maintenance: true }, (tx) => deleteWorkers(tx, ids));
    this.#logger.warn({ workers: ids }, 'workers have died');
  }

  /** Leaves the list, unless it still has a job: then the row stays and says, beside the free lock, that it has left. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#beating;
    this.#eventLoop.disable();
    if (this.#heldJob === null) await this.#write((tx) => deleteWorkers(tx, [this.#id])).catch(() => undefined);
  }

  async #keepBeating(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await delay(BEAT_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // While the database is away there is nobody to hear it.
      await this.#beat().catch((error: unknown) => this.#logger.debug({ err: error }, 'no heartbeat'));
    }
  }

  async #beat(): Promise<void> {
    await this.#write(async (tx) => {
      if (!(await beat(tx, this.#id, this.#state()))) await this.#register(tx);
      else await holdWorkerLock(tx, this.#id);
    });
    const now = performance.now();
    if (now - this.#heardAt > MAX_OWN_SILENCE_MILLISECONDS) this.#steadySince = now;
    this.#heardAt = now;
  }

  #isSteady(): boolean {
    const now = performance.now();
    const isHeard = now - this.#heardAt <= MAX_OWN_SILENCE_MILLISECONDS;
    return isHeard && now - this.#steadySince >= STANDING_SECONDS * 1000;
  }

  async #register(tx: Transaction): Promise<void> {
    await insertWorker(tx, {
      id: this.#id,
      host: hostname(),
      processId: process.pid,
      version: this.#version,
      startedAt: this.#startedAt,
      ...this.#state(),
    });
    await holdWorkerLock(tx, this.#id);
  }

  #state(): WorkerState {
    const eventLoopSeconds = Math.max(0, this.#eventLoop.max / 1e9 - EVENT_LOOP_RESOLUTION / 1e3);
    this.#eventLoop.reset();
    const memoryBytes = process.memoryUsage.rss();
    return { memoryBytes, eventLoopSeconds, jobId: this.#heldJob, isLeaving: this.#isLeaving };
  }

  #write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#databases.own.transaction({ maintenance: true }, work);
  }
}

function jobOf({ jobId }: { readonly jobId: string | null }): readonly string[] {
  return jobId === null ? [] : [jobId];
}

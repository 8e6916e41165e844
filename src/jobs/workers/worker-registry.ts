import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../platform/monitoring/logger.ts';
import {
  type Database,
  type DatabaseAccess,
  openDatabase,
  type Transaction,
} from '../../platform/postgres/database.ts';
import {
  beat,
  connectionSeconds,
  deleteWorkers,
  holdWorkerLock,
  insertWorker,
  type ListedWorker,
  listWorkerStates,
  type Timeouts,
  type WorkerKind,
  type WorkerState,
} from './worker.store.ts';

/** Short enough that a worker whose lock was released by a lost connection sends a heartbeat before it is considered dead. */
const BEAT_MILLISECONDS = 300;

/**
 * A released lock means a dead process, or a lost connection that is restored with the next heartbeat: three are waited for. A
 * held lock without heartbeats means a frozen process, or a dead network connection.
 */
const TIMEOUTS: Timeouts = { unlocked: 1, locked: 10 };

/**
 * A restart of the database releases every lock, and nobody can write heartbeats meanwhile: only a worker with a connection of
 * this age can judge others.
 */
const MIN_CONNECTION_SECONDS = 5;

/**
 * A worker whose own heartbeats were missing for this long cannot judge others: the database was slow for all of them, or the
 * worker was frozen itself.
 */
const MAX_OWN_SILENCE_MILLISECONDS = 5_000;

/** How precisely waits for the event loop are measured, in milliseconds. */
const EVENT_LOOP_RESOLUTION = 20;

/** A snapshot of the other workers of the same kind. */
export interface RegistrySnapshot {
  /** The jobs of workers that are alive, or may be. */
  readonly heldJobs: ReadonlySet<string>;
  /** Dead workers, which are registered until `remove`. */
  readonly dead: readonly ListedWorker[];
}

/** The two databases that a registry needs, each with a single connection that nobody else uses. */
export interface RegistryDatabases {
  /** Holds the lock and writes the heartbeats, which so wait for nothing else. */
  readonly own: Database;
  /** Reads the other workers. */
  readonly others: Database;
}

/** Opens them. Their connections are told from those of requests by their name: heartbeats never pause. */
export function openRegistryDatabases(access: DatabaseAccess): RegistryDatabases {
  const open = () => openDatabase(access, 1, undefined, 'trainyard registry');
  return { own: open(), others: open() };
}

/**
 * Registers this worker. It holds an advisory lock, which PostgreSQL releases when the process dies, and writes heartbeats,
 * which stop when the process is frozen or disconnected. Its row is written by heartbeats only, in transactions of their own.
 */
export class WorkerRegistry {
  readonly #id = randomUUID();
  readonly #startedAt = new Date();
  readonly #kind: WorkerKind;
  readonly #databases: RegistryDatabases;
  readonly #version: string;
  readonly #logger: Logger;
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION });
  readonly #closing = new AbortController();
  #heldJob: string | null = null;
  #isLeaving = false;
  /** When the last heartbeat was written, and since when none was missing. */
  #beatAt = performance.now();
  #steadySince = performance.now();
  /** Workers that seemed dead in the last snapshot. */
  #suspects: ReadonlySet<string> = new Set();
  #beating: Promise<void> = Promise.resolve();

  constructor(kind: WorkerKind, databases: RegistryDatabases, version: string, logger: Logger) {
    this.#kind = kind;
    this.#databases = databases;
    this.#version = version;
    this.#logger = logger;
  }

  /** Registers this process as a worker, until `close`. */
  async open(): Promise<void> {
    this.#eventLoop.enable();
    await this.#write((tx) => this.#register(tx));
    this.#beating = this.#keepBeating();
  }

  /** Records that this worker holds a job, before anything else is done for it. Rejects if that could not be written. */
  async hold(jobId: string): Promise<void> {
    this.#heldJob = jobId;
    await this.#beat();
  }

  /** Releases the job with the next heartbeat. */
  release(jobId: string): void {
    if (this.#heldJob === jobId) this.#heldJob = null;
  }

  /** Records that this worker is shutting down. A job that it then leaves unfinished does not count as lost. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#beat().catch((error: unknown) => this.#logger.debug({ err: error }, 'no heartbeat'));
  }

  /**
   * Reads the other workers. A worker is dead if it seemed dead in the previous snapshot too. Null if this worker cannot judge:
   * its connection is too young, or its own heartbeats were missing as well.
   */
  async snapshot(): Promise<RegistrySnapshot | null> {
    return await this.#databases.others.transaction({ maintenance: true }, async (tx) => {
      const canJudge = this.#isSteady() && (await connectionSeconds(tx)) >= MIN_CONNECTION_SECONDS;
      const workers = canJudge ? await listWorkerStates(tx, this.#kind, TIMEOUTS) : [];
      const suspects = workers.filter(({ alive }) => !alive);
      const dead = suspects.filter(({ id }) => this.#suspects.has(id));
      this.#suspects = new Set(suspects.map(({ id }) => id));
      if (!canJudge) return null;
      return { heldJobs: new Set(workers.filter((worker) => !dead.includes(worker)).flatMap(jobOf)), dead };
    });
  }

  /** Removes dead workers after their jobs have been requeued. */
  async remove(dead: readonly ListedWorker[]): Promise<void> {
    const ids = dead.map(({ id }) => id);
    await this.#databases.others.transaction({ maintenance: true }, (tx) => deleteWorkers(tx, ids));
    this.#logger.warn({ workers: ids }, 'workers have died');
  }

  /** Unregisters, unless it still holds a job: then the row stays, marked as leaving. */
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
      // Heartbeats fail while the database is unavailable.
      await this.#beat().catch((error: unknown) => this.#logger.debug({ err: error }, 'no heartbeat'));
    }
  }

  async #beat(): Promise<void> {
    await this.#write(async (tx) => {
      if (!(await beat(tx, this.#id, this.#state()))) await this.#register(tx);
      else await holdWorkerLock(tx, this.#id);
    });
    const now = performance.now();
    if (now - this.#beatAt > MAX_OWN_SILENCE_MILLISECONDS) this.#steadySince = now;
    this.#beatAt = now;
  }

  #isSteady(): boolean {
    const now = performance.now();
    const isRecent = now - this.#beatAt <= MAX_OWN_SILENCE_MILLISECONDS;
    return isRecent && now - this.#steadySince >= MIN_CONNECTION_SECONDS * 1000;
  }

  async #register(tx: Transaction): Promise<void> {
    await insertWorker(tx, {
      id: this.#id,
      kind: this.#kind,
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

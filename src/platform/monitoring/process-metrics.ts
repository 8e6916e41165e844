import { readdir, readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BlobStore } from '../blob-store/blob-store.ts';
import type { Database, ObserveWait } from '../postgres/database.ts';
import { StoreMetrics } from './store-metrics.ts';

/** An ended run. */
export interface EndedRun {
  readonly algorithm: string;
  readonly status: string;
  /** The reason: COMPLETED, CANCELLED, FAILED and so on. */
  readonly end: string;
  /** The error code of a failed run. */
  readonly code: string | null;
  /** Seconds since it was first claimed; null if it never was. */
  readonly seconds: number | null;
}

/** What was removed, and the size of the removed files. */
export interface Removed {
  readonly datasets?: number;
  readonly runs?: number;
  readonly artifacts?: number;
  readonly files?: number;
  readonly bytes?: number;
}

/** An event that metrics count: the end of a run, or of an attempt whose worker was lost, or a removal. */
export type RunReport =
  | { readonly endedRun: EndedRun }
  | { readonly lostAttempt: { readonly algorithm: string } }
  | { readonly removed: Removed };

/** Called for each of these events. */
export type ObserveRun = (report: RunReport) => void;

/** Trivial runs take milliseconds; half a day is the default time limit. */
const RUN_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200];

/** A free connection is acquired within a millisecond; no statement runs longer than a minute. */
const WAIT_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** No request blocks the event loop for 0.2 s. */
const EVENT_LOOP_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];

/** Resolution of event loop delays, in milliseconds. */
const EVENT_LOOP_RESOLUTION = 10;

/** The longest delay of each window is one observation, so that the numbers do not depend on the scrapers. */
const EVENT_LOOP_WINDOW_MILLISECONDS = 1_000;

/** The metrics of both kinds of processes at /metrics, in Prometheus format. */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly store = new StoreMetrics(this.registry);
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION });
  readonly #registers = { registers: [this.registry] };
  readonly #runs = new Histogram({
    name: 'trainyard_run_seconds',
    help: 'Runs that workers have ended: of this process, and with serve of the one beside it.',
    labelNames: ['algorithm', 'status'],
    buckets: RUN_SECONDS,
    ...this.#registers,
  });
  readonly #ends = new Counter({
    name: 'trainyard_runs_ended_total',
    help: 'Runs that this process has ended, and with serve the worker beside it, by reason and, of failed ones, by code.',
    labelNames: ['end', 'code'],
    ...this.#registers,
  });
  readonly #lostAttempts = new Counter({
    name: 'trainyard_lost_attempts_total',
    help: 'Attempts whose worker was lost, as this worker, or with serve the one beside it, has found out.',
    ...this.#registers,
  });
  readonly #removals = new Counter({
    name: 'trainyard_removed_total',
    help: 'What this process, and with serve the worker beside it, has removed for good: datasets, runs, artifacts, files.',
    labelNames: ['kind'],
    ...this.#registers,
  });
  readonly #removedBytes = new Counter({
    name: 'trainyard_removed_bytes_total',
    help: 'The bytes of these files.',
    ...this.#registers,
  });
  readonly #waits = new Histogram({
    name: 'trainyard_database_wait_seconds',
    help: 'How long transactions of this process waited for a database connection.',
    buckets: WAIT_SECONDS,
    ...this.#registers,
  });
  readonly #eventLoopWaits = new Histogram({
    name: 'trainyard_event_loop_wait_seconds',
    help: 'The longest wait for the event loop of this process in each second.',
    buckets: EVENT_LOOP_SECONDS,
    ...this.#registers,
  });
  readonly #timer: NodeJS.Timeout;

  /** `version`: of Trainyard. */
  constructor(version: string) {
    this.#eventLoop.enable();
    this.#timer = setInterval(() => this.#observeEventLoop(), EVENT_LOOP_WINDOW_MILLISECONDS).unref();
    this.#addBuild(version);
    this.#addProcess();
    this.#addMemory();
    this.#addFiles();
  }

  readonly observeRun: ObserveRun = (report) => {
    if ('lostAttempt' in report) return this.#lostAttempts.inc();
    if ('removed' in report) return this.#countRemoved(report.removed);
    const { algorithm, status, end, code, seconds } = report.endedRun;
    this.#ends.inc({ end, code: code ?? '' });
    if (seconds !== null) this.#runs.observe({ algorithm, status }, seconds);
  };

  #countRemoved({ bytes = 0, ...counts }: Removed): void {
    for (const [kind, count] of Object.entries(counts)) this.#removals.inc({ kind }, count);
    this.#removedBytes.inc(bytes);
  }

  readonly observeWait: ObserveWait = (seconds) => this.#waits.observe(seconds);

  /** Adds metrics of the database connections and the disk. */
  monitor(database: Pick<Database, 'stats'>, store: Pick<BlobStore, 'diskSpace'>): void {
    this.#addConnections(database);
    this.#addDisk(store);
  }

  /** Adds metrics of the parts that readiness checks. */
  monitorParts(parts: Readonly<Record<string, { fault(): Promise<unknown> }>>): void {
    const gauge = new Gauge({
      name: 'trainyard_part_up',
      help: 'Whether a part does what the work of this process needs: 1, or 0 as /readyz says why.',
      labelNames: ['part'],
      ...this.#registers,
      collect: async () => {
        for (const [part, check] of Object.entries(parts)) gauge.set({ part }, (await check.fault()) === null ? 1 : 0);
      },
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#eventLoop.disable();
  }

  #observeEventLoop(): void {
    this.#eventLoopWaits.observe(Math.max(0, this.#eventLoop.max / 1e9 - EVENT_LOOP_RESOLUTION / 1e3));
    this.#eventLoop.reset();
  }

  #addBuild(version: string): void {
    const gauge = new Gauge({
      name: 'trainyard_build_info',
      help: 'Always 1; the labels tell the versions of the program and of Node.js.',
      labelNames: ['version', 'node'],
      ...this.#registers,
    });
    gauge.set({ version, node: process.version }, 1);
  }

  /** Standard process metrics, under their usual names. */
  #addProcess(): void {
    const cpu = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'Processor time that this process has taken.',
      ...this.#registers,
      collect: () => {
        const { user, system } = process.cpuUsage();
        cpu.reset();
        cpu.inc((user + system) / 1e6);
      },
    });
    const start = new Gauge({
      name: 'process_start_time_seconds',
      help: 'When this process started, in seconds since 1970.',
      ...this.#registers,
    });
    start.set(Math.round(Date.now() / 1000 - process.uptime()));
  }

  #addMemory(): void {
    const gauge = new Gauge({
      name: 'trainyard_memory_bytes',
      help: 'Memory of this process: all of it (rss), JavaScript objects (heap), and buffers outside of these (external).',
      labelNames: ['kind'],
      ...this.#registers,
      collect: () => {
        const { rss, heapUsed, external } = process.memoryUsage();
        gauge.set({ kind: 'rss' }, rss);
        gauge.set({ kind: 'heap' }, heapUsed);
        gauge.set({ kind: 'external' }, external);
      },
    });
  }

  #addFiles(): void {
    const help = 'Files and connections that this process has open. Linux only, as the next one.';
    this.#addReading('process_open_fds', help, openFiles);
    this.#addReading('process_max_fds', 'How many it may have open.', maxOpenFiles);
  }

  #addConnections(database: Pick<Database, 'stats'>): void {
    const gauge = new Gauge({
      name: 'trainyard_database_transactions',
      help: 'Transactions of this process that have a connection (active) or wait for one (waiting).',
      labelNames: ['state'],
      ...this.#registers,
      collect: () => {
        const { active, waiting } = database.stats();
        gauge.set({ state: 'active' }, active);
        gauge.set({ state: 'waiting' }, waiting);
      },
    });
    const max = new Gauge({
      name: 'trainyard_database_connections_max',
      help: 'How many connections transactions of this process share.',
      ...this.#registers,
    });
    max.set(database.stats().max);
  }

  #addDisk(store: Pick<BlobStore, 'diskSpace'>): void {
    const help = 'Free disk space for files under DATA_DIRECTORY. Nothing where it cannot be told, as the next one.';
    const diskSpace = () => store.diskSpace().catch(() => null);
    this.#addReading('trainyard_disk_free_bytes', help, async () => (await diskSpace())?.freeBytes ?? null);
    const size = async () => (await diskSpace())?.totalBytes ?? null;
    this.#addReading('trainyard_disk_size_bytes', 'Size of the disk that DATA_DIRECTORY is on.', size);
  }

  /** Adds a gauge that is read at each scrape, and omitted if unknown. */
  #addReading(name: string, help: string, read: () => Promise<number | null>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      ...this.#registers,
      collect: async () => {
        const value = await read();
        if (value === null) gauge.remove();
        else gauge.set(value);
      },
    });
  }
}

/** The number of open files, without the folder being read; null if the system does not tell. */
async function openFiles(): Promise<number | null> {
  const files = await readdir('/proc/self/fd').catch(() => null);
  return files && files.length - 1;
}

/** The soft limit of open files; null if unknown or unlimited. */
async function maxOpenFiles(): Promise<number | null> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = Number(/^Max open files\s+(\S+)/m.exec(limits)?.[1]);
  return Number.isFinite(limit) && limit > 0 ? limit : null;
}

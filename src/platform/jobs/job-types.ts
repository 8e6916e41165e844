import type { Transaction } from '../postgres/database.ts';

/** A kind of background job, as the sender needs it. Its handler is part of the worker. */
export interface JobDefinition<Payload> {
  readonly name: string;
  /** Validates a payload, when it is sent and when it is received; payloads carry ids, not data. Throws for invalid ones. */
  readonly parse: (payload: unknown) => Payload;
  /** Number of retries of a job whose handler threw. */
  readonly retryLimit: number;
  /** Delay before a retry. */
  readonly retryDelaySeconds: number;
  /** Maximum duration of a handler, at most 24 hours. */
  readonly expireInSeconds: number;
  /** How long finished jobs are kept. */
  readonly keepSeconds: number;
}

/** Options of a job that determine its order in the queue. */
export interface JobOptions {
  /** Jobs with a higher priority come first; with equal priority, first in, first out. */
  readonly priority: number;
  /** The number of concurrent jobs of one group is limited; empty: no group. */
  readonly group: string;
}

/** How a job is sent. */
export interface SendOptions extends JobOptions {
  /** No worker takes it before that; at once by default. */
  readonly startAfterSeconds?: number;
}

/** A job that was sent. */
export interface SentJob {
  readonly jobId: string;
  /** Position among the waiting jobs; 1 is next. */
  readonly queuePosition: number;
}

/** The context of a handler. `signal` fires when the worker shuts down. */
export interface JobContext extends JobOptions {
  readonly jobId: string;
  readonly signal: AbortSignal;
}

/** A job that a worker has fetched. */
export interface ActiveJob<Payload> extends JobOptions {
  readonly jobId: string;
  /** Seconds since then, by the clock of the database. */
  readonly activeSeconds: number;
  readonly payload: Payload;
}

/** An unfinished job. */
export interface QueuedJob {
  /** As sent; not validated. */
  readonly payload: unknown;
  /** Empty for no group. */
  readonly group: string;
  /** Seconds since a worker fetched it, by the clock of the database; null while it waits. */
  readonly runningSeconds: number | null;
}

/** The depth of a queue. */
export interface JobDepth {
  /** Waiting jobs. */
  readonly queued: number;
  /** Jobs that workers have fetched. */
  readonly running: number;
  /** Age of the oldest waiting job; null if there is none. */
  readonly oldestQueuedSeconds: number | null;
}

/** The last runs of a schedule. Times are in seconds since 1970. */
export interface ScheduleState {
  /** The name of its job. */
  readonly name: string;
  /** The last success; if there is none, the creation of the schedule. */
  readonly succeededAt: number;
  /** The last failure; null if there is none among the jobs that are kept. */
  readonly failedAt: number | null;
}

/** Work of one kind that has been asked for and is not done. */
export interface UndoneWork {
  readonly count: number;
  /** For how long the oldest of it is undone; null where nothing is. */
  readonly oldestSeconds: number | null;
}

/** The sending side, in every process. */
export interface JobSender {
  /** Enqueues within the caller's transaction: the job exists if and only if that commits. */
  send<Payload>(tx: Transaction, job: JobDefinition<Payload>, payload: Payload, options: SendOptions): Promise<SentJob>;
  /** Removes a job within the caller's transaction, in any state; the outcome of its handler is then ignored. */
  remove(tx: Transaction, job: JobDefinition<unknown>, jobId: string): Promise<void>;
}

/** The queue client of a process without handlers. */
export interface JobClient extends JobSender {
  /** The unfinished jobs of a kind: running ones, then waiting ones in queue order. */
  queue(job: Pick<JobDefinition<unknown>, 'name'>): Promise<readonly QueuedJob[]>;
  /** The depth of the queue of this kind, over all workspaces. */
  depth(job: JobDefinition<unknown>): Promise<JobDepth>;
  /** What jobs of this kind have not done, over all workspaces: those that have failed count too, as long as they are kept. */
  undone(job: JobDefinition<unknown>): Promise<UndoneWork>;
  /** Every schedule of the installation. */
  schedules(): Promise<readonly ScheduleState[]>;
  /** Rejects if no job can be inserted. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The receiving side. */
export interface JobWorker extends JobClient {
  /** Handles jobs of this kind one at a time, highest priority first, with at most `maxOfGroup` per group over all workers. */
  work<Payload>(
    job: JobDefinition<Payload>,
    handle: (payload: Payload, context: JobContext) => Promise<void>,
    maxOfGroup: number,
  ): Promise<void>;
  /** Schedules such a job by a cron expression (UTC): one for all workers together. */
  schedule<Payload extends object>(job: JobDefinition<Payload>, cron: string, payload: Payload): Promise<void>;
  /** Jobs that workers have fetched and not finished. */
  active<Payload>(job: JobDefinition<Payload>): Promise<ActiveJob<Payload>[]>;
  /** Fetches no new jobs, aborts the signal of running handlers and waits for them. */
  close(): Promise<void>;
}

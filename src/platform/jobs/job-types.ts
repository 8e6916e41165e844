import type { Transaction } from '../postgres/database.ts';

/** A kind of background work: what a sender needs to know of it. Its handler lives with the worker. */
export interface JobDefinition<Payload> {
  readonly name: string;
  /** Checks and narrows a payload, at sending and again at receiving; payloads carry ids, not data. Throws on misfits. */
  readonly parse: (payload: unknown) => Payload;
  /** How often a job whose handler threw is tried again. */
  readonly retryLimit: number;
  /** How long such a job waits before it is handed out again. */
  readonly retryDelaySeconds: number;
  /** A handler that takes longer is given up, 24 hours at the most. */
  readonly expireInSeconds: number;
  /** How long a job that has ended is kept. */
  readonly keepSeconds: number;
}

/** Where a job stands in its queue. */
export interface JobPlace {
  /** Jobs with a higher one come first; of equals the one that was sent first. */
  readonly priority: number;
  /** Of the jobs of one group only so many are worked on at once; empty: of none. */
  readonly group: string;
}

/** A job that was sent. */
export interface SentJob {
  readonly jobId: string;
  /** Its place among those that wait; 1 is next. */
  readonly queuePosition: number;
}

/** What a handler is told beside its payload. `signal` fires when the worker shuts down. */
export interface JobContext extends JobPlace {
  readonly jobId: string;
  readonly signal: AbortSignal;
}

/** A job that is with a worker. */
export interface ActiveJob<Payload> extends JobPlace {
  readonly jobId: string;
  /** For how long, by the clock of the database. */
  readonly activeSeconds: number;
  readonly payload: Payload;
}

/** A job that has not ended. */
export interface QueuedJob {
  /** As it was sent; not checked. */
  readonly payload: unknown;
  /** Empty where it belongs to none. */
  readonly group: string;
  /** For how long a worker has been at it, by the clock of the database; null while it waits. */
  readonly runningSeconds: number | null;
}

/** How much of a kind of work there is. */
export interface JobDepth {
  /** Jobs that wait. */
  readonly queued: number;
  /** Jobs that are with a worker. */
  readonly running: number;
  /** For how long the oldest of those that wait has waited; null where none does. */
  readonly oldestQueuedSeconds: number | null;
}

/** What became of the runs of a schedule. Times are in seconds since 1970. */
export interface ScheduleState {
  /** Of the job that it sends. */
  readonly name: string;
  /** When a run last ended well; where none has, when the schedule was made. */
  readonly succeededAt: number;
  /** When one last failed; null where none has of those that are kept. */
  readonly failedAt: number | null;
}

/** The sending side, in every process. */
export interface JobSender {
  /** Enqueues within the caller's transaction: the job exists if and only if that commits. */
  send<Payload>(tx: Transaction, job: JobDefinition<Payload>, payload: Payload, place: JobPlace): Promise<SentJob>;
  /** Removes a job within the caller's transaction, whatever it does; what its handler says of it later is ignored. */
  remove(tx: Transaction, job: JobDefinition<unknown>, jobId: string): Promise<void>;
}

/** The sending side of a process that does no work itself. */
export interface JobClient extends JobSender {
  /** The jobs of a kind that have not ended: those that run, then those that wait in the order in which they are taken. */
  queue(job: Pick<JobDefinition<unknown>, 'name'>): Promise<readonly QueuedJob[]>;
  /** How much of this work there is, of all workspaces. */
  depth(job: JobDefinition<unknown>): Promise<JobDepth>;
  /** Every schedule of the installation. */
  schedules(): Promise<readonly ScheduleState[]>;
  /** Rejects where the queue's tables take no job. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The receiving side, in worker processes. */
export interface JobWorker extends JobSender {
  /** Handles jobs of this kind one at a time, highest priority first, of each group at most so many at once everywhere. */
  work<Payload>(
    job: JobDefinition<Payload>,
    handle: (payload: Payload, context: JobContext) => Promise<void>,
    maxOfGroup: number,
  ): Promise<void>;
  /** Has such a job sent at every time that the cron expression names (UTC): one for all workers together. */
  schedule<Payload extends object>(job: JobDefinition<Payload>, cron: string, payload: Payload): Promise<void>;
  /** Jobs that have been handed out to workers and have not come back. */
  active<Payload>(job: JobDefinition<Payload>): Promise<ActiveJob<Payload>[]>;
  /** Rejects where the queue's tables take no job. */
  check(): Promise<void>;
  /** Takes no new job, aborts the running handlers' signal and waits for them. */
  close(): Promise<void>;
}

import { sql } from 'drizzle-orm';
import { fromDrizzle, type Job, PgBoss } from 'pg-boss';
import type { DatabaseAccess, Transaction } from './database.ts';
import type { Logger } from './logger.ts';

const SCHEMA = 'pgboss';

/** A kind of background work: what a sender needs to know of it. Its handler lives with the worker. */
export interface JobDefinition<Payload> {
  readonly name: string;
  /** Checks and narrows a payload, at sending and again at receiving; payloads carry ids, not data. Throws on misfits. */
  readonly parse: (payload: unknown) => Payload;
  /** How often a job whose worker died or whose handler threw is tried again. */
  readonly retryLimit: number;
  /** How long such a job waits before it is handed out again. */
  readonly retryDelaySeconds: number;
  readonly expireInSeconds: number;
  /** A worker that has not been heard of for so long is taken for dead (10 at the least). */
  readonly heartbeatSeconds: number;
}

/** What a handler is told beside its payload. `signal` fires when the worker shuts down. */
export interface JobContext {
  readonly signal: AbortSignal;
}

/** The sending side, in every process. */
export interface JobSender {
  /** Enqueues within the caller's transaction: the job exists if and only if the transaction commits. */
  send<Payload>(tx: Transaction, job: JobDefinition<Payload>, payload: Payload, priority: number): Promise<void>;
  /** True when the queue's tables answer. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** The receiving side, in worker processes. */
export interface JobWorker {
  /** Handles jobs of this kind one at a time, highest priority first. */
  work<Payload>(
    job: JobDefinition<Payload>,
    handle: (payload: Payload, context: JobContext) => Promise<void>,
  ): Promise<void>;
  /** Takes no new job, aborts the running handlers' signal and waits for them. */
  close(): Promise<void>;
}

/** Creates or updates the queue's schema and its queues, as the owner. Repeating it changes nothing. */
export async function installJobs(ownerUrl: string, jobs: readonly JobDefinition<unknown>[]): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: SCHEMA,
    max: 1,
    supervise: false,
    schedule: false,
    registerInstance: false,
  });
  // pg-boss emits what goes wrong between calls; the calls below reject by themselves.
  boss.on('error', () => undefined);
  await boss.start();
  try {
    for (const job of jobs) {
      const options = {
        retryLimit: job.retryLimit,
        retryDelay: job.retryDelaySeconds,
        expireInSeconds: job.expireInSeconds,
        heartbeatSeconds: job.heartbeatSeconds,
        notify: true,
      };
      if ((await boss.getQueue(job.name)) === null) await boss.createQueue(job.name, options);
      else await boss.updateQueue(job.name, options);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** Opens the sending side. */
export async function openJobSender(access: DatabaseAccess, logger: Logger): Promise<JobSender> {
  const boss = createBoss(access, logger, { max: 2, supervise: false });
  await boss.start();
  return {
    async send(tx, job, payload, priority) {
      await boss.send(job.name, job.parse(payload) as object, { priority, db: fromDrizzle(tx, sql) });
    },
    async ping() {
      try {
        return await boss.isInstalled();
      } catch {
        return false;
      }
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/** Opens the receiving side. It also watches over the queue: jobs of dead workers are handed out again. */
export async function openJobWorker(access: DatabaseAccess, logger: Logger): Promise<JobWorker> {
  const boss = createBoss(access, logger, {
    max: 4,
    useListenNotify: true,
    supervise: true,
    // The defaults of 60 s would leave a dead worker's job lying for a minute after its heartbeat has ended.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
  });
  await boss.start();
  const shutdown = new AbortController();
  return {
    async work(job, handle) {
      // One fetch ends the notification that several quick sends share: without asking again at the end of each
      // job, the rest of a backlog would wait for the poll.
      const workerId: string = await boss.work(
        job.name,
        { batchSize: 1, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2 },
        async ([received]: Job<unknown>[]) => {
          if (received === undefined) return;
          try {
            await handle(job.parse(received.data), { signal: shutdown.signal });
          } finally {
            boss.notifyWorker(workerId);
          }
        },
      );
    },
    async close() {
      shutdown.abort();
      await boss.stop({ graceful: true, timeout: 8_000 });
    },
  };
}

type BossOptions = Partial<ConstructorParameters<typeof PgBoss>[0] & object>;

function createBoss(access: DatabaseAccess, logger: Logger, options: BossOptions): PgBoss {
  const boss = new PgBoss({
    connectionString: access.appUrl,
    schema: SCHEMA,
    schedule: false,
    migrate: false,
    createSchema: false,
    registerInstance: false,
    reindex: false,
    application_name: 'trainyard jobs',
    ...(access.appRole === null ? {} : { options: `-c role=${access.appRole}` }),
    ...options,
  });
  boss.on('error', (error) => logger.error({ err: error }, 'job queue'));
  boss.on('warning', (warning) => logger.warn({ warning }, 'job queue'));
  return boss;
}

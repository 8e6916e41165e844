import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { fromDrizzle, type JobWithMetadata, PgBoss } from 'pg-boss';
import type { Logger } from '../monitoring/logger.ts';
import type { DatabaseAccess } from '../postgres/database.ts';
import { parseDatabaseUrl } from '../postgres/database-url.ts';
import { MAX_IDLE_TRANSACTION_MILLISECONDS } from '../postgres/postgres-client.ts';
import type {
  ActiveJob,
  JobClient,
  JobDefinition,
  JobDepth,
  JobSender,
  JobWorker,
  QueuedJob,
  ScheduleState,
  UndoneWork,
} from './job-types.ts';
import { queueConnection, REFUSE_UNSAFE_ROLE } from './queue-connection.ts';
import { QueueErrorLog } from './queue-error-log.ts';

export type * from './job-types.ts';

const SCHEMA = 'pgboss';

/** A waiting job never expires, even without workers: pg-boss's default is two weeks. */
const MAX_WAIT_SECONDS = 10 * 365 * 24 * 60 * 60;

/**
 * Longer than any shutdown: at this timeout pg-boss would fail the jobs of running handlers, and retry them. Unfinished jobs are
 * found by OrphanedJobRecovery instead.
 */
const MAX_STOP_MILLISECONDS = 60_000;

/** Maximum number of jobs read from the queue. */
const MAX_QUEUE_READ = 5_000;

/** Creates or updates the queue's schema and its queues, as the owner. Repeating it changes nothing. */
export async function installJobs(access: DatabaseAccess, jobs: readonly JobDefinition<unknown>[]): Promise<void> {
  const boss = new PgBoss({
    ...(await queueConnection(parseDatabaseUrl(access.ownerUrl, access.caFile), {})),
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
        deleteAfterSeconds: job.keepSeconds,
        retentionSeconds: MAX_WAIT_SECONDS,
        notify: true,
      };
      if ((await boss.getQueue(job.name)) === null) await boss.createQueue(job.name, options);
      // Queues of earlier versions had a heartbeat, which is turned off: the registry of workers finds dead ones sooner, and
      // does not mistake live ones for dead after the database was unavailable.
      else await boss.updateQueue(job.name, { ...options, heartbeatSeconds: null });
    }
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** Waiting jobs are in the order in which pg-boss fetches them; its own indexes serve both parts. */
const QUEUE_STATEMENT = `
  select payload, "group", "runningSeconds" from (
    (select data as payload, coalesce(group_id, '') as "group", priority, created_on,
      extract(epoch from now() - started_on)::double precision as "runningSeconds" from ${SCHEMA}.job where name = $1 and state = 'active' limit $2)
    union all
    (select data, coalesce(group_id, ''), priority, created_on, null from ${SCHEMA}.job where name = $1 and state < 'active' and not blocked
      order by priority desc, created_on limit $2)) as unfinished
  order by "runningSeconds" desc nulls last, priority desc, created_on`;

/** The newest job of each state, by pg-boss's own indexes; a schedule has few jobs. */
const SCHEDULES_STATEMENT = `
  select schedule.name,
    extract(epoch from coalesce(max(completed_on) filter (where state = 'completed'), min(schedule.created_on)))::float8 as "succeededAt",
    extract(epoch from max(completed_on) filter (where state = 'failed'))::float8 as "failedAt"
  from ${SCHEMA}.schedule left join ${SCHEMA}.job on job.name = schedule.name and completed_on is not null
  group by schedule.name`;

/** Maximum age of a connection of the queue, after which it is replaced once it is idle. */
const MAX_AGE_SECONDS = 10;

/** Opens the sending side. */
export async function openJobClient(access: DatabaseAccess, logger: Logger): Promise<JobClient> {
  const boss = await createBoss(access, logger, { max: 2, supervise: false });
  await boss.start();
  return clientOf(boss);
}

function clientOf(boss: PgBoss): JobClient {
  return {
    ...senderOf(boss),
    async queue({ name }) {
      const { rows } = await boss.getDb().executeSql(QUEUE_STATEMENT, [name, MAX_QUEUE_READ]);
      return rows as QueuedJob[];
    },
    async depth(job) {
      const isWaiting = `state in ('created', 'retry')`;
      const { rows } = await boss.getDb().executeSql(
        `select count(*) filter (where ${isWaiting})::int as queued,
          count(*) filter (where state = 'active')::int as running,
          extract(epoch from now() - min(created_on) filter (where ${isWaiting}))::float8 as "oldestQueuedSeconds"
        from ${SCHEMA}.job where name = $1 and state < 'completed'`,
        [job.name],
      );
      const [depth] = rows as JobDepth[];
      return depth ?? { queued: 0, running: 0, oldestQueuedSeconds: null };
    },
    async undone(job) {
      const { rows } = await boss.getDb().executeSql(
        `select count(*)::int as count, extract(epoch from now() - min(created_on))::float8 as "oldestSeconds"
        from ${SCHEMA}.job where name = $1 and state not in ('completed', 'cancelled')`,
        [job.name],
      );
      const [undone] = rows as UndoneWork[];
      return undone ?? { count: 0, oldestSeconds: null };
    },
    async schedules() {
      const { rows } = await boss.getDb().executeSql(SCHEDULES_STATEMENT, []);
      return rows as ScheduleState[];
    },
    check: () => checkQueue(boss),
    close: () => boss.stop({ graceful: false }),
  };
}

/**
 * Interval of deleting old jobs. pg-boss's default is once a day: a job that is to be kept for an hour would stay for up to
 * 25 hours.
 */
const CLEANUP_SECONDS = 60;

/** Options of the receiving side. */
export interface JobWorkerOptions {
  readonly cleanupSeconds?: number;
  /** Connections beside the one that listens. */
  readonly maxConnections?: number;
  /** Whether it sends the jobs of schedules when their time has come. */
  readonly keepsSchedules?: boolean;
}

/** Opens the receiving side. It also maintains the queue's tables: old jobs are deleted within two `cleanupSeconds`. */
export async function openJobWorker(
  access: DatabaseAccess,
  logger: Logger,
  { cleanupSeconds = CLEANUP_SECONDS, maxConnections = 4, keepsSchedules = true }: JobWorkerOptions = {},
): Promise<JobWorker> {
  const boss = await createBoss(access, logger, {
    max: maxConnections,
    useListenNotify: true,
    supervise: true,
    superviseIntervalSeconds: cleanupSeconds,
    maintenanceIntervalSeconds: cleanupSeconds,
    schedule: keepsSchedules,
  });
  await boss.start();
  const shutdown = new AbortController();
  return {
    ...clientOf(boss),
    async work(job, handle, maxOfGroup) {
      // One fetch ends the notification that several quick sends share: without asking again at the end of each
      // job, the rest of a backlog would wait for the poll.
      const workerId: string = await boss.work(
        job.name,
        {
          batchSize: 1,
          pollingIntervalSeconds: 2,
          notifyPollingIntervalSeconds: 2,
          groupConcurrency: maxOfGroup,
          includeMetadata: true,
        },
        async ([received]: JobWithMetadata<unknown>[]) => {
          if (received === undefined) return;
          const { jobId, payload, priority, group } = toReceived(job, received);
          try {
            await handle(payload, { jobId, priority, group, signal: shutdown.signal });
          } finally {
            boss.notifyWorker(workerId);
          }
        },
      );
    },
    async schedule(job, cron, payload) {
      await boss.schedule(job.name, cron, payload);
    },
    async active(job) {
      const { rows } = await boss.getDb().executeSql(
        `select id, data, priority, group_id as "groupId", extract(epoch from now() - started_on)::float8 as "activeSeconds"
          from ${SCHEMA}.job where name = $1 and state = 'active'`,
        [job.name],
      );
      return rows.map((row: ReceivedJob & Pick<ActiveJob<unknown>, 'activeSeconds'>) => ({
        ...toReceived(job, row),
        activeSeconds: row.activeSeconds,
      }));
    },
    async close() {
      shutdown.abort();
      await boss.stop({ graceful: true, timeout: MAX_STOP_MILLISECONDS });
    },
  };
}

/** Inserts no row, but fails if the tables are missing, not writable, or the database is read-only. */
async function checkQueue(boss: PgBoss): Promise<void> {
  await boss
    .getDb()
    .executeSql(`insert into ${SCHEMA}.job (name, data) select name, data from ${SCHEMA}.job where false`, []);
}

type ReceivedJob = Pick<JobWithMetadata<unknown>, 'id' | 'data' | 'priority' | 'groupId'>;

function toReceived<Payload>(
  job: JobDefinition<Payload>,
  { id, data, priority, groupId }: ReceivedJob,
): Omit<ActiveJob<Payload>, 'activeSeconds'> {
  return { jobId: id, payload: job.parse(data), priority, group: groupId ?? '' };
}

function senderOf(boss: PgBoss): JobSender {
  return {
    async send(tx, job, payload, { priority, group, startAfterSeconds }) {
      const id = randomUUID();
      await boss.send(job.name, job.parse(payload) as object, {
        id,
        priority,
        ...(group === '' ? {} : { group: { id: group } }),
        ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
        db: fromDrizzle(tx, sql),
      });
      const [row] = await tx.execute<{ position: number }>(sql`
        select count(*)::int as position from ${sql.raw(SCHEMA)}.job
        where name = ${job.name} and state < 'active' and priority >= ${priority}`);
      return { jobId: id, queuePosition: row?.position ?? 1 };
    },
    async remove(tx, job, jobId) {
      await boss.deleteJob(job.name, jobId, { db: fromDrizzle(tx, sql) });
    },
  };
}

type BossOptions = Partial<ConstructorParameters<typeof PgBoss>[0] & object>;

async function createBoss(access: DatabaseAccess, logger: Logger, options: BossOptions): Promise<PgBoss> {
  const settings = {
    idle_in_transaction_session_timeout: String(MAX_IDLE_TRANSACTION_MILLISECONDS),
    ...(access.appRole === null ? {} : { role: access.appRole }),
  };
  const boss = new PgBoss({
    ...(await queueConnection(parseDatabaseUrl(access.appUrl, access.caFile), settings)),
    // A session opened while the database was read-only stays read-only for its lifetime. pg-boss passes this option on to its
    // pool, but its type does not have it: hence the spread.
    ...{ maxLifetimeSeconds: MAX_AGE_SECONDS },
    schema: SCHEMA,
    schedule: false,
    migrate: false,
    createSchema: false,
    registerInstance: false,
    reindex: false,
    application_name: 'trainyard jobs',
    ...REFUSE_UNSAFE_ROLE,
    ...options,
  });
  const errors = new QueueErrorLog(logger, () => checkQueue(boss));
  boss.on('error', (error: unknown) => errors.record(error));
  boss.on('stopped', () => errors.close());
  // Other properties of a warning may contain a job's payload, or a statement.
  boss.on('warning', ({ message }) => logger.warn({ warning: message }, 'job queue'));
  return boss;
}

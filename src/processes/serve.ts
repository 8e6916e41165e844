import type { Config } from '../config.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { readMemoryHeadroom } from '../platform/monitoring/memory-headroom.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { type ApiProcess, startApiProcess } from './api-process.ts';
import type { ProvidedDatabase } from './database-access.ts';
import { JOBS } from './jobs.ts';
import { WorkerChild } from './worker-child.ts';

/** The processes of `serve`: the API, one worker, and the embedded database unless DATABASE_URL is set. */
export interface Served {
  readonly url: string;
  /** Where the API listens. */
  readonly address: string;
  /** Where the embedded database keeps its data; null for the operator's own database. */
  readonly embeddedPort: number | null;
  /** Resolves with the reason when a part ends that the rest cannot do without. */
  readonly broken: Promise<string>;
  /** The API answers everybody until `grace` is over. */
  close(grace?: Promise<unknown>): Promise<void>;
}

/** Starts it all on a database, which is ended again where a later part fails. The worker comes last: it can wait. */
export async function serve(
  config: Config,
  database: ProvidedDatabase,
  mainFile: string,
  logger: Logger,
): Promise<Served> {
  try {
    await migrate(database.access, JOBS, database.appPassword);
    warnOfLittleMemory(logger);
    const api = await startApiProcess(config, database.access, logger);
    return served(api, new WorkerChild(mainFile, database.access, logger, api.observeRun), database);
  } catch (error) {
    await database.embedded?.stop();
    throw error;
  }
}

/** All parts together take about 290 MB before anybody has sent a file: with less than this the kernel ends one of them when one comes. */
const MIN_MEMORY_BYTES = 500_000_000;

function warnOfLittleMemory(logger: Logger): void {
  const limitBytes = readMemoryHeadroom()?.limitBytes ?? MIN_MEMORY_BYTES;
  if (limitBytes >= MIN_MEMORY_BYTES) return;
  const message =
    'serve needs 500 MB of memory: with less the kernel may end it when a large file is uploaded; give the container more';
  logger.warn({ limitBytes }, message);
}

function served(api: ApiProcess, worker: WorkerChild, { embedded }: ProvidedDatabase): Served {
  const broken = embedded?.exited.then(
    ({ code, signal }) =>
      `The embedded database ended by itself (${signal ?? `code ${code}`}), so that the server ends too: start it again. ` +
      'Lines of the log with source "postgres" say why; where it was killed, the system\'s log does, most often for want of memory.',
  );
  return {
    url: api.url,
    address: api.address,
    embeddedPort: embedded?.port ?? null,
    broken: broken ?? new Promise(() => undefined),
    async close(grace) {
      await Promise.all([worker.stop(), api.close(grace)]);
      await embedded?.stop();
    },
  };
}

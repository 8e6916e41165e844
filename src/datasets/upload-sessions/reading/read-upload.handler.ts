import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../../../errors.ts';
import { JobProgress } from '../../../jobs/progress/job-progress.ts';
import { ClaimLostError, InterruptedError } from '../../../jobs/workers/attempt-errors.ts';
import { JobControl } from '../../../jobs/workers/job-control.ts';
import { untilAvailable } from '../../../jobs/workers/until-available.ts';
import { whileHeld } from '../../../jobs/workers/while-held.ts';
import type { WorkerRegistry } from '../../../jobs/workers/worker-registry.ts';
import type { JobContext, JobSender } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { PartStore } from '../../../platform/part-store/part-store.ts';
import type { Database, Transaction } from '../../../platform/postgres/database.ts';
import type { NotificationHub } from '../../../platform/postgres/notifications.ts';
import { ThreadDiedError } from '../../../platform/threads/threads.ts';
import type { FileIntake, UploadResult } from '../../uploads/file-intake.ts';
import { diskErrorOf } from '../../uploads/storage-full.ts';
import { partCountOf } from '../part-sizes.ts';
import { packReport } from '../refused-report.ts';
import { readerLost, toUploadFailure, type UploadFailure } from '../upload-error.ts';
import {
  changeReading,
  claimUpload,
  findUpload,
  insertReportPieces,
  UPLOAD_COMMAND_TOPIC,
  type UploadChange,
  type UploadSessionRow,
} from '../upload-session.store.ts';
import { type ReadUploadPayload, readUploadJob } from './read-upload.job.ts';

/** Putting the parts together takes about this share of the time; the rest goes into reading the file. */
const ASSEMBLY_SHARE = 0.2;

/** Pause before a session is queued again whose reading could not begin. */
const BUSY_MILLISECONDS = 1_000;

/** No process takes a session before that for which there was no room: reading costs as much each time. */
const FULL_SECONDS = 5;

/** How a session ended. */
export type ObserveUpload = (status: UploadSessionRow['status']) => void;

/** Dependencies of the handler. */
export interface ReadingDependencies {
  readonly database: Database;
  readonly parts: PartStore;
  readonly intake: FileIntake;
  readonly jobs: JobSender;
  readonly registry: Pick<WorkerRegistry, 'hold' | 'release'>;
  readonly changes: Pick<NotificationHub, 'listen'>;
  readonly observeUpload: ObserveUpload;
}

/** Handles the job of a completed upload: claims the session, puts the parts together, and reads the file. */
export class ReadUploadHandler {
  readonly #dependencies: ReadingDependencies;
  readonly #maxAttempts: number;
  readonly #logger: Logger;

  /** After `maxAttempts` lost processes a session fails. */
  constructor(dependencies: ReadingDependencies, maxAttempts: number, logger: Logger) {
    this.#dependencies = dependencies;
    this.#maxAttempts = maxAttempts;
    this.#logger = logger;
  }

  /** Resolves once the session has ended, was requeued or belongs to another attempt. Rejects if that could not be written. */
  async handle({ workspaceId, sessionId }: ReadUploadPayload, context: JobContext): Promise<void> {
    await whileHeld(this.#dependencies.registry, context, async () => {
      const claim = (tx: Transaction) => claimUpload(tx, sessionId, context.jobId);
      const session = await this.#dependencies.database.transaction({ workspaceId }, claim);
      if (session !== null) await this.#work(session, context);
    });
  }

  async #work(session: UploadSessionRow, context: JobContext): Promise<void> {
    const { id: sessionId, attempt, lostAttempts } = session;
    const logger = this.#logger.child({ sessionId, attempt });
    try {
      if (lostAttempts >= this.#maxAttempts) return await this.#fail(session, readerLost(lostAttempts));
      await this.#read(session, context.signal);
      logger.info('upload read');
    } catch (error) {
      if (error instanceof ClaimLostError) {
        logger.info('this attempt has lost its claim on the upload');
        return;
      }
      if (error instanceof InterruptedError || isPassing(error)) return await this.#requeue(session, context, error);
      if (diskErrorOf(error) !== null) {
        logger.warn({ sizeBytes: session.sizeBytes }, 'no room for files: the upload waits for it');
        return await this.#requeue(session, context, error, FULL_SECONDS);
      }
      const failure = toUploadFailure(error);
      if (failure.errorCode === 'IDEMPOTENCY_CONFLICT') logger.info('the key of the upload was used before');
      else logger.error({ err: error }, 'the upload could not be read');
      await this.#fail(session, failure);
    }
  }

  async #read(session: UploadSessionRow, shutdown: AbortSignal): Promise<void> {
    const { intake, changes } = this.#dependencies;
    const end = new AbortController();
    const interrupt = () => end.abort(new InterruptedError());
    shutdown.addEventListener('abort', interrupt, { once: true });
    if (shutdown.aborted) interrupt();
    const progress = new JobProgress({
      write: (stored) => this.#change(session, stored),
      onError: (error) => end.abort(error),
    });
    using _control = new JobControl(changes, UPLOAD_COMMAND_TOPIC, session, async () => {
      if (!(await this.#isCurrent(session))) end.abort(new ClaimLostError());
    });
    const report = (fraction: number) => progress.report({ progress: fraction });
    try {
      await intake.inFolder((folder) => this.#accept(session, folder, report, end.signal), session.sizeBytes);
    } catch (error) {
      // What the signal says comes first: work that is ended fails in its own words.
      throw end.signal.aborted ? end.signal.reason : error;
    } finally {
      shutdown.removeEventListener('abort', interrupt);
      await progress.close();
    }
  }

  async #accept(
    session: UploadSessionRow,
    folder: string,
    report: (fraction: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { parts, intake } = this.#dependencies;
    const { filename, options } = session;
    const path = join(folder, 'file');
    const onBytes = (bytes: number) => report((ASSEMBLY_SHARE * bytes) / session.sizeBytes);
    const assembled = await parts.assemble(session, partCountOf(session), path, { signal, onBytes });
    const uploader = { workspaceId: session.workspaceId, userId: session.createdBy };
    const earlier = await intake.findEarlier(uploader, filename, options, async () => assembled.sha256);
    if (earlier !== null) return await this.#end(session, earlier, signal);
    let isStored = false;
    const result = await intake.accept(uploader, { filename, path, ...assembled }, options, {
      signal,
      onProgress: (fraction) => report(ASSEMBLY_SHARE + (1 - ASSEMBLY_SHARE) * fraction),
      // The dataset and the end of the session are one: whatever happens, there are both or neither.
      alongside: async (tx, dataset) => {
        await this.#done(tx, session, dataset.id);
        isStored = true;
      },
    });
    if (isStored) await this.#over(session, 'DONE');
    else await this.#end(session, result, signal);
  }

  /** Ends a session whose file was refused, or stored by an earlier upload. */
  async #end(session: UploadSessionRow, { dataset, report }: UploadResult, signal: AbortSignal): Promise<void> {
    const { database } = this.#dependencies;
    const packed = dataset === null ? packReport(session, report) : null;
    const write = async (tx: Transaction) => {
      if (packed === null) return await this.#done(tx, session, dataset?.id ?? null);
      await this.#move(tx, session, { ...ENDED, status: 'REFUSED', report: packed.report, finishedAt: new Date() });
      await insertReportPieces(tx, packed.pieces);
    };
    const { workspaceId } = session;
    await untilAvailable(() => database.transaction({ workspaceId }, write), { shutdown: signal });
    await this.#over(session, dataset === null ? 'REFUSED' : 'DONE');
  }

  async #done(tx: Transaction, session: UploadSessionRow, datasetId: string | null): Promise<void> {
    await this.#move(tx, session, { ...ENDED, status: 'DONE', datasetId, finishedAt: new Date() });
  }

  async #fail(session: UploadSessionRow, failure: UploadFailure): Promise<void> {
    const change = { ...failure, status: 'FAILED', etaSeconds: null, finishedAt: new Date() } as const;
    try {
      await untilAvailable(() => this.#change(session, change), { shutdown: null });
    } catch (error) {
      if (error instanceof ClaimLostError) return;
      throw error;
    }
    await this.#over(session, 'FAILED');
  }

  /** Queues the session as another job: this process shuts down, or what the reading needs is not available, or full. */
  async #requeue(
    session: UploadSessionRow,
    context: JobContext,
    reason: unknown,
    startAfterSeconds = 0,
  ): Promise<void> {
    const { database, jobs } = this.#dependencies;
    const { id: sessionId, workspaceId } = session;
    if (!(reason instanceof InterruptedError) && startAfterSeconds === 0) {
      await delay(BUSY_MILLISECONDS, undefined, { signal: context.signal }).catch(() => undefined);
    }
    const write = async (tx: Transaction) => {
      const { priority, group } = context;
      const options = { priority, group, startAfterSeconds };
      const { jobId } = await jobs.send(tx, readUploadJob, { workspaceId, sessionId }, options);
      const change = { status: 'QUEUED', progress: 0, etaSeconds: null, jobId } as const;
      // An attempt that has lost its claim leaves no job behind.
      if (!(await changeReading(tx, sessionId, session.attempt, change))) await jobs.remove(tx, readUploadJob, jobId);
    };
    await untilAvailable(() => database.transaction({ workspaceId }, write), { shutdown: null });
  }

  #change(session: UploadSessionRow, change: UploadChange): Promise<void> {
    const { workspaceId } = session;
    return this.#dependencies.database.transaction({ workspaceId }, (tx) => this.#move(tx, session, change));
  }

  /** Throws ClaimLostError where the session has ended, or another attempt has it. */
  async #move(tx: Transaction, { id, attempt }: UploadSessionRow, change: UploadChange): Promise<void> {
    if (!(await changeReading(tx, id, attempt, change))) throw new ClaimLostError();
  }

  async #isCurrent({ id, workspaceId, attempt }: UploadSessionRow): Promise<boolean> {
    const now = await this.#dependencies.database.transaction({ workspaceId }, (tx) => findUpload(tx, id));
    return now?.status === 'READING' && now.attempt === attempt;
  }

  /** The session has ended: its parts go. What cannot be removed now is left to the sweep. */
  async #over(session: UploadSessionRow, status: UploadSessionRow['status']): Promise<void> {
    this.#dependencies.observeUpload(status);
    await this.#dependencies.parts.remove(session).catch((error: unknown) => {
      this.#logger.warn({ err: error, sessionId: session.id }, 'the parts of an upload could not be removed');
    });
  }
}

const ENDED = { progress: 1, etaSeconds: null } as const;

/** Whether what was tried may succeed in a moment. A thread that died may have died of the file: that is a failure. */
function isPassing(error: unknown): boolean {
  return isUnavailable(error) && !(error instanceof Error && error.cause instanceof ThreadDiedError);
}

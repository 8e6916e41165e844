import type { OrphanedJob } from '../../../jobs/workers/orphaned-job-recovery.ts';
import type { JobSender } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { PartStore } from '../../../platform/part-store/part-store.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import { readerLost } from '../upload-error.ts';
import { changeUploadOfJob, lockUpload, type UploadSessionRow } from '../upload-session.store.ts';
import { isUploadEnded } from '../upload-session-status.ts';
import type { ObserveUpload } from './read-upload.handler.ts';
import { type ReadUploadPayload, readUploadJob } from './read-upload.job.ts';

/** What requeuing an upload needs. */
export interface UploadRequeueDependencies {
  readonly database: Database;
  readonly jobs: JobSender;
  readonly parts: PartStore;
  /** After this many lost processes a session fails. */
  readonly maxAttempts: number;
  readonly observeUpload: ObserveUpload;
  readonly logger: Logger;
}

/** Requeues the session of an orphaned job as another job, or fails it after too many attempts. */
export async function requeueOrphanedUpload(
  { jobId, payload, priority, group, wasShutDown }: OrphanedJob<ReadUploadPayload>,
  { database, jobs, parts, maxAttempts, observeUpload, logger }: UploadRequeueDependencies,
): Promise<void> {
  const { workspaceId, sessionId } = payload;
  const failed = await database.transaction({ workspaceId }, async (tx): Promise<UploadSessionRow | null> => {
    const session = await lockUpload(tx, sessionId);
    await jobs.remove(tx, readUploadJob, jobId);
    // Another process was faster, or the session had already ended.
    if (session?.jobId !== jobId || isUploadEnded(session.status)) return null;
    const isLoss = session.status === 'READING' && !wasShutDown;
    const lostAttempts = session.lostAttempts + (isLoss ? 1 : 0);
    logger.warn({ sessionId, attempt: session.attempt, lostAttempts, wasShutDown }, 'the reader of an upload was lost');
    if (isLoss && lostAttempts >= maxAttempts) {
      const end = { ...readerLost(lostAttempts), status: 'FAILED', etaSeconds: null, finishedAt: new Date() } as const;
      await changeUploadOfJob(tx, sessionId, jobId, { ...end, lostAttempts });
      return session;
    }
    const sent = await jobs.send(tx, readUploadJob, payload, { priority, group });
    const queued = { status: 'QUEUED', progress: 0, etaSeconds: null, lostAttempts, jobId: sent.jobId } as const;
    await changeUploadOfJob(tx, sessionId, jobId, queued);
    return null;
  });
  if (failed === null) return;
  observeUpload('FAILED');
  await parts.remove(failed);
}

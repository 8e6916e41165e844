import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, type SQL, sql, sum } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { JobCursor } from '../../jobs/live/followed-job.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import { uploadReportPieces, uploadSessions } from './upload-session.table.ts';
import type { UploadStatus } from './upload-session-status.ts';

/** A session as it is stored. */
export type UploadSessionRow = typeof uploadSessions.$inferSelect;

export type ReportPieceRow = typeof uploadReportPieces.$inferSelect;

/** The head of a session's row. */
export type UploadHead = Pick<UploadSessionRow, 'id' | 'lastSeq' | 'status'>;

/** The columns of a session that change. */
export type UploadChange = Partial<
  Pick<
    UploadSessionRow,
    | 'status'
    | 'progress'
    | 'etaSeconds'
    | 'jobId'
    | 'lostAttempts'
    | 'datasetId'
    | 'report'
    | 'errorCode'
    | 'errorMessage'
    | 'errorHint'
    | 'finishedAt'
  >
>;

/** Topic of notifications about sessions. */
export const UPLOAD_TOPIC = 'upload-session';

/** Topic of notifications for the process that reads: the session was aborted. */
export const UPLOAD_COMMAND_TOPIC = 'upload-session-command';

const isSession = (tx: Transaction, id: string) => and(ofWorkspace(tx, uploadSessions), eq(uploadSessions.id, id));

/** Serializes the beginning of uploads of a workspace until the transaction ends: the open ones are counted first. */
export async function lockUploadsOf(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`uploads of ${workspaceId}`}, 0))`);
}

/** The number of open sessions of the workspace, and the bytes of their files. */
export async function countOpenUploads(tx: Transaction): Promise<{ sessions: number; bytes: number }> {
  const [row] = await tx
    .select({ sessions: count(), bytes: sum(uploadSessions.sizeBytes).mapWith(Number) })
    .from(uploadSessions)
    .where(and(ofWorkspace(tx, uploadSessions), isNull(uploadSessions.finishedAt)));
  return { sessions: row?.sessions ?? 0, bytes: row?.bytes ?? 0 };
}

export async function insertUpload(tx: Transaction, session: UploadSessionRow): Promise<void> {
  await tx.insert(uploadSessions).values(ownRow(tx, session));
  await sendNotification(tx, { scope: session.workspaceId, topic: UPLOAD_TOPIC, id: session.id });
}

export async function findUpload(tx: Transaction, id: string): Promise<UploadSessionRow | null> {
  const [row] = await tx.select().from(uploadSessions).where(isSession(tx, id));
  return row ?? null;
}

/** The open session that a request with this key began. */
export async function findOpenUploadByKey(tx: Transaction, idempotencyKey: string): Promise<UploadSessionRow | null> {
  const isKey = and(eq(uploadSessions.idempotencyKey, idempotencyKey), isNull(uploadSessions.finishedAt));
  const [row] = await tx
    .select()
    .from(uploadSessions)
    .where(and(ofWorkspace(tx, uploadSessions), isKey));
  return row ?? null;
}

/** The sessions of the workspace that are not done, newest first. */
export async function listUploads(tx: Transaction, limit: number): Promise<UploadSessionRow[]> {
  return await tx
    .select()
    .from(uploadSessions)
    .where(and(ofWorkspace(tx, uploadSessions), isNull(uploadSessions.finishedAt)))
    .orderBy(desc(uploadSessions.createdAt))
    .limit(limit);
}

/** Claims a session for a process as its next attempt; null if it has ended, is gone, or belongs to another job. */
export async function claimUpload(tx: Transaction, id: string, jobId: string): Promise<UploadSessionRow | null> {
  const guard = and(inArray(uploadSessions.status, ['QUEUED', 'READING']), eq(uploadSessions.jobId, jobId));
  const claim = {
    status: 'READING',
    progress: 0,
    etaSeconds: null,
    attempt: sql`${uploadSessions.attempt} + 1`,
    lostAttempts: sql`${uploadSessions.lostAttempts} + (${uploadSessions.status} = 'READING')::integer`,
  } as const;
  return await moveUpload(tx, id, guard, claim);
}

/** Changes a session as the reader of `attempt`. False, and nothing written, if another attempt has it or it has ended. */
export async function changeReading(
  tx: Transaction,
  id: string,
  attempt: number,
  change: UploadChange,
): Promise<boolean> {
  const guard = and(eq(uploadSessions.attempt, attempt), eq(uploadSessions.status, 'READING'));
  return (await moveUpload(tx, id, guard, change)) !== null;
}

/** Changes a session that has one of these statuses, on behalf of its users, and notifies its reader. Null if it has another. */
export async function changeUpload(
  tx: Transaction,
  id: string,
  statuses: readonly UploadStatus[],
  change: UploadChange,
): Promise<UploadSessionRow | null> {
  const changed = await moveUpload(tx, id, inArray(uploadSessions.status, [...statuses]), change);
  if (changed !== null) {
    const command = { scope: changed.workspaceId, topic: UPLOAD_COMMAND_TOPIC, id: changed.id };
    await sendNotification(tx, command);
  }
  return changed;
}

/** Requeues the session of a job whose process was lost, or ends it. */
export async function changeUploadOfJob(
  tx: Transaction,
  id: string,
  jobId: string,
  change: UploadChange,
): Promise<boolean> {
  const guard = and(eq(uploadSessions.jobId, jobId), inArray(uploadSessions.status, ['QUEUED', 'READING']));
  return (await moveUpload(tx, id, guard, change)) !== null;
}

/** The only statement that changes a session: the same update counts the change. Null if the guard matches no row. */
async function moveUpload(
  tx: Transaction,
  id: string,
  guard: SQL | undefined,
  change: PgUpdateSetSource<typeof uploadSessions>,
): Promise<UploadSessionRow | null> {
  const [row] = await tx
    .update(uploadSessions)
    .set({ ...change, lastSeq: sql`${uploadSessions.lastSeq} + 1` })
    .where(and(isSession(tx, id), guard))
    .returning();
  if (row === undefined) return null;
  await sendNotification(tx, { scope: row.workspaceId, topic: UPLOAD_TOPIC, id: row.id });
  return row;
}

/** Reads and locks a session until the transaction ends. */
export async function lockUpload(tx: Transaction, id: string): Promise<UploadSessionRow | null> {
  const [row] = await tx.select().from(uploadSessions).where(isSession(tx, id)).for('update');
  return row ?? null;
}

/** The number of sessions of the workspace that wait to be read, or are read. */
export async function countUnreadUploads(tx: Transaction): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(uploadSessions)
    .where(and(ofWorkspace(tx, uploadSessions), inArray(uploadSessions.status, ['QUEUED', 'READING'])));
  return row?.count ?? 0;
}

/** The heads of these sessions; none for one that is gone. */
export async function findUploadHeads(tx: Transaction, ids: readonly string[]): Promise<UploadHead[]> {
  const { id, lastSeq, status } = uploadSessions;
  return await tx
    .select({ id, lastSeq, status })
    .from(uploadSessions)
    .where(and(ofWorkspace(tx, uploadSessions), isAmong(id, ids)));
}

/** The rows of those sessions that have changed after their cursor. */
export async function findUploadsChangedAfter(
  tx: Transaction,
  cursors: readonly JobCursor[],
): Promise<UploadSessionRow[]> {
  const { id, lastSeq } = uploadSessions;
  const requested = sql`json_to_recordset(${JSON.stringify(cursors)}::json) as requested (id uuid, "afterSeq" integer)`;
  const rows = await tx
    .select({ session: uploadSessions })
    .from(requested)
    .innerJoin(
      uploadSessions,
      and(ofWorkspace(tx, uploadSessions), eq(id, sql`requested.id`), gt(lastSeq, sql`requested."afterSeq"`)),
    );
  return rows.map(({ session }) => session);
}

export async function insertReportPieces(tx: Transaction, pieces: readonly ReportPieceRow[]): Promise<void> {
  for (const piece of pieces) await tx.insert(uploadReportPieces).values(ownRow(tx, piece));
}

/** The pieces of a refused file's columns, in order; the first has their names. */
export async function listReportPieces(tx: Transaction, sessionId: string): Promise<ReportPieceRow[]> {
  return await tx
    .select()
    .from(uploadReportPieces)
    .where(and(ofWorkspace(tx, uploadReportPieces), eq(uploadReportPieces.sessionId, sessionId)))
    .orderBy(asc(uploadReportPieces.piece));
}

/** Sessions of all workspaces that nobody has completed in time. */
export async function listExpiredUploads(
  tx: Transaction,
  limit: number,
): Promise<Pick<UploadSessionRow, 'id' | 'workspaceId'>[]> {
  const { id, workspaceId, status, expiresAt } = uploadSessions;
  return await tx
    .select({ id, workspaceId })
    .from(uploadSessions)
    .where(and(eq(status, 'RECEIVING'), lt(expiresAt, sql`now()`)))
    .limit(limit);
}

/** Deletes sessions of all workspaces that ended before `before`; the policy hides those of the last seven days. */
export async function deleteOldUploads(tx: Transaction, before: Date): Promise<number> {
  const { id, finishedAt } = uploadSessions;
  const isOld = and(isNotNull(finishedAt), lt(finishedAt, before));
  return (await tx.delete(uploadSessions).where(isOld).returning({ id })).length;
}

/** The statuses of an upload session, and the allowed transitions. */
export const UPLOAD_STATUSES = ['RECEIVING', 'QUEUED', 'READING', 'DONE', 'REFUSED', 'FAILED', 'ABORTED'] as const;
export type UploadStatus = (typeof UPLOAD_STATUSES)[number];

/** Statuses of sessions that have not ended: they hold parts, and count against the limits of the workspace. */
export const OPEN_STATUSES = ['RECEIVING', 'QUEUED', 'READING'] as const satisfies readonly UploadStatus[];

/** True for a final status. */
export function isUploadEnded(status: UploadStatus): boolean {
  return !OPEN_STATUSES.some((open) => open === status);
}

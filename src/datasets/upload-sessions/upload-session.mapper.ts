import type { UploadSessionRow } from './upload-session.store.ts';
import type { UploadSessionType } from './upload-session.type.ts';

/** A session as the API shows it. */
export function toUploadSession(row: UploadSessionRow): UploadSessionType {
  const { errorCode: code, errorMessage: message, errorHint: hint } = row;
  return { ...row, error: code === null || message === null ? null : { code, message, hint }, row };
}

import { TrainyardError } from '../../errors.ts';

/** Codes of `UploadSession.error`. docs/errors.md lists the same. */
export const UPLOAD_ERROR_CODES = {
  UPLOAD_EXPIRED: 'The upload was not completed in time, and its parts were removed.',
  IDEMPOTENCY_CONFLICT: 'The idempotencyKey was used for an upload with another file, name or options.',
  WORKER_LOST: 'The process that read the file was lost, and the upload has used all of its attempts.',
  INTERNAL_ERROR: 'An unexpected error; the server log has the details under the id of the session.',
} as const;

/** Why a session ended without an answer about its file. */
export interface UploadFailure {
  readonly errorCode: keyof typeof UPLOAD_ERROR_CODES;
  readonly errorMessage: string;
  readonly errorHint: string | null;
}

export const UPLOAD_EXPIRED: UploadFailure = {
  errorCode: 'UPLOAD_EXPIRED',
  errorMessage: 'The upload was not completed in time, and its parts were removed.',
  errorHint: 'Begin a new upload with createUpload.',
};

/** The failure that is shown to users. Details of internal errors are only logged. */
export function toUploadFailure(error: unknown): UploadFailure {
  if (error instanceof TrainyardError && error.code === 'IDEMPOTENCY_CONFLICT') {
    const { message: errorMessage, details } = error;
    return { errorCode: 'IDEMPOTENCY_CONFLICT', errorMessage, errorHint: details.hint ?? null };
  }
  return {
    errorCode: 'INTERNAL_ERROR',
    errorMessage: 'The file could not be read because of an internal error.',
    errorHint: 'Upload it again; if that fails again, tell the operator the id of the session.',
  };
}

/** The failure of a session whose processes died so often that the file is the most likely cause. */
export function readerLost(times: number): UploadFailure {
  return {
    errorCode: 'WORKER_LOST',
    errorMessage: `The process that read the file was lost ${times} times: it crashed or became unreachable.`,
    errorHint: 'Most often the machine has too little memory: tell the operator the id of the session.',
  };
}

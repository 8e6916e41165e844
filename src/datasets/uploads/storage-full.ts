import { TrainyardError } from '../../errors.ts';
import { errorCodesOf } from '../../platform/error-code.ts';

/** Whether an operation failed because the disk is full. */
export function isDiskFull(error: unknown): boolean {
  return errorCodesOf(error).some((code) => code === 'ENOSPC' || code === 'EDQUOT');
}

export function storageFull(cause?: unknown): TrainyardError {
  const error = new TrainyardError('STORAGE_FULL', 'The server has no disk space left for the file.', {
    hint: 'Tell the operator.',
  });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** The disk's error behind an error, which may already be STORAGE_FULL; null if the disk is not the cause. */
export function diskErrorOf(error: unknown): Error | null {
  if (error instanceof TrainyardError && error.code === 'STORAGE_FULL') return diskErrorOf(error.cause) ?? error;
  return error instanceof Error && isDiskFull(error) ? error : null;
}

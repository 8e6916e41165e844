import { TrainyardError } from '../../errors.ts';

/** Whether an operation failed because the disk is full. */
export function isDiskFull(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause)
    if ('code' in current && (current.code === 'ENOSPC' || current.code === 'EDQUOT')) return true;
  return false;
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

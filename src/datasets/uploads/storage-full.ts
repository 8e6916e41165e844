import { TrainyardError } from '../../errors.ts';

/** Whether something failed because there was no room left for a file. */
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

/** The error of the disk behind an error, which may be STORAGE_FULL already; null where the disk is not the reason. */
export function diskErrorOf(error: unknown): Error | null {
  if (error instanceof TrainyardError && error.code === 'STORAGE_FULL') return diskErrorOf(error.cause) ?? error;
  return error instanceof Error && isDiskFull(error) ? error : null;
}

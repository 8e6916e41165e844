import { TrainyardError } from '../errors.ts';

/** Whether writing a file failed because there is no room left for it. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

export function storageFull(): TrainyardError {
  return new TrainyardError('STORAGE_FULL', 'The server has no room left for the file.', {
    hint: 'Tell the operator.',
  });
}

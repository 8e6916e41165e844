import { errorCodeOf } from '../error-code.ts';
import { KernelLockError } from './kernel-lock.ts';

/** Why the embedded PostgreSQL does not run; stable, so that callers and tests need not parse messages. */
export type EmbeddedPostgresFailure =
  | 'UNSUPPORTED_PLATFORM'
  | 'IN_USE'
  | 'LOCKS_MISSING'
  | 'NOT_PERMITTED'
  | 'READ_ONLY'
  | 'NO_FOLDER'
  | 'INITDB_FAILED'
  | 'DISK_FULL'
  | 'START_FAILED';

/** The advice that always applies. */
export const USE_DATABASE_URL = 'Set DATABASE_URL to use a PostgreSQL of your own instead.';

const DISK_FULL_HINT = `Free some space and start again. ${USE_DATABASE_URL}`;
const NOT_PERMITTED_HINT = `Start Trainyard as the user who owns DATA_DIRECTORY, or set it to a folder of this user. ${USE_DATABASE_URL}`;

/** The embedded PostgreSQL could not be started. `message` says what happened, `hint` what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly failure: EmbeddedPostgresFailure;
  readonly hint: string;

  constructor(failure: EmbeddedPostgresFailure, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
    this.hint = hint;
  }
}

/** For `catch` after reading a file or folder: undefined if it does not exist; rethrows all other errors. */
export function undefinedIfMissing(error: unknown): undefined {
  if (errorCodeOf(error) !== 'ENOENT') {
    throw error;
  }
}

/** An error of the file system or of spawning as an {@link EmbeddedPostgresError}; typed errors are returned unchanged. */
export function asEmbeddedPostgresError(error: unknown): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof KernelLockError) {
    return new EmbeddedPostgresError(
      'LOCKS_MISSING',
      `The embedded PostgreSQL needs a file system with locks, so that two servers never write one database: ${message}.`,
      `Set DATA_DIRECTORY to a folder on a local disk. ${USE_DATABASE_URL}`,
      { cause: error },
    );
  }
  const code = errorCodeOf(error);
  if (message.startsWith('spawn ') && (code === 'ENOENT' || code === 'ENOEXEC')) {
    // The file exists, but its loader does not: the Linux binaries are linked against glibc.
    return new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `The PostgreSQL binaries do not run on this system (on Linux they need glibc): ${message}.`,
      USE_DATABASE_URL,
      { cause: error },
    );
  }
  // A folder that cannot be created although its parent exists: its file system, such as /proc, does not allow it.
  const isReadOnly = code === 'EROFS' || (code === 'ENOENT' && message.includes(', mkdir '));
  switch (isReadOnly ? 'EROFS' : code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EmbeddedPostgresError('DISK_FULL', `The disk is full: ${message}.`, DISK_FULL_HINT, { cause: error });
    case 'EROFS':
      return new EmbeddedPostgresError(
        'READ_ONLY',
        `The data folder is on a read-only file system: ${message}.`,
        `Make it writable, or set DATA_DIRECTORY to a folder that is. ${USE_DATABASE_URL}`,
        { cause: error },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedPostgresError(
        'NO_FOLDER',
        `The data folder cannot be made, because there is a file, or a link that leads nowhere, in its place: ${message}.`,
        `Set DATA_DIRECTORY to a folder. ${USE_DATABASE_URL}`,
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
      return new EmbeddedPostgresError('NOT_PERMITTED', `Not enough rights: ${message}.`, NOT_PERMITTED_HINT, {
        cause: error,
      });
    default:
      return new EmbeddedPostgresError(
        'START_FAILED',
        `The embedded PostgreSQL did not start: ${message}.`,
        USE_DATABASE_URL,
        { cause: error },
      );
  }
}

/** The failure of one of PostgreSQL's programs, with its output. */
export function programError(
  failure: 'INITDB_FAILED' | 'START_FAILED',
  program: string,
  output: string,
): EmbeddedPostgresError {
  if (/No space left on device|Disk quota exceeded|Check free disk space/.test(output)) {
    return new EmbeddedPostgresError('DISK_FULL', `The disk is full: ${program} said:\n${output}`, DISK_FULL_HINT);
  }
  if (/Permission denied|Operation not permitted|has wrong ownership/.test(output)) {
    return new EmbeddedPostgresError(
      'NOT_PERMITTED',
      `Not enough rights: ${program} said:\n${output}`,
      NOT_PERMITTED_HINT,
    );
  }
  if (/error while loading shared libraries|GLIBC_|Library not loaded/.test(output)) {
    return new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `The PostgreSQL binaries do not run on this system: ${program} said:\n${output}`,
      USE_DATABASE_URL,
    );
  }
  if (output.includes('incompatible with server')) {
    return new EmbeddedPostgresError(
      failure,
      `The database was made by another version of PostgreSQL: ${program} said:\n${output}`,
      'Start the version of Trainyard that it was last used with, save the database with pg_dump, and restore that under this one (docs/upgrading.md); or set DATA_DIRECTORY to another folder.',
    );
  }
  return new EmbeddedPostgresError(failure, `${program} failed:\n${output}`, USE_DATABASE_URL);
}

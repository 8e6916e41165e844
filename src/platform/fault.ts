import { errorCodesOf } from './error-code.ts';

/**
 * Why a part of the server cannot do its work, as probes and `health` say it: nothing of places, names or secrets.
 * docs/metrics.md lists them.
 */
export const FAULT_REASONS = {
  NO_ANSWER: 'It does not answer, or not in time.',
  LOGIN_REFUSED: 'The database refuses the role, its password or the name of the database.',
  TOO_MANY_CONNECTIONS: 'The database accepts no more connections: its limit, or that of the role, has been reached.',
  READ_ONLY: 'It can be read but not written: a standby, or a read-only database or file system.',
  FULL: 'There is no space left, or less than MIN_FREE_DISK_BYTES.',
  FORBIDDEN: 'The role, or the user that the process runs as, lacks the necessary permissions.',
  UNSAFE_ROLE:
    'The role bypasses row-level security, or could: it is a superuser, has BYPASSRLS or is a member of the owner.',
  NOT_MIGRATED: 'A table is missing: the database schema is not that of this version.',
  BUCKET_MISSING: 'The object store has no bucket with the name in MINIO_BUCKET.',
  CREDENTIALS: 'The object store rejects the access key or its signature, or there are no credentials.',
  CLOCK_SKEW: 'The clocks of this machine and of the object store differ by more than the store accepts.',
  CERTIFICATE: 'The certificate of the object store is not trusted, or is that of another host.',
  PUBLIC_BUCKET: 'Anybody can read the bucket.',
  NO_INSTALLATION:
    'DATA_DIRECTORY, or the bucket, does not have the installation’s id: it is not the shared one, or not mounted.',
  OTHER_INSTALLATION: 'DATA_DIRECTORY, the bucket, or the database belongs to another installation.',
  UNREADABLE: 'What was written cannot be read back unchanged.',
  FAILED: 'Something else; the log says what.',
} as const;

export type FaultReason = keyof typeof FAULT_REASONS;

/** What an operator can do about it, as the log says. */
export const FAULT_REMEDIES: Readonly<Record<FaultReason, string>> = {
  NO_ANSWER:
    'check that the database runs and can be reached, or (storage) that the disk of DATA_DIRECTORY or the object store responds',
  LOGIN_REFUSED:
    'restore the password of the role of DATABASE_URL and its right to connect, or change DATABASE_URL and restart',
  TOO_MANY_CONNECTIONS: 'raise max_connections or the connection limit of the role, or end other programs',
  READ_ONLY:
    'point DATABASE_URL at the primary, reset default_transaction_read_only, or mount the disk of DATA_DIRECTORY writable',
  FULL: 'free space on the disk of the database (part database or queue), or of DATA_DIRECTORY or the object store (storage)',
  FORBIDDEN:
    'run "npm start -- migrate", which grants the role its rights, or (storage) make the user that runs this process the owner of DATA_DIRECTORY, or allow the access key to list the bucket and to read, write and delete its objects',
  BUCKET_MISSING: 'run "npm start -- prepare-bucket", which creates it, or correct MINIO_BUCKET and MINIO_ENDPOINT',
  CREDENTIALS:
    'correct MINIO_ACCESS_KEY and MINIO_SECRET_KEY and restart, or correct the files that they are read from, which needs no restart',
  CLOCK_SKEW: 'synchronise the clocks of both machines, for example by NTP',
  CERTIFICATE: 'set S3_CA_FILE to the CA that signed it, and MINIO_ENDPOINT to the host that it is for',
  PUBLIC_BUCKET: 'remove the policy or the access list that lets anybody read the bucket, or use another one',
  UNSAFE_ROLE:
    'revoke superuser, BYPASSRLS, ownership of tables and memberships from the role of DATABASE_URL, or use another one',
  NOT_MIGRATED: 'run "npm start -- migrate" of this version, or restore the tables from a backup',
  NO_INSTALLATION: 'mount the folder of this installation at DATA_DIRECTORY again, or set MINIO_BUCKET to its bucket',
  OTHER_INSTALLATION:
    'set DATABASE_URL, and DATA_DIRECTORY or MINIO_BUCKET, to the database and the folder or bucket of the same installation',
  UNREADABLE: 'check the disk that DATA_DIRECTORY is on, or the object store, for faults',
  FAILED: 'see the error of this line',
};

/** What the driver, a socket or PostgreSQL says (SQLSTATE) where the database can do nothing for anybody now. */
const DATABASE_REASONS: Readonly<Record<string, FaultReason>> = {
  ECONNREFUSED: 'NO_ANSWER',
  ECONNRESET: 'NO_ANSWER',
  ENOTFOUND: 'NO_ANSWER',
  EAI_AGAIN: 'NO_ANSWER',
  EHOSTUNREACH: 'NO_ANSWER',
  ENETUNREACH: 'NO_ANSWER',
  ETIMEDOUT: 'NO_ANSWER',
  EPIPE: 'NO_ANSWER',
  CONNECTION_CLOSED: 'NO_ANSWER',
  CONNECTION_ENDED: 'NO_ANSWER',
  CONNECTION_DESTROYED: 'NO_ANSWER',
  CONNECT_TIMEOUT: 'NO_ANSWER',
  '57P01': 'NO_ANSWER', // admin_shutdown
  '57P02': 'NO_ANSWER', // crash_shutdown
  '57P03': 'NO_ANSWER', // cannot_connect_now
  '25P03': 'NO_ANSWER', // idle_in_transaction_session_timeout
  '57P04': 'LOGIN_REFUSED', // database_dropped
  '28000': 'LOGIN_REFUSED', // invalid_authorization_specification
  '28P01': 'LOGIN_REFUSED', // invalid_password
  '3D000': 'LOGIN_REFUSED', // invalid_catalog_name
  '53300': 'TOO_MANY_CONNECTIONS',
  '25006': 'READ_ONLY', // read_only_sql_transaction
  '53100': 'FULL', // disk_full
};

/** Faults that are not temporary: wrong permissions or tables. */
const OTHER_REASONS: Readonly<Record<string, FaultReason>> = {
  '42501': 'FORBIDDEN', // insufficient_privilege
  TY001: 'UNSAFE_ROLE', // refuse_unsafe_role()
  '42P01': 'NOT_MIGRATED', // undefined_table
  '3F000': 'NOT_MIGRATED', // invalid_schema_name
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'READ_ONLY',
  ENOSPC: 'FULL',
  EDQUOT: 'FULL',
};

/** A part that was found not to work, for a reason that no system call or statement gave. */
export class FaultError extends Error {
  readonly reason: FaultReason;

  constructor(reason: FaultReason, options?: ErrorOptions) {
    super(FAULT_REASONS[reason], options);
    this.name = 'FaultError';
    this.reason = reason;
  }
}

/** Whether a statement failed because the database can do nothing for anybody now. */
export function isDatabaseAway(error: unknown): boolean {
  return errorCodesOf(error).some((code) => code in DATABASE_REASONS);
}

/** The reason of an error, for operators. */
export function reasonOf(error: unknown): FaultReason {
  if (error instanceof FaultError) return error.reason;
  for (const code of errorCodesOf(error)) {
    const reason = DATABASE_REASONS[code] ?? OTHER_REASONS[code];
    if (reason !== undefined) return reason;
  }
  return errorCodesOf(error).includes('SERVICE_UNAVAILABLE') ? 'NO_ANSWER' : 'FAILED';
}

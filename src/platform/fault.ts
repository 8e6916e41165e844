import { errorCodesOf } from './error-code.ts';

/**
 * Why a part of the server cannot do its work, as probes and `health` say it: nothing of places, names or secrets.
 * docs/metrics.md lists them.
 */
export const FAULT_REASONS = {
  NO_ANSWER: 'It does not answer, or not in time.',
  LOGIN_REFUSED: 'The database refuses the role, its password or the name of the database.',
  TOO_MANY_CONNECTIONS: 'The database gives no further connection: its limit, or that of the role, is reached.',
  READ_ONLY: 'It can be read, but takes nothing: a standby, a read-only database or file system.',
  FULL: 'There is no room left, or less than MIN_FREE_DISK_BYTES.',
  FORBIDDEN: 'The rights of the role, or of the user that the process runs as, do not suffice.',
  UNSAFE_ROLE:
    'The role sees through row-level security, or could: it is a superuser, has BYPASSRLS or is a member of the owner.',
  NOT_MIGRATED: 'A table is not there: the database has not the shape of this version.',
  BUCKET_MISSING: 'The object store has no bucket of the name in MINIO_BUCKET.',
  CREDENTIALS: 'The object store does not know the access key, refuses its signature, or there are no credentials.',
  CLOCK_SKEW: 'The clocks of this machine and of the object store differ by more than the store accepts.',
  CERTIFICATE: 'The certificate of the object store is not trusted, or is that of another host.',
  PUBLIC_BUCKET: 'The bucket can be read by anybody.',
  NO_INSTALLATION:
    'The folder DATA_DIRECTORY, or the bucket, does not bear the installation’s id: it is not the shared one, or not mounted.',
  OTHER_INSTALLATION: 'The folder DATA_DIRECTORY, the bucket, or the database is that of another installation.',
  UNREADABLE: 'What was written cannot be read back as it was.',
  FAILED: 'Something else; the log says what.',
} as const;

export type FaultReason = keyof typeof FAULT_REASONS;

/** What an operator can do about it, as the log says. */
export const FAULT_REMEDIES: Readonly<Record<FaultReason, string>> = {
  NO_ANSWER:
    'see whether the database runs and can be reached, or (storage) the disk of DATA_DIRECTORY or the object store answers',
  LOGIN_REFUSED:
    'give the role of DATABASE_URL its password and the right to connect again, or change DATABASE_URL and start again',
  TOO_MANY_CONNECTIONS: 'raise max_connections or the connection limit of the role, or end other programs',
  READ_ONLY:
    'make the primary answer at DATABASE_URL, reset default_transaction_read_only, or mount the disk of DATA_DIRECTORY writable',
  FULL: 'free room on the disk of the database (part database or queue), or of DATA_DIRECTORY or the object store (storage)',
  FORBIDDEN:
    'run "npm start -- migrate", which gives the role its rights, or (storage) give DATA_DIRECTORY to the user that runs this process, or the access key the right to list the bucket and to read, write and delete its objects',
  BUCKET_MISSING: 'run "npm start -- prepare-bucket", which makes it, or correct MINIO_BUCKET and MINIO_ENDPOINT',
  CREDENTIALS: 'correct MINIO_ACCESS_KEY and MINIO_SECRET_KEY, and start again where they have to change',
  CLOCK_SKEW: 'set the clocks of both machines by NTP',
  CERTIFICATE: 'name the CA that signed it in S3_CA_FILE, and the host that it is for in MINIO_ENDPOINT',
  PUBLIC_BUCKET: 'take away the policy or the access list that lets anybody read the bucket, or name another one',
  UNSAFE_ROLE: 'take superuser, BYPASSRLS, tables and memberships from the role of DATABASE_URL, or name another one',
  NOT_MIGRATED: 'run "npm start -- migrate" of this version, or bring the tables back from a backup',
  NO_INSTALLATION: 'mount the folder of this installation at DATA_DIRECTORY again, or name its bucket in MINIO_BUCKET',
  OTHER_INSTALLATION:
    'let DATA_DIRECTORY, or MINIO_BUCKET, and DATABASE_URL name a folder or bucket and a database of one installation',
  UNREADABLE: 'look for faults of the disk that DATA_DIRECTORY is on, or of the object store',
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

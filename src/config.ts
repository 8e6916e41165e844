import { ENGINE_SETTINGS } from './engine-settings.ts';
import { type ClaimPath, type OutsideIssuer, tokenType } from './issuer-settings.ts';
import { NETWORK_SETTINGS } from './network-settings.ts';
import { RETENTION_SETTINGS } from './retention-settings.ts';
import {
  anyText,
  bucketName,
  choice,
  directory,
  extensions,
  flag,
  httpUrl,
  MEGABYTE,
  numberFrom,
  optional,
  postgresUrl,
  readSetting,
  type Setting,
  secret,
  secretFilesOf,
  secretly,
  setting,
  smtpUrl,
  tokenKeys,
  wholeNumber,
} from './setting.ts';

export type { ClaimPath, OutsideIssuer, Setting };
export { tokenType };

/** Every environment variable that Trainyard reads, in the order of docs/settings.md. */
export const SETTINGS = {
  ...NETWORK_SETTINGS,
  LOG_LEVEL: setting(
    'info',
    choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace']),
    'Minimum level of log messages.',
  ),
  DATA_DIRECTORY: setting(
    '.data',
    directory,
    'Folder of the embedded database, the stored files and the generated secrets.',
  ),
  MIN_FREE_DISK_BYTES: setting(
    String(100 * MEGABYTE),
    wholeNumber(0, 1_000_000 * MEGABYTE),
    'Minimum free disk space under DATA_DIRECTORY: with less, the process is not ready (`FULL`) and refuses uploads.',
  ),
  DATABASE_URL: secretly(
    optional(
      postgresUrl,
      'PostgreSQL to use, version 15 or newer. Unset: an embedded PostgreSQL under DATA_DIRECTORY.',
    ),
  ),
  DATABASE_OWNER_URL: secretly(
    optional(
      postgresUrl,
      'The same database, as the role that owns the tables and runs the migrations. Unset: DATABASE_URL is used for both, and the server switches to the role `trainyard_app`.',
    ),
  ),
  DATABASE_CONNECTIONS: setting(
    // So many statements at once keep a small PostgreSQL busy; more would only wait there instead of here.
    '10',
    wholeNumber(3, 100),
    'Connections with which a process works on the tables. A process has up to 13 further ones for jobs, notifications, checks and rate limits.',
  ),
  DATABASE_CA_FILE: optional(
    anyText,
    'PEM file of the CA certificates for the database, with `sslmode=verify-full` or `verify-ca` in its URL. Unset: `sslrootcert` of the URL, or the CAs of the system.',
  ),
  TOKEN_KEYS: secretly(
    optional(
      tokenKeys,
      'One or two Ed25519 private keys in PEM form: the first signs access tokens, both verify them. Unset: `token-keys.pem` under DATA_DIRECTORY, which is generated with the embedded database. The same for all API processes.',
    ),
  ),
  SMTP_URL: secretly(
    optional(
      smtpUrl,
      'Mail server, such as `smtps://name:password@mail.example.com`; needs MAIL_FROM and PUBLIC_URL. Unset: no mail is sent; on a machine that only itself can reach, the log has the links.',
    ),
  ),
  MAIL_FROM: optional(anyText, 'Sender of mails, such as `Trainyard <no-reply@example.com>`.'),
  SESSION_IDLE_DAYS: setting('30', wholeNumber(1, 3_650), 'Days after which a session ends that was not refreshed.'),
  ALLOW_INSECURE_COOKIES: setting(
    'false',
    flag,
    '`true` lets browsers sign in with cookies over plain http from other machines: everybody on the network between can read them. Without it such clients receive no cookies, only access tokens.',
  ),
  TOKEN_SECRET: secretly(
    optional(
      secret,
      'Key that signs download links and addresses of uploads; at least 32 characters. Unset: `token-secret` under DATA_DIRECTORY, which is generated with the embedded database. The same for all API processes.',
    ),
  ),
  STORAGE_BACKEND: setting(
    'local',
    choice(['local', 's3', 'minio']),
    'Where files are stored: `local`, in DATA_DIRECTORY, which all processes share; or `s3` (alias `minio`), in a bucket, with only temporary files in DATA_DIRECTORY.',
  ),
  MINIO_ENDPOINT: optional(
    httpUrl,
    'Endpoint URL of the object store, such as `http://minio:9000`. Unset: AWS S3 in S3_REGION.',
  ),
  MINIO_PUBLIC_ENDPOINT: optional(
    httpUrl,
    'URL at which browsers reach the object store: parts of uploads are then sent there, and downloads redirected there. Unset: they pass through the API.',
  ),
  MINIO_ACCESS_KEY: secretly(
    optional(
      anyText,
      'Access key of the object store. Unset, together with MINIO_SECRET_KEY: the default credentials of the AWS SDK, such as an instance role, a web identity or AWS_ACCESS_KEY_ID.',
    ),
  ),
  MINIO_SECRET_KEY: secretly(optional(anyText, 'Secret key for MINIO_ACCESS_KEY.')),
  MINIO_BUCKET: optional(
    bucketName,
    'Bucket for the files of this installation only; required with `STORAGE_BACKEND=s3`. `npm start -- prepare-bucket` creates it.',
  ),
  S3_REGION: setting('us-east-1', anyText, 'Region of the object store; most stores other than AWS accept any.'),
  S3_CA_FILE: optional(
    anyText,
    'PEM file of the CA certificates for the object store. Unset: the CAs that Node.js trusts.',
  ),
  FILE_CACHE_BYTES: setting(
    String(10_000 * MEGABYTE),
    wholeNumber(0, 1_000_000 * MEGABYTE),
    'Maximum disk space of a worker process for cached files of the object store, under DATA_DIRECTORY; files in use may exceed it.',
  ),
  ...RETENTION_SETTINGS,
  MAX_WORKSPACES_PER_USER: setting(
    '10',
    wholeNumber(0, 10_000),
    'Maximum workspaces that a user may own, all quotas of which are apart; further ones are refused with QUOTA_EXCEEDED. Those that others have invited them to do not count, unless as an OWNER. With `SIGN_UP=invited`, 0 keeps whoever was invited from inviting others to workspaces of their own.',
  ),
  MAX_MODEL_ARTIFACTS: setting(
    '100',
    wholeNumber(1, 1_000_000),
    'Unpinned models kept per workspace; when a training exceeds it, the oldest ones are removed, but never the best of a dataset name, target and task.',
  ),
  MAX_CSV_UPLOAD_BYTES: setting(
    String(200 * MEGABYTE),
    wholeNumber(1, 10_000 * MEGABYTE),
    'Maximum size of a CSV file, in bytes.',
  ),
  MAX_MODEL_IMPORT_BYTES: setting(
    String(100 * MEGABYTE),
    // What the readers of these files take: MAX_FOREIGN_BYTES.
    wholeNumber(1, 128 * 2 ** 20),
    'Maximum size of a model file of another library that is imported, in bytes. Reading it may take twenty times as much memory.',
  ),
  MAX_TOTAL_DATASET_BYTES: setting(
    String(100_000 * MEGABYTE),
    wholeNumber(1, 1_000_000_000 * MEGABYTE),
    'Bytes that all uploaded files of a workspace may have together, with those of open uploads; each counts, even if equal. Further ones are refused with QUOTA_EXCEEDED.',
  ),
  MAX_TOTAL_PREDICTION_BYTES: setting(
    String(100_000 * MEGABYTE),
    wholeNumber(1, 1_000_000_000 * MEGABYTE),
    'Bytes that the files of all batch predictions of a workspace may have together; one that has not ended counts as its dataset. Further ones are refused with QUOTA_EXCEEDED.',
  ),
  UPLOAD_PART_BYTES: setting(
    String(8 * MEGABYTE),
    wholeNumber(1_000, 1_000 * MEGABYTE),
    'Size of the parts in which a file is sent by createUpload; larger where there would be more than 10,000 of them.',
  ),
  UPLOAD_EXPIRY_HOURS: setting(
    '24',
    // A bucket removes the parts of uploads that are older than a week.
    wholeNumber(1, 168),
    'Hours after which an upload by createUpload that was not completed is aborted, and its parts are removed.',
  ),
  MAX_OPEN_UPLOADS: setting(
    '20',
    wholeNumber(1, 1_000),
    'Uploads by createUpload that a workspace may have open: those that are received, wait to be read, or are read. As many further files may be uploaded or inspected at the same time in one request each.',
  ),
  MAX_OPEN_UPLOAD_BYTES: setting(
    String(10_000 * MEGABYTE),
    wholeNumber(1, 1_000_000 * MEGABYTE),
    'Bytes that the files of the open uploads of a workspace may have together.',
  ),
  ALLOWED_UPLOAD_EXTENSIONS: setting(
    'csv,tsv,tab,txt,dat,data',
    extensions,
    'Comma-separated extensions that uploaded files may have, case-insensitive.',
  ),
  MIN_CSV_DATA_ROWS: setting('10', wholeNumber(1, 1_000_000), 'Minimum data rows of a training; predictions need one.'),
  MAX_EMPTY_RATIO: setting(
    '0.95',
    numberFrom(0, 1),
    'Maximum share of missing cells, 0 to 1: a file above it is refused, a column above it is not used.',
  ),
  MAX_SOCKETS_PER_USER: setting(
    '100',
    wholeNumber(1, 100_000),
    'Maximum open WebSockets per user and API process; further ones are closed with code 4429.',
  ),
  MAX_SUBSCRIPTIONS_PER_USER: setting(
    '1000',
    wholeNumber(1, 1_000_000),
    'Maximum concurrent subscriptions and other operations over WebSockets, per user and API process; and as many event streams.',
  ),
  TRAINING_THREADS: optional(
    wholeNumber(1, 64),
    'Threads per training, 1 to 64. Unset: one per processor. Models do not depend on it.',
  ),
  MAX_CONCURRENT_RUNS: setting(
    '4',
    wholeNumber(1, 10_000),
    'Maximum concurrent trainings per workspace, if there are enough workers; further ones wait.',
  ),
  MAX_QUEUED_RUNS: setting(
    '1000',
    wholeNumber(1, 1_000_000),
    'Maximum waiting trainings per workspace; further ones are refused with QUOTA_EXCEEDED.',
  ),
  MAX_TRAINING_SECONDS_PER_DAY: optional(
    wholeNumber(1, 1_000_000_000),
    'Working time that all trainings of a workspace may take together within 24 hours; beyond it, further ones are refused with QUOTA_EXCEEDED. Unset: no limit.',
  ),
  MAX_TRAINING_SECONDS: setting(
    '43200',
    wholeNumber(1, 82_800),
    'Maximum working time of a training over all attempts; it then fails with TIME_LIMIT. At most 23 hours.',
  ),
  // Less would not be enough for one block of a file and its results.
  MAX_READING_MEMORY_BYTES: optional(
    wholeNumber(64 * MEGABYTE, Number.MAX_SAFE_INTEGER),
    'Maximum memory for the values of all files that an API process reads at the same time. Files wait for it; a single file that needs more is refused with CSV_TOO_MUCH_MEMORY. Unset: a quarter of the memory of the machine or container.',
  ),
  MAX_PREDICTION_CACHE_BYTES: setting(
    String(256 * MEGABYTE),
    wholeNumber(0, Number.MAX_SAFE_INTEGER),
    'Maximum size of all model files that an API process keeps in memory for predictions; those used least recently go first. A model that is not kept is read and parsed again by the next prediction.',
  ),
  MAX_TRAINING_MEMORY_BYTES: optional(
    wholeNumber(MEGABYTE, Number.MAX_SAFE_INTEGER),
    'Maximum memory that a training may add to its worker process; it then fails with OUT_OF_MEMORY. Unset: the free memory of the machine or container, minus a reserve.',
  ),
  MAX_ATTEMPTS: setting(
    '5',
    wholeNumber(1, 100),
    'Maximum attempts of a training whose worker dies or is lost; it then fails with WORKER_LOST. A graceful shutdown does not count.',
  ),
  EVENT_RETENTION_DAYS: setting(
    '30',
    wholeNumber(30, 36_500),
    'Days after which step events of a training are removed; status and stage events stay.',
  ),
  AUDIT_RETENTION_DAYS: setting(
    '365',
    wholeNumber(30, 36_500),
    'Days after which entries of the audit log are removed.',
  ),
  ENABLE_REAL_TRAINING: setting(
    'true',
    flag,
    '`false` disables all algorithms but BASELINE, and `algorithms` lists only that.',
  ),
  ...ENGINE_SETTINGS,
} as const;

type Settings = typeof SETTINGS;
type Values = { [Name in keyof Settings]: Settings[Name] extends Setting<infer T> ? T : never };

/** The settings of a process, parsed and complete. */
export interface Config extends Readonly<Values> {
  /** The files that secrets were read from, by the name of their setting. */
  readonly secretFiles: Readonly<Record<string, string>>;
}

/** All invalid settings at once, so that an operator can correct them in one go. */
export class ConfigError extends Error {
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(`Invalid settings (see docs/settings.md): ${errors.join('; ')}.`);
    this.name = 'ConfigError';
    this.errors = errors;
  }
}

/** Reads the settings from an environment. An empty variable counts as unset. Throws ConfigError. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const errors: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    try {
      values[name] = readSetting(name, setting, environment);
    } catch (error) {
      errors.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  // A value that could not be read is missing here, which its error below says before anybody uses it.
  const config = { ...values, secretFiles: secretFilesOf(SETTINGS, environment) } as unknown as Config;
  errors.push(...storageErrors(config));
  errors.push(...mailErrors(config));
  if (config.DATABASE_OWNER_URL && !config.DATABASE_URL) errors.push('DATABASE_OWNER_URL needs DATABASE_URL beside it');
  if (config.TRUSTED_DOCUMENTS !== 'off' && !config.TRUSTED_DOCUMENTS_FILE) {
    errors.push(`TRUSTED_DOCUMENTS=${config.TRUSTED_DOCUMENTS} needs TRUSTED_DOCUMENTS_FILE beside it`);
  }
  if (errors.length > 0) throw new ConfigError(errors);
  return Object.freeze(config);
}

/** Links in mails come from PUBLIC_URL alone: the Host header of a request may be chosen by whoever sends it. */
function mailErrors({ SMTP_URL, MAIL_FROM, PUBLIC_URL }: Config): string[] {
  if ((SMTP_URL === null) !== (MAIL_FROM === null)) return ['SMTP_URL and MAIL_FROM must be set together, or neither'];
  return SMTP_URL !== null && PUBLIC_URL === null
    ? ['PUBLIC_URL must be set with SMTP_URL: links in mails begin with it']
    : [];
}

/** S3 takes no smaller part but the last. */
const MIN_S3_PART_BYTES = 5 * 1024 * 1024;

function storageErrors(config: Config): string[] {
  const { STORAGE_BACKEND, MINIO_BUCKET, MINIO_ACCESS_KEY, MINIO_SECRET_KEY, UPLOAD_PART_BYTES } = config;
  if (STORAGE_BACKEND === 'local') return [];
  const errors: string[] = [];
  if (UPLOAD_PART_BYTES < MIN_S3_PART_BYTES) {
    errors.push(`UPLOAD_PART_BYTES must be at least ${MIN_S3_PART_BYTES} with STORAGE_BACKEND=${STORAGE_BACKEND}`);
  }
  if (MINIO_BUCKET === null) errors.push(`MINIO_BUCKET must be set with STORAGE_BACKEND=${STORAGE_BACKEND}`);
  if ((MINIO_ACCESS_KEY === null) !== (MINIO_SECRET_KEY === null)) {
    errors.push('MINIO_ACCESS_KEY and MINIO_SECRET_KEY must be set together, or neither');
  }
  return errors;
}

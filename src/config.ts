import {
  addresses,
  anyText,
  bucketName,
  choice,
  directory,
  extensions,
  flag,
  httpUrl,
  MEGABYTE,
  metricsToken,
  numberFrom,
  optional,
  origins,
  postgresUrl,
  readSetting,
  type Setting,
  secret,
  secretly,
  setting,
  wholeNumber,
} from './setting.ts';

export type { Setting };

/** Every environment variable that Trainyard reads, in the order of docs/settings.md. */
export const SETTINGS = {
  HOST: setting('127.0.0.1', anyText, 'Address to listen on. `0.0.0.0` opens the server to the network.'),
  PORT: setting('4000', wholeNumber(0, 65_535), 'Port to listen on; 0 takes any free one.'),
  WORKER_PORT: optional(
    wholeNumber(0, 65_535),
    'Port at which a worker process answers /healthz, /readyz and /metrics, on HOST. Unset: at none; with serve the API answers for both.',
  ),
  METRICS_TOKEN: secretly(
    optional(
      metricsToken,
      'What /metrics asks for as `authorization: Bearer …`, 16 characters or more. Unset: it is open where HOST is a loopback address, but not to what a proxy passes on, and else closed.',
    ),
  ),
  PUBLIC_URL: optional(
    httpUrl,
    'Address at which clients reach the server, for links in answers. Unset: as each client itself reaches the server.',
  ),
  CORS_ORIGINS: setting(
    '',
    origins,
    'Comma-separated origins whose pages may call the API from a browser, such as `https://app.example.com`.',
  ),
  TRUSTED_PROXIES: setting(
    '',
    addresses,
    'Comma-separated addresses and CIDR ranges of the proxies in front of the server: they are believed in `x-forwarded-for` and `x-forwarded-proto`. Unset: nobody is.',
  ),
  MAX_CONNECTIONS_PER_ADDRESS: setting(
    '1000',
    wholeNumber(1, 1_000_000),
    'Connections that one address (IPv6: one /64 network) may have open at one API process. Of trusted proxies: requests and WebSockets of the address that they tell.',
  ),
  KEEP_ALIVE_SECONDS: setting(
    '72',
    wholeNumber(1, 3_600),
    'How long a connection is kept for a next request; longer than the load balancer keeps it (mostly 60 s), or requests are lost in between.',
  ),
  SHUTDOWN_GRACE_SECONDS: setting(
    '5',
    wholeNumber(0, 3_600),
    'How long an API process that is told to end by SIGTERM still takes requests while /readyz says 503: longer than the load balancer takes to notice. Ctrl-C has none.',
  ),
  SHUTDOWN_TIMEOUT_SECONDS: setting(
    '20',
    wholeNumber(1, 3_600),
    'After that, how long requests in flight may take to be answered before they are cut off.',
  ),
  LOG_LEVEL: setting(
    'info',
    choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace']),
    'Least important level that is logged.',
  ),
  DATA_DIRECTORY: setting(
    '.data',
    directory,
    'Folder of the embedded database, of stored files and of the generated token secret.',
  ),
  MIN_FREE_DISK_BYTES: setting(
    String(100 * MEGABYTE),
    wholeNumber(0, 1_000_000 * MEGABYTE),
    'With less room than this under DATA_DIRECTORY the process is not ready (`FULL`), and takes no upload.',
  ),
  DATABASE_URL: secretly(
    optional(postgresUrl, 'PostgreSQL to use (15 or newer). Unset: an embedded PostgreSQL under DATA_DIRECTORY.'),
  ),
  DATABASE_OWNER_URL: secretly(
    optional(
      postgresUrl,
      'The same database as the role that owns the tables and runs migrations. Unset: DATABASE_URL does both, and the server drops to the role `trainyard_app`.',
    ),
  ),
  DATABASE_CA_FILE: optional(
    anyText,
    'PEM file of the certificates that are trusted to name the database, with `sslmode=verify-full` or `verify-ca` in its address. Unset: `sslrootcert` of the address, or those of the system.',
  ),
  TOKEN_SECRET: secretly(
    optional(
      secret,
      'Key that signs sign-in tokens and download links, 32 characters or more. Unset: made once, under DATA_DIRECTORY. Set it where several machines serve.',
    ),
  ),
  STORAGE_BACKEND: setting(
    'local',
    choice(['local', 's3', 'minio']),
    'Where files are stored: `local`, under DATA_DIRECTORY, which all processes share; or `s3` (`minio` means the same), a bucket of an object store, beside which DATA_DIRECTORY only holds temporary files.',
  ),
  MINIO_ENDPOINT: optional(
    httpUrl,
    'Address at which the server reaches the object store, such as `http://minio:9000`. Unset: that of AWS in S3_REGION.',
  ),
  MINIO_ACCESS_KEY: secretly(
    optional(
      anyText,
      'Access key of the object store. Unset, with MINIO_SECRET_KEY: what the AWS SDK finds, such as a role of the machine, a web identity or AWS_ACCESS_KEY_ID.',
    ),
  ),
  MINIO_SECRET_KEY: secretly(optional(anyText, 'Secret key that belongs to MINIO_ACCESS_KEY.')),
  MINIO_BUCKET: optional(
    bucketName,
    'Bucket for the files, of this installation alone; must be set with `STORAGE_BACKEND=s3`. `npm start -- prepare-bucket` makes it.',
  ),
  S3_REGION: setting('us-east-1', anyText, 'Region of the object store; most that are not AWS take any.'),
  S3_CA_FILE: optional(
    anyText,
    'PEM file of the certificates that are trusted to name the object store. Unset: those that Node.js trusts.',
  ),
  FILE_CACHE_BYTES: setting(
    String(10_000 * MEGABYTE),
    wholeNumber(0, 1_000_000 * MEGABYTE),
    'Most room that a worker process may take under DATA_DIRECTORY for copies of files of the object store; files in use may be beyond it.',
  ),
  DATASET_TTL_DAYS: optional(
    wholeNumber(1, 36_500),
    'Days after which an unpinned dataset expires (`Dataset.expiresAt`). Unset: never.',
  ),
  MAX_MODEL_ARTIFACTS: setting(
    '100',
    wholeNumber(1, 1_000_000),
    'Unpinned models kept per workspace; when a training ends beyond it, the oldest of them are removed.',
  ),
  MAX_CSV_UPLOAD_BYTES: setting(
    String(200 * MEGABYTE),
    wholeNumber(1, 10_000 * MEGABYTE),
    'Largest CSV file that is accepted, in bytes.',
  ),
  ALLOWED_UPLOAD_EXTENSIONS: setting(
    'csv,tsv,tab,txt,dat,data',
    extensions,
    "Comma-separated extensions that an uploaded file's name may have, in any case.",
  ),
  MIN_CSV_DATA_ROWS: setting('10', wholeNumber(1, 1_000_000), 'Fewest data rows a CSV file may have.'),
  MAX_EMPTY_RATIO: setting(
    '0.95',
    numberFrom(0, 1),
    'Largest share of missing cells, from 0 to 1: a file above it is refused, a column above it is not used.',
  ),
  MAX_SOCKETS_PER_USER: setting(
    '100',
    wholeNumber(1, 100_000),
    'WebSockets that a user may have open at one API process; further ones are closed with 4429.',
  ),
  MAX_SUBSCRIPTIONS_PER_USER: setting(
    '1000',
    wholeNumber(1, 1_000_000),
    'Subscriptions, and other operations over sockets, that a user may have open at one API process.',
  ),
  TRAINING_THREADS: optional(
    wholeNumber(1, 64),
    'Threads that one training works with, 1 to 64. Unset: as many as the machine has cores. Models do not depend on it.',
  ),
  MAX_CONCURRENT_RUNS: setting(
    '4',
    wholeNumber(1, 10_000),
    'Trainings of one workspace that are worked on at once, if there are so many workers; further ones wait.',
  ),
  MAX_QUEUED_RUNS: setting(
    '1000',
    wholeNumber(1, 1_000_000),
    'Trainings of one workspace that may wait; beyond it a new one is refused with QUOTA_EXCEEDED.',
  ),
  MAX_TRAINING_SECONDS: setting(
    '43200',
    wholeNumber(1, 82_800),
    'Longest time that a training may work, over all of its attempts; then it fails with TIME_LIMIT. At most 23 hours.',
  ),
  // Less would not be enough for a block of a file and what comes of it.
  MAX_READING_MEMORY_BYTES: optional(
    wholeNumber(64 * MEGABYTE, Number.MAX_SAFE_INTEGER),
    'Most memory that the values of all files that are read at the same time may take in an API process; files wait for it, and one that needs more alone is refused with CSV_TOO_MUCH_MEMORY. Unset: a quarter of what the machine or the container has.',
  ),
  MAX_TRAINING_MEMORY_BYTES: optional(
    wholeNumber(MEGABYTE, Number.MAX_SAFE_INTEGER),
    'Most memory that a training may add to its worker process; then it fails with OUT_OF_MEMORY. Unset: what the machine, or the container with all that runs in it, has left, without a reserve.',
  ),
  MAX_ATTEMPTS: setting(
    '5',
    wholeNumber(1, 100),
    'How often a training is tried whose worker dies or is lost; then it fails with WORKER_LOST. A worker that shuts down in order does not count.',
  ),
  EVENT_RETENTION_DAYS: setting(
    '30',
    wholeNumber(30, 36_500),
    'Days after which the steps of a training are removed from its events; its states and stages stay.',
  ),
  ENABLE_REAL_TRAINING: setting('true', flag, '`false` leaves only the BASELINE algorithm, and `algorithms` says so.'),
} as const;

type Settings = typeof SETTINGS;
type Values = { [Name in keyof Settings]: Settings[Name] extends Setting<infer T> ? T : never };

/** The settings of a process, parsed and complete. */
export interface Config extends Readonly<Values> {}

/** Thrown with every mistake at once, so that an operator corrects them in one go. */
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
  const config = values as unknown as Config;
  errors.push(...storageErrors(config));
  if (config.DATABASE_OWNER_URL && !config.DATABASE_URL) errors.push('DATABASE_OWNER_URL needs DATABASE_URL beside it');
  if (errors.length > 0) throw new ConfigError(errors);
  return Object.freeze(config);
}

function storageErrors({ STORAGE_BACKEND, MINIO_BUCKET, MINIO_ACCESS_KEY, MINIO_SECRET_KEY }: Config): string[] {
  if (STORAGE_BACKEND === 'local') return [];
  const errors: string[] = [];
  if (MINIO_BUCKET === null) errors.push(`MINIO_BUCKET must be set with STORAGE_BACKEND=${STORAGE_BACKEND}`);
  if ((MINIO_ACCESS_KEY === null) !== (MINIO_SECRET_KEY === null)) {
    errors.push('MINIO_ACCESS_KEY and MINIO_SECRET_KEY must be set together, or neither');
  }
  return errors;
}

import 'reflect-metadata';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createLogger, type Logger } from './platform/monitoring/logger.ts';
import type { DatabaseAccess } from './platform/postgres/database.ts';
import type { AccountCommand } from './processes/account-commands.ts';
import { adoptAllocatorSettings } from './processes/allocator-settings.ts';
import { type ProvidedDatabase, provideDatabase } from './processes/database-access.ts';
import type { Served } from './processes/serve.ts';
import { type Running, Shutdown } from './processes/shutdown.ts';
import { explainStart } from './processes/start-error.ts';
import { receiveAccess, reportToParent } from './processes/worker-ipc.ts';

const USAGE = `Usage: npm start -- [COMMAND]

  serve    the API with one worker process, and a database where DATABASE_URL is unset (default)
  api      an API process
  worker   a worker process
  migrate  migrate the database to this version, and exit

  sweep    [--dry-run]: remove files that nothing needs, report those that are missing, and exit

  create-owner     EMAIL: create an account with a workspace, print its password, and exit
  reset-password   EMAIL: set a new password, print it, and exit
  list-twins       list accounts whose addresses look like those of others, and exit
  end-sessions     end all sessions, as after a restored backup, and exit
  remove-outside-user  ISSUER SUBJECT: remove a user of an outside issuer, and exit

  prepare-bucket   make the bucket of MINIO_BUCKET, if it is missing, and set its CORS, and exit
  migrate-storage  FROM TO [--copy-only]: move the files from local to s3, or from s3 to local, and exit

Settings are environment variables: docs/settings.md.`;

/** Where the example looks for a server when TRAINYARD_URL is unset. */
const EXAMPLE_DEFAULT_URL = 'http://127.0.0.1:4000';

/** The input of a command. */
interface Start {
  readonly config: Config;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
  readonly mainFile: string;
  /** What stands behind the command. */
  readonly options: readonly string[];
}

/** Each resolves with the running command, or null if it is done. */
const COMMANDS: Readonly<Record<string, (start: Start) => Promise<Running | null>>> = {
  serve: runServe,
  api: runApi,
  worker: runWorker,
  migrate: runMigrate,
  sweep: runSweepOnce,
  'create-owner': (start) => changeAccounts('create-owner', start),
  'reset-password': (start) => changeAccounts('reset-password', start),
  'list-twins': (start) => changeAccounts('list-twins', start),
  'end-sessions': (start) => changeAccounts('end-sessions', start),
  'remove-outside-user': (start) => changeAccounts('remove-outside-user', start),
  'prepare-bucket': prepareBucket,
  'migrate-storage': migrateStorage,
};

/** Runs a command of the command line until it is done or a signal ends it. */
export async function runCommand([name = 'serve', ...options]: readonly string[], mainFile: string): Promise<void> {
  const command = COMMANDS[name];
  if (command === undefined) {
    console.error(USAGE);
    process.exit(name === 'help' || name === '--help' ? 0 : 2);
  }
  let config: Config | null = null;
  let logger = createLogger('info', name);
  let shutdown: Shutdown | null = null;
  try {
    config = readConfig(process.env);
    logger = createLogger(config.LOG_LEVEL, name);
    logLastErrors(logger);
    shutdown = new Shutdown(config, logger);
    const start = { config, logger, shutdown, mainFile, options };
    const running = options.includes('--child') ? await runChildWorker(start) : await command(start);
    shutdown.started(running);
  } catch (error) {
    // What is ended in the middle of a start fails, and that is no news.
    await shutdown?.step();
    endFailedStart(error, config, logger);
  }
}

async function runServe({ config, logger, shutdown, mainFile }: Start): Promise<Running> {
  // PostgreSQL starts while the modules of the server are loaded: each takes about as long as the other.
  const database = provideDatabase(config, logger);
  shutdown.onAbort(async () => await (await database).embedded?.stop());
  const [provided, { serve }] = await Promise.all([database, import('./processes/serve.ts')]);
  await shutdown.step();
  const served = await serve(config, provided, mainFile, logger);
  const { address, url: publicUrl } = served;
  const screen = await screenOf(served, config);
  const announce = () => {
    logger.info({ address, url: publicUrl }, 'listening');
    console.log(screen);
  };
  return { ...served, announce };
}

/** What people read who started it in a terminal. */
async function screenOf(served: Served, config: Config): Promise<string> {
  const url = addressForPeople(served.address, config);
  const database =
    served.embeddedPort === null
      ? 'your own (DATABASE_URL)'
      : `embedded, port ${served.embeddedPort}, in ${await databaseFolder(config)}`;
  const example = url === EXAMPLE_DEFAULT_URL ? 'npm run example' : `TRAINYARD_URL=${url} npm run example`;
  return `
  Trainyard is running.

${config.CONSOLE ? `    Console        ${url}/\n` : ''}    GraphQL        ${url}/graphql
    Subscriptions  ${url.replace(/^http/, 'ws')}/graphql
    Database       ${database}

  Try it from a second terminal: ${example}
  Ctrl-C stops everything.
`;
}

/** The server's address as a browser on this machine takes it: not a wildcard. */
function addressForPeople(address: string, { HOST, PUBLIC_URL }: Config): string {
  if (PUBLIC_URL !== null) return PUBLIC_URL;
  return HOST === '0.0.0.0' || HOST === '::' ? `http://localhost:${address.split(':').at(-1)}` : address;
}

/** Where the embedded database really lies: DATA_DIRECTORY may hold but a link to it. */
async function databaseFolder({ DATA_DIRECTORY }: Config): Promise<string> {
  const folder = join(DATA_DIRECTORY, 'postgres');
  return await realpath(folder).catch(() => folder);
}

async function runApi({ config, logger, shutdown }: Start): Promise<Running> {
  adoptAllocatorSettings();
  const access = await runMigrations(config, logger);
  await shutdown.step();
  const { startApiProcess } = await import('./processes/api-process.ts');
  const api = await startApiProcess(config, access, logger);
  const announce = () => logger.info({ address: api.address, url: api.url }, 'listening');
  return { ...api, announce };
}

async function runWorker({ config, logger, shutdown }: Start): Promise<Running> {
  adoptAllocatorSettings();
  const access = await runMigrations(config, logger);
  await shutdown.step();
  const { startWorkerProcess } = await import('./processes/worker-process.ts');
  const worker = await startWorkerProcess(config, access, logger);
  const announce = () => logger.info({ probePort: worker.probePort }, 'waiting for work');
  return { ...worker, announce };
}

/** The worker of `serve`: its parent has migrated, and tells it how to reach the database. */
async function runChildWorker({ config, logger, shutdown }: Start): Promise<Running> {
  const [access, { startWorkerProcess }] = await Promise.all([
    receiveAccess(() => process.exit(1)),
    import('./processes/worker-process.ts'),
  ]);
  await shutdown.step();
  return await startWorkerProcess(config, access, logger, reportToParent);
}

async function runMigrate({ config, logger }: Start): Promise<null> {
  await runMigrations(config, logger);
  logger.info('the database is up to date');
  return null;
}

async function prepareBucket({ config, logger }: Start): Promise<null> {
  const { runPrepareBucket } = await import('./processes/storage-commands.ts');
  await runPrepareBucket(config, logger);
  return null;
}

async function migrateStorage({ options, logger }: Start): Promise<null> {
  const { runMigrateStorage } = await import('./processes/storage-commands.ts');
  await runMigrateStorage(process.env, options, logger);
  return null;
}

/** The same as a worker does each night. */
async function runSweepOnce({ config, options, logger }: Start): Promise<null> {
  if (options.some((option) => option !== '--dry-run')) throw new ConfigError(['sweep takes --dry-run or nothing']);
  const access = await runMigrations(config, logger);
  const { runSweep } = await import('./processes/retention-jobs.ts');
  await runSweep(config, access, options.includes('--dry-run'), logger);
  return null;
}

/** What is printed may be a password: it goes to the terminal, not to the log. With the embedded database no server may run. */
async function changeAccounts(command: AccountCommand, { config, options, logger, shutdown }: Start): Promise<null> {
  const { checkParameters, runAccountCommand } = await import('./processes/account-commands.ts');
  checkParameters(command, options);
  const provided = await provideDatabase(config, logger);
  shutdown.onAbort(async () => await provided.embedded?.stop());
  try {
    await migrateDatabase(provided);
    console.log(await runAccountCommand(command, options, config, provided.access, logger));
  } finally {
    await provided.embedded?.stop();
  }
  return null;
}

/** Every process migrates before it works. Only `serve` may start the embedded database, which ends with it. */
async function runMigrations(config: Config, logger: Logger): Promise<DatabaseAccess> {
  if (config.DATABASE_URL === null) {
    throw new ConfigError(['DATABASE_URL must be set for this command; only serve brings a database of its own']);
  }
  const provided = await provideDatabase(config, logger);
  await migrateDatabase(provided);
  return provided.access;
}

async function migrateDatabase({ access, appPassword }: ProvidedDatabase): Promise<void> {
  const [{ migrate }, { JOBS }] = await Promise.all([
    import('./platform/postgres/migrate.ts'),
    import('./processes/jobs.ts'),
  ]);
  await migrate(access, JOBS, appPassword);
}

/** Node would print an error that nobody caught with all that it carries, parameters of statements among that. */
function logLastErrors(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'uncaught exception');
    process.exit(1);
  });
}

/** Tells an operator in one line why the start failed: as text in a terminal, else as the line of JSON that logs are made of. */
function endFailedStart(error: unknown, config: Config | null, logger: Logger): never {
  const { failure, message } = explainStart(error, config);
  // Where it came from in the code helps only who looks for a fault in the code.
  const details = logger.isLevelEnabled('debug') ? { err: error } : {};
  if (process.stderr.isTTY) console.error(message);
  else logger.fatal({ failure, ...details }, message);
  process.exit(1);
}

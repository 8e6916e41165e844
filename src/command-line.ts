import 'reflect-metadata';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, ConfigError, readConfig } from './config.ts';
import type { DatabaseAccess } from './platform/database.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { adoptWorkerEnvironment } from './processes/allocator-settings.ts';
import { provideDatabase } from './processes/database-access.ts';
import { receiveAccess, tellParent } from './processes/parent.ts';
import type { Served } from './processes/serve.ts';
import { explainStart } from './processes/start-error.ts';

const USAGE = `Usage: npm start -- [COMMAND]

  serve    the API with one worker process, and a database where DATABASE_URL is unset (default)
  api      an API process
  worker   a worker process
  migrate  bring the database to the shape of this version, and end

Settings are environment variables: docs/settings.md.`;

/** Where the example looks for a server when TRAINYARD_URL is unset. */
const EXAMPLE_DEFAULT_URL = 'http://127.0.0.1:4000';

/** What a command leaves running; null for a command that is done. */
type Running = {
  close(grace?: Promise<unknown>): Promise<void>;
  readonly broken?: Promise<string>;
  /** Says that it runs, once signals are heeded: whoever reads it may end it at once. */
  readonly announce?: () => void;
} | null;

const COMMANDS: Readonly<Record<string, (config: Config, logger: Logger, mainFile: string) => Promise<Running>>> = {
  serve: runServe,
  api: runApi,
  worker: runWorker,
  migrate: runMigrate,
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
  try {
    config = readConfig(process.env);
    logger = createLogger(config.LOG_LEVEL, name);
    logLastErrors(logger);
    const running = options.includes('--child')
      ? await runChildWorker(config, logger)
      : await command(config, logger, mainFile);
    if (running !== null) endInOrder(running, config, logger);
    running?.announce?.();
  } catch (error) {
    endFailedStart(error, config, logger);
  }
}

async function runServe(config: Config, logger: Logger, mainFile: string): Promise<Running> {
  // PostgreSQL starts while the modules of the server are loaded: each takes about as long as the other.
  const [provided, { serve }] = await Promise.all([provideDatabase(config, logger), import('./processes/serve.ts')]);
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

    GraphQL        ${url}/graphql
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

async function runApi(config: Config, logger: Logger): Promise<Running> {
  const access = await runMigrations(config, logger);
  const { startApiProcess } = await import('./processes/api-process.ts');
  const api = await startApiProcess(config, access, logger);
  const announce = () => logger.info({ address: api.address, url: api.url }, 'listening');
  return { ...api, announce };
}

async function runWorker(config: Config, logger: Logger): Promise<Running> {
  adoptWorkerEnvironment();
  const access = await runMigrations(config, logger);
  const { startWorkerProcess } = await import('./processes/worker-process.ts');
  const worker = await startWorkerProcess(config, access, logger);
  const announce = () => logger.info({ probePort: worker.probePort }, 'waiting for work');
  return { ...worker, announce };
}

/** The worker of `serve`: its parent has migrated, and tells it how to reach the database. */
async function runChildWorker(config: Config, logger: Logger): Promise<Running> {
  const [access, { startWorkerProcess }] = await Promise.all([
    receiveAccess(() => process.exit(1)),
    import('./processes/worker-process.ts'),
  ]);
  return await startWorkerProcess(config, access, logger, tellParent);
}

async function runMigrate(config: Config, logger: Logger): Promise<Running> {
  await runMigrations(config, logger);
  logger.info('the database has the shape of this version');
  return null;
}

/** Every process migrates before it works. Only `serve` may start the embedded database, which ends with it. */
async function runMigrations(config: Config, logger: Logger): Promise<DatabaseAccess> {
  if (config.DATABASE_URL === null) {
    throw new ConfigError(['DATABASE_URL must be set for this command; only serve brings a database of its own']);
  }
  const { access, appPassword } = await provideDatabase(config, logger);
  const [{ migrate }, { JOBS }] = await Promise.all([import('./platform/migrate.ts'), import('./processes/jobs.ts')]);
  await migrate(access, JOBS, appPassword);
  return access;
}

/** Ends what runs on the first SIGINT or SIGTERM; on a later one at once. */
function endInOrder(running: NonNullable<Running>, { SHUTDOWN_GRACE_SECONDS }: Config, logger: Logger): void {
  let ending = 0;
  const end = (reason: string, code: number) => {
    // npm passes the terminal's Ctrl-C on a second time; only one that comes later is an impatient person's.
    if (ending !== 0) return void (Date.now() - ending > 1_000 && process.exit(1));
    ending = Date.now();
    logger.info({ reason }, 'ending');
    // Who stops it by hand waits for nobody; SIGTERM comes from those who start others in its place.
    const grace = reason === 'SIGTERM' ? delay(SHUTDOWN_GRACE_SECONDS * 1_000) : Promise.resolve();
    running.close(grace).then(
      () => process.exit(code),
      (error: unknown) => {
        logger.error({ err: error }, 'ending failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', () => end('SIGINT', 0));
  process.on('SIGTERM', () => end('SIGTERM', 0));
  void running.broken?.then((reason) => {
    // In the course of an orderly end the database ends too, which is no second signal.
    if (ending !== 0) return;
    logger.fatal({ failure: 'DATABASE_ENDED' }, reason);
    end(reason, 1);
  });
}

/** Node would print an error that nobody caught with all that it bears, parameters of statements among that. */
function logLastErrors(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'an error that nothing has caught');
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

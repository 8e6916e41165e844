import { type FileHandle, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { runsAsRoot } from './account.ts';
import { type Binaries, installedBinaries, makePassableFolder, usableBinaries } from './binaries.ts';
import {
  DATABASE,
  type DataFolder,
  initialise,
  linkDataFolder,
  locateDataFolder,
  removeDrafts,
  resetPassword,
  SUPERUSER,
  superuserPassword,
} from './data-folder.ts';
import { acquireLock, type DataLock } from './data-lock.ts';
import { asEmbeddedPostgresError } from './embedded-postgres-error.ts';
import { takeOver } from './orphaned-server.ts';
import { type Server, type ServerExit, startServer } from './server.ts';

export interface EmbeddedPostgresOptions {
  /** The folder for the data and the password, created if missing. Removing it removes the database. */
  readonly directory: string;
  /** The port, for clients that must find the server again after a restart. Default: any free port at each start. */
  readonly port?: number;
  /** False for data that may be lost in a system crash (not a process crash), such as a test's. Default true. */
  readonly durable?: boolean;
  /** Called with each line of PostgreSQL's log, and with what was done to start it. Default: discarded. */
  readonly onLog?: (line: string) => void;
  /** The folder with PostgreSQL's `bin`, `lib` and `share`. Default: that of the npm package for this platform. */
  readonly binariesDirectory?: string;
  /** As root: where binaries and data are kept if PostgreSQL's user cannot reach them. Default /var/lib/trainyard. */
  readonly systemDirectory?: string;
}

/** An embedded PostgreSQL server, on 127.0.0.1 only. */
export interface EmbeddedPostgres {
  /** The superuser's connection string to the database `postgres`, with the password. */
  readonly ownerUrl: string;
  readonly port: number;
  /** The process id of the server (postmaster). */
  readonly pid: number;
  /** Resolves when the server has ended for any reason; the data folder can then be used by another start. */
  readonly exited: Promise<ServerExit>;
  /** The superuser's connection string to another database of the server. */
  url(database: string): string;
  /** Stops the server: fast shutdown, then immediate shutdown after 5 s. Resolves when it has ended. Idempotent. */
  stop(): Promise<void>;
}

/** Resources to release, in this order, when the server has ended. */
type Releases = (() => Promise<void>)[];

/**
 * Starts PostgreSQL on a free port with the data in `<directory>/postgres`, which is initialised the first time. Resolves
 * when it accepts connections: after about 1 s the first time, 0.1 s later. A server that a killed process left behind is
 * stopped first; a killed server recovers. The server ends with this process, however that ends.
 *
 * @throws EmbeddedPostgresError with advice, if the platform has no binaries, another live process uses the folder,
 *   permissions are missing, the disk is full, or PostgreSQL refuses to start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const releases: Releases = [];
  const releaseLocks = async (): Promise<void> => {
    for (const release of releases) {
      await release();
    }
  };
  try {
    const { server, password } = await startLocked(options, releases);
    const exited = server.exited.then(async (exit) => {
      await releaseLocks();
      return exit;
    });
    const url = (database: string): string =>
      `postgres://${SUPERUSER}:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
    return {
      ownerUrl: url(DATABASE),
      port: server.port,
      pid: server.pid,
      exited,
      url,
      stop: async () => {
        await server.stop();
        await exited;
      },
    };
  } catch (error) {
    await releaseLocks();
    throw asEmbeddedPostgresError(error);
  }
}

/** Takes the locks, adding their releases for the caller, and starts the server under them. */
async function startLocked(
  options: EmbeddedPostgresOptions,
  releases: Releases,
): Promise<{ server: Server; password: string }> {
  const { durable = true, onLog = () => undefined, systemDirectory = '/var/lib/trainyard' } = options;
  const native = options.binariesDirectory ?? installedBinaries();
  await (runsAsRoot() ? makePassableFolder(options.directory) : makeFolder(options.directory));
  const directory = await realpath(options.directory);
  const lockFolder = async (path: string): Promise<DataLock> => {
    const lock = await acquireLock(`${path}/postgres.lock`, onLog);
    releases.unshift(() => lock.release());
    return lock;
  };
  let lock = await lockFolder(directory);
  const folder = await locateDataFolder(directory, systemDirectory);
  const parent = dirname(folder.path);
  if (parent !== directory) {
    // Copies of the directory contain copies of the link, and would share the same data.
    lock = await lockFolder(parent);
    onLog(`PostgreSQL's data are in ${folder.path}`);
  }
  const binaries = await usableBinaries(native, systemDirectory, folder.account);
  const { password, serverLock } = await prepareData(directory, folder, binaries, { durable, onLog, lock });
  releases.unshift(() => serverLock.close());
  const recordServer = (pid: number): void => lock.recordServer(pid);
  const serverOptions = {
    binaries,
    folder,
    port: options.port ?? null,
    durable,
    lock: serverLock,
    recordServer,
    onLog,
  };
  const server = await startServer(serverOptions);
  lock.onLost(() => {
    onLog(`FATAL: another process, which does not see this one's locks, has taken ${directory}: the server is ended`);
    server.abort();
  });
  return { server, password };
}

async function prepareData(
  directory: string,
  folder: DataFolder,
  binaries: Binaries,
  { durable, onLog, lock }: { durable: boolean; onLog: (line: string) => void; lock: DataLock },
): Promise<{ password: string; serverLock: FileHandle }> {
  await removeDrafts(dirname(folder.path));
  const { password, created } = await superuserPassword(directory);
  if (!folder.initialised) {
    await initialise(folder, binaries, { password, durable });
  }
  const serverLock = await takeOver(folder, lock.earlierServer, onLog);
  try {
    if (folder.initialised && created) {
      await resetPassword(folder, binaries, password, serverLock);
    }
    await linkDataFolder(directory, folder);
    return { password, serverLock };
  } catch (error) {
    await serverLock.close();
    throw error;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './embedded-postgres-binaries.ts';
import type { DataFolder } from './embedded-postgres-data.ts';
import {
  EmbeddedPostgresError,
  programError,
  USE_DATABASE_URL,
  undefinedIfMissing,
} from './embedded-postgres-error.ts';
import { dataFolderProcesses, programOptions, sendSignal, waitForEnd } from './embedded-postgres-process.ts';

/** How a PostgreSQL server ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running PostgreSQL server that accepts connections. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly exited: Promise<ServerExit>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly binaries: Binaries;
  readonly folder: DataFolder;
  /** Undefined: a free one. */
  readonly port: number | undefined;
  readonly durable: boolean;
  readonly onLog: (line: string) => void;
}

/** Time for a fast shutdown (it writes a checkpoint) before an immediate one, in milliseconds. */
const FAST_SHUTDOWN_TIME = 5_000;

/** PostgreSQL kills its children 5 s after an immediate shutdown; nothing is left to wait for after some more. */
const IMMEDIATE_SHUTDOWN_TIME = 8_000;

/** A free port may be taken before PostgreSQL binds it; more than a few times in a row is another trouble. */
const MAXIMUM_ATTEMPTS = 5;

/** For a small server that shares two cores with trainings. Given at every start, so that old data get them too. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  // Paths of sockets are limited to some 100 characters, those of projects are not.
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=128MB',
  // Nothing replicates from it, so the log need only serve recovery.
  'wal_level=minimal',
  'max_wal_senders=0',
  'log_destination=stderr',
  'logging_collector=off',
  'log_line_prefix=',
  'log_checkpoints=off',
  // PostgreSQL's default, which initdb was told to lower for itself.
  'default_statistics_target=100',
];

/** For data that nobody misses after a crash of the system, such as a test's. */
const SETTINGS_NOT_DURABLE = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

/**
 * Starts PostgreSQL on an initialised data folder of which this process holds the lock, and resolves when it accepts
 * connections (about 50 ms; longer when it first recovers from a crash).
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await spawnServer(options, options.port ?? (await freePort()));
    if ('port' in result) {
      return result;
    }
    const portTaken = result.output.includes('could not bind');
    // Children of a killed postmaster live on while they are busy, and with them its shared memory.
    const childrenLeft = result.output.includes('shared memory block');
    if (attempt === MAXIMUM_ATTEMPTS || !(portTaken || childrenLeft)) {
      throw programError('START_FAILED', 'postgres', result.output);
    }
    if (childrenLeft) {
      await stopLeftChildren(options.folder);
    }
  }
}

async function spawnServer(options: ServerOptions, port: number): Promise<Server | { output: string }> {
  const settings = [`port=${port}`, ...SETTINGS, ...(options.durable ? [] : SETTINGS_NOT_DURABLE)];
  const child = spawn(
    options.binaries.postgres,
    ['-D', options.folder.path, ...settings.flatMap((setting) => ['-c', setting])],
    // Detached: Ctrl-C in a terminal reaches its whole process group, and this process stops the server in order.
    { ...programOptions(options.folder.account), stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return new Promise((resolve, reject) => {
    let ready = false;
    const output: string[] = [];
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        options.onLog(line);
        if (!ready) {
          output.push(line);
        }
        if (!ready && child.pid !== undefined && line.includes('database system is ready to accept connections')) {
          ready = true;
          resolve({ pid: child.pid, port, exited, stop: () => stopServer(child, exited) });
        }
      });
    }
    child.once('error', reject);
    child.once('close', () => resolve({ output: output.join('\n') }));
    stopWithParent(child, exited, options.folder);
  });
}

/** Fast shutdown: clients are disconnected, a checkpoint is written. Immediate: the next start recovers. */
async function stopServer(child: ChildProcess, exited: Promise<ServerExit>): Promise<void> {
  child.kill('SIGINT');
  const timers = [
    setTimeout(() => child.kill('SIGQUIT'), FAST_SHUTDOWN_TIME),
    setTimeout(() => child.kill('SIGKILL'), FAST_SHUTDOWN_TIME + IMMEDIATE_SHUTDOWN_TIME),
  ];
  await exited;
  for (const timer of timers) {
    clearTimeout(timer);
  }
}

/**
 * Stops the server when this process dies without doing so, even by kill -9: a shell waits for the end of a pipe whose
 * other end only this process has.
 */
function stopWithParent(server: ChildProcess, exited: Promise<ServerExit>, folder: DataFolder): void {
  if (server.pid === undefined) {
    return;
  }
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'sh', String(server.pid)], {
    ...programOptions(folder.account),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell the server outlives a killed parent, until the next start finds and stops it.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  void exited.then(() => guard.kill('SIGKILL'));
}

/** Stops the server that an earlier process left running on the data folder, and clears what it left after a crash. */
export async function stopOrphan(folder: DataFolder, onLog: (line: string) => void): Promise<void> {
  const pidFile = join(folder.path, 'postmaster.pid');
  const content = await readFile(pidFile, 'latin1').catch(undefinedIfMissing);
  if (content === undefined) {
    return;
  }
  // Negative for a server in single-user mode.
  const pid = Math.abs(Number.parseInt(content, 10));
  if (!(await dataFolderProcesses(folder.path, folder.account)).includes(pid)) {
    // PostgreSQL would not start if another process of the same user had been given this id, or the file were empty.
    await rm(pidFile, { force: true });
    return;
  }
  onLog(`stopping the PostgreSQL server that an earlier process left running (process ${pid})`);
  sendSignal(pid, 'SIGINT');
  if (!(await waitForEnd(pid, FAST_SHUTDOWN_TIME))) {
    sendSignal(pid, 'SIGQUIT');
    if (!(await waitForEnd(pid, IMMEDIATE_SHUTDOWN_TIME))) {
      throw new EmbeddedPostgresError(
        'IN_USE',
        `The PostgreSQL server that an earlier process left running does not stop (process ${pid}).`,
        `End it with \`kill -9 ${pid}\` and start again. ${USE_DATABASE_URL}`,
      );
    }
  }
}

async function stopLeftChildren(folder: DataFolder): Promise<void> {
  const pids = await dataFolderProcesses(folder.path, folder.account);
  for (const pid of pids) {
    sendSignal(pid, 'SIGQUIT');
  }
  await Promise.all(pids.map((pid) => waitForEnd(pid, IMMEDIATE_SHUTDOWN_TIME)));
  if (pids.length === 0) {
    // Where processes cannot be listed: they end by themselves once they notice that their parent is gone.
    await delay(500);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('the system gave out no TCP port');
  }
  return address.port;
}

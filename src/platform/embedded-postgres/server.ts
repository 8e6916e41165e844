import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Binaries } from './binaries.ts';
import type { DataFolder } from './data-folder.ts';
import { programError } from './embedded-postgres-error.ts';
import { stopLeftChildren } from './orphaned-server.ts';
import { FAST_SHUTDOWN_TIME, IMMEDIATE_SHUTDOWN_TIME, programOptions } from './server-process.ts';

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
  /** Ends it without writing to the data. */
  abort(): void;
}

export interface ServerOptions {
  readonly binaries: Binaries;
  readonly folder: DataFolder;
  /** Null: any free port. */
  readonly port: number | null;
  readonly durable: boolean;
  /** Held by this process, and inherited by every process of the server: it is released when the last of them has ended. */
  readonly lock: FileHandle;
  /** Called with 0 just before the start, and then with the process id. */
  readonly recordServer: (processId: number) => void;
  readonly onLog: (line: string) => void;
}

/** A free port may be taken before PostgreSQL binds it; repeated failures have another cause. */
const MAX_ATTEMPTS = 5;

/**
 * For a small server that shares two processors with trainings. Passed at every start, so that existing data folders get them
 * too.
 */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  // Socket paths are limited to about 100 characters, project paths are not.
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=128MB',
  // There is no replication, so the WAL only serves recovery.
  'wal_level=minimal',
  'max_wal_senders=0',
  'log_destination=stderr',
  'logging_collector=off',
  'log_line_prefix=',
  'log_checkpoints=off',
  // Values never reach the log: neither parameters, nor rows that violate a constraint (in the DETAIL of an ERROR, which
  // is not logged), nor statements. The process that sent the statement logs its failure. For errors that end the server
  // itself, DETAIL gives the reason, such as data of another version.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=default',
  'log_parameter_max_length=0',
  'log_parameter_max_length_on_error=0',
  // PostgreSQL's default, which was lowered for initdb.
  'default_statistics_target=100',
  // Text formats as the drivers expect them, whatever the configuration file of the data says.
  'client_encoding=UTF8',
  'datestyle=ISO, MDY',
  'intervalstyle=postgres',
  'timezone=UTC',
  'bytea_output=hex',
  'extra_float_digits=1',
  'standard_conforming_strings=on',
];

/** For data that may be lost in a system crash, such as a test's. */
const SETTINGS_NOT_DURABLE = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

/**
 * Starts PostgreSQL on an initialised data folder whose lock this process holds. Resolves when it accepts connections, after
 * about 50 ms, or later if it first recovers from a crash.
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
    if (attempt === MAX_ATTEMPTS || !(portTaken || childrenLeft)) {
      throw programError('START_FAILED', 'postgres', result.output);
    }
    if (childrenLeft) {
      await stopLeftChildren(options.folder);
    }
  }
}

async function spawnServer(options: ServerOptions, port: number): Promise<Server | { output: string }> {
  const settings = [`port=${port}`, ...SETTINGS, ...(options.durable ? [] : SETTINGS_NOT_DURABLE)];
  options.recordServer(0);
  const child = spawn(
    options.binaries.postgres,
    ['-D', options.folder.path, ...settings.flatMap((setting) => ['-c', setting])],
    // Detached: Ctrl-C in a terminal reaches its whole process group, but this process stops the server in order.
    { ...programOptions(options.folder.account), stdio: ['ignore', 'ignore', 'pipe', options.lock.fd], detached: true },
  );
  try {
    if (child.pid !== undefined) options.recordServer(child.pid);
  } catch {
    // That a server runs is recorded, only its id is missing: the next start then searches for it.
  }
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
          const [stop, abort] = [() => stopServer(child, exited), () => void child.kill('SIGQUIT')];
          resolve({ pid: child.pid, port, exited, stop, abort });
        }
      });
    }
    child.once('error', reject);
    child.once('close', () => resolve({ output: output.join('\n') }));
    stopWithParent(child, exited, options.folder);
  });
}

/** Fast shutdown disconnects clients and writes a checkpoint. After an immediate one the next start recovers. */
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
 * Stops the server if this process dies without doing so, even by kill -9: a shell waits for the end of a pipe whose other
 * end only this process has.
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
  // Without a shell, the server outlives a killed parent until the next start finds and stops it.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  void exited.then(() => guard.kill('SIGKILL'));
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

import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { type FileHandle, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { processIdentity } from './process-identity.ts';

const execFileAsync = promisify(execFile);

/** Time for a fast shutdown, which writes a checkpoint, before an immediate one, in milliseconds. */
export const FAST_SHUTDOWN_TIME = 5_000;

/** PostgreSQL kills its children 5 s after an immediate shutdown; some time later nothing is left to wait for. */
export const IMMEDIATE_SHUTDOWN_TIME = 8_000;

/** Polling interval for the end of a process that is not our child, in milliseconds: Node.js has no event for it. */
const POLL_INTERVAL = 10;

/**
 * Spawn options of PostgreSQL's programs: with an environment of our own, because variables such as PGDATA or a locale that
 * is not installed would affect them, and in `/`, because they may not enter our working directory.
 */
export function programOptions(account: Account | null): SpawnOptions {
  const { PATH } = process.env;
  return {
    cwd: '/',
    // TZ: initdb would otherwise compare every time zone file with the system's to find the name of the local one.
    env: { PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...(account && { uid: account.userId, gid: account.groupId }),
  };
}

/**
 * Runs a program and returns its output. It inherits the open lock file, and with it the lock, until it ends. Rejects if it
 * cannot be spawned.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { account: Account | null; input?: string; lock?: FileHandle },
): Promise<{ succeeded: boolean; stdout: string; stderr: string }> {
  const child = spawn(program, args, {
    ...programOptions(options.account),
    stdio: ['pipe', 'pipe', 'pipe', ...(options.lock ? [options.lock.fd] : [])],
  });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
  // A program that ends without reading its input closes the pipe; its exit code says the rest.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  const [succeeded, stdout, stderr] = await Promise.all([
    ended,
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  return { succeeded, stdout: stdout.trim(), stderr: stderr.trim() };
}

/** Sends a signal; a process that has already ended is not an error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended, or not ours: waiting for its end shows which.
  }
}

/** Waits at most `milliseconds` for the end of the process; returns whether it has ended. */
export async function waitForEnd(pid: number, milliseconds: number): Promise<boolean> {
  const identity = await processIdentity(pid);
  const deadline = performance.now() + milliseconds;
  while (identity !== null && (await processIdentity(pid)) === identity) {
    if (performance.now() >= deadline) {
      return false;
    }
    await delay(POLL_INTERVAL);
  }
  return true;
}

/**
 * Lists the processes whose working directory is $1. A shell does it, as the user of those processes: root without
 * CAP_SYS_PTRACE, as in a container, may not inspect other users' processes, but the same user may.
 */
const LIST_PROCESSES_IN_FOLDER =
  'for process in /proc/[0-9]*; do if [ "$process/cwd" -ef "$1" ]; then echo "$process"; fi; done';

/**
 * The PostgreSQL processes of this data folder: the postmaster, and its children if the system has /proc. Takes about 20 ms.
 */
export async function dataFolderProcesses(dataFolder: string, account: Account | null): Promise<number[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await execFileAsync('ps', ['-axo', 'pid=,command=']);
    const lines = stdout.split('\n').filter((line) => line.includes(`postgres -D ${dataFolder} `));
    return lines.map((line) => Number.parseInt(line, 10));
  }
  const { stdout } = await runProgram('/bin/sh', ['-c', LIST_PROCESSES_IN_FOLDER, 'sh', dataFolder], { account });
  const pids = stdout
    .split('\n')
    .filter(Boolean)
    .map((path) => Number(basename(path)));
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'latin1').catch(() => '')));
  return pids.filter((_, index) => names[index]?.startsWith('postgres'));
}

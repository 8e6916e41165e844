import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from '../../src/platform/error-code.ts';
import { SECRETS } from '../support/secrets.ts';

const ROOT = join(import.meta.dirname, '../..');

export const MAIN_FILE = join(ROOT, 'dist/main.js');

/** A command of the command line that is running or has ended. */
export interface Command {
  readonly process: ChildProcess;
  /** All that it printed so far, on both channels. */
  output(): string;
  /** Resolves with the first group of the pattern once that is printed; rejects if the command ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

/** Starts a command with nothing but these settings (and what a program needs to run at all). */
export function start(args: readonly string[], settings: Record<string, string>): Command {
  return startProgram(process.execPath, [MAIN_FILE, ...args], settings);
}

/** Starts another program, such as one that starts the command for its part, with the same settings. */
export function startProgram(program: string, args: readonly string[], settings: Record<string, string>): Command {
  // With a database of its own it needs secrets, which no process makes there.
  const secrets = 'DATABASE_URL' in settings ? SECRETS : {};
  const { PATH = '', HOME = '', TRAINYARD_TEST_PACE = '' } = process.env;
  const child = spawn(program, args, {
    cwd: ROOT,
    // No load balancer waits for anything.
    env: { PATH, HOME, TRAINYARD_TEST_PACE, LOG_LEVEL: 'warn', SHUTDOWN_GRACE_SECONDS: '0', ...secrets, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let check: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      check();
    });
  }
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  return {
    process: child,
    output: () => output,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        check = () => {
          const match = pattern.exec(output);
          if (match) resolve(match[1] ?? match[0]);
        };
        check();
        void ended.then((end) => reject(new Error(`It ended (${end}) before it printed ${pattern}:\n${output}`)));
      }),
  };
}

/**
 * Starts `serve` as in a container of its own: it sees none of the processes outside. The signals of a test go to `unshare`,
 * which does not pass them on; killed with `kill -9`, it takes all that runs inside along.
 */
export function startInNamespace(
  settings: Record<string, string>,
  { asFirstProcess = true }: { asFirstProcess?: boolean } = {},
): Command {
  const namespace = ['--pid', '--ipc', '--mount', '--fork', '--mount-proc', '--kill-child'];
  // Under a shell that waits, what the server leaves behind when it is killed lives on.
  const parent = asFirstProcess ? [] : ['/bin/sh', '-c', '"$@" & sleep 1000000', 'sh'];
  const command = [...namespace, ...parent, process.execPath, MAIN_FILE, 'serve'];
  return startProgram('unshare', command, { PORT: '0', ...settings });
}

/** Starts `serve` and waits until its screen is there. */
export async function serve(settings: Record<string, string>): Promise<Command & { url: string }> {
  return served(start(['serve'], { PORT: '0', ...settings }));
}

/** Waits until the screen of a started `serve` is there. */
export async function served(command: Command): Promise<Command & { url: string }> {
  const url = await command.printed(/GraphQL\s+(\S+)\/graphql/);
  return { ...command, url };
}

/** The processes that have this text on their command line or in their environment, by /proc. */
export async function processesWith(text: string): Promise<string[]> {
  return (await findProcesses(text)).map(({ command }) => command);
}

/** Ends what a failed test has left running. */
export async function killProcessesWith(text: string): Promise<void> {
  await signalProcesses(text, /./, 'SIGKILL');
}

/** Sends the signal to those processes with this text whose command line matches. */
export async function signalProcesses(text: string, command: RegExp, signal: NodeJS.Signals): Promise<void> {
  for (const found of await findProcesses(text)) if (command.test(found.command)) signalProcess(found.pid, signal);
}

/** A process may have ended since it was found, as PostgreSQL's own do that have just begun and bear its name. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCodeOf(error) !== 'ESRCH') throw error;
  }
}

/** Only Linux tells of its processes by files: elsewhere none are found. */
async function findProcesses(text: string): Promise<{ pid: number; command: string }[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!`${command}${environment}`.includes(text)) return [];
      return [{ pid: Number(pid), command: command.replaceAll('\0', ' ') }];
    }),
  );
  return found.flat();
}

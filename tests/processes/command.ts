import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN_FILE = join(import.meta.dirname, '../../dist/main.js');

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
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [MAIN_FILE, ...args], {
    env: { PATH, HOME, LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let look: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      look();
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
        look = () => {
          const match = pattern.exec(output);
          if (match) resolve(match[1] ?? match[0]);
        };
        look();
        void ended.then((end) => reject(new Error(`It ended (${end}) before it printed ${pattern}:\n${output}`)));
      }),
  };
}

/** Starts `serve` and waits until its screen is there. */
export async function serve(settings: Record<string, string>): Promise<Command & { url: string }> {
  const command = start(['serve'], { PORT: '0', ...settings });
  const url = await command.printed(/GraphQL\s+(\S+)\/graphql/);
  return { ...command, url };
}

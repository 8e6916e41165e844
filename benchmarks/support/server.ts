import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server of the benchmark's own, as `npm start` would start it, on an empty folder. */
export interface BenchmarkServer {
  readonly url: string;
  /** From the start of the process to the screen that says it is running. */
  readonly startSeconds: number;
  /** What the process that answers has used of all cores so far; only on Linux, elsewhere Infinity. */
  cpuMilliseconds(): Promise<number>;
  stop(): Promise<void>;
}

const MAIN_FILE = join(import.meta.dirname, '../../dist/main.js');

/** Starts it on a free port. `directory` is kept where given, else made and removed. */
export async function startServer(directory?: string): Promise<BenchmarkServer> {
  const data = directory ?? (await mkdtemp(join(tmpdir(), 'trainyard-benchmark-')));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN_FILE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', DATA_DIRECTORY: data, LOG_LEVEL: 'warn' },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface(child.stdout)) {
    const url = /GraphQL\s+(\S+)\/graphql/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      startSeconds: (performance.now() - startedAt) / 1000,
      cpuMilliseconds: () => cpuMillisecondsOf(child.pid),
      async stop() {
        child.kill('SIGINT');
        await exited;
        if (directory === undefined) await rm(data, { recursive: true, force: true });
      },
    };
  }
  throw new Error('The server ended before it was running.');
}

async function cpuMillisecondsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return Number.POSITIVE_INFINITY;
  // The fields after the name in brackets, which may hold spaces; user and system time in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

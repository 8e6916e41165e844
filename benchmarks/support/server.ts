import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server of the benchmark's own, as `npm start` would start it, on an empty folder. */
export interface BenchmarkServer {
  readonly url: string;
  /** From the start of the process to the screen that says it is running. */
  readonly startSeconds: number;
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
      async stop() {
        child.kill('SIGINT');
        await exited;
        if (directory === undefined) await rm(data, { recursive: true, force: true });
      },
    };
  }
  throw new Error('The server ended before it was running.');
}

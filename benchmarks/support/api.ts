import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../tests/support/free-port.ts';
import type { BenchmarkDatabase } from './database.ts';
import type { HeapState } from './heap-hook.ts';

/** For a process whose heap is to be seen. */
export const LOOK_INSIDE = ['--expose-gc', '--import', new URL('heap-hook.ts', import.meta.url).href];

const MAIN_FILE = join(import.meta.dirname, '../../dist/main.js');

/** An API process of the build, started as in production. */
export interface BenchmarkApi {
  readonly url: string;
  readonly pid: number;
  /** What it has resident, in bytes. */
  residentBytes(): Promise<number>;
  /** What it has used of all cores so far. */
  cpuSeconds(): Promise<number>;
  /** What is alive in it; only of one that was started with `LOOK_INSIDE`. */
  heapState(): Promise<HeapState>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** Starts `dist/main.js api` on a free port. `nodeOptions` are for the Node.js that runs it. */
export async function startApi(
  { access, directory }: BenchmarkDatabase,
  nodeOptions: readonly string[] = [],
): Promise<BenchmarkApi> {
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeOptions, MAIN_FILE, 'api'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: access.appUrl,
      DATABASE_OWNER_URL: access.ownerUrl,
      DATA_DIRECTORY: directory,
      PORT: String(port),
      TOKEN_SECRET: randomBytes(32).toString('hex'),
      TOKEN_KEYS: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      LOG_LEVEL: 'warn',
      SHUTDOWN_GRACE_SECONDS: '0',
      // Here all are one user's, from one address.
      MAX_CONNECTIONS_PER_ADDRESS: '100000',
      MAX_SOCKETS_PER_USER: '100000',
      MAX_SUBSCRIPTIONS_PER_USER: '100000',
      MAX_OPERATIONS_PER_ACCOUNT: '1000000000',
      MAX_OPERATIONS_PER_ADDRESS: '1000000000',
    },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await untilItAnswers(url, child);
  const { pid } = child;
  if (pid === undefined) throw new Error('The API was not started.');
  return {
    url,
    pid,
    async residentBytes() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    async cpuSeconds() {
      // The fields after the name in brackets, which may hold spaces; user and system time in hundredths of a second.
      const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async heapState() {
      const state = once(child, 'message') as Promise<[HeapState]>;
      child.send('tell');
      return (await state)[0];
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('The API ended before it answered.');
    const answers = await fetch(`${url}/graphql?query={__typename}`, {
      headers: { 'apollo-require-preflight': 'true' },
    }).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts';

const MAIN_FILE = join(import.meta.dirname, '../../dist/main.js');

/** One API process and some workers on a PostgreSQL of the benchmark's own. */
export interface Cluster {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the processes of the build as an operator would, each by itself. `settings` are environment variables. */
export async function startCluster(workers: number, settings: Readonly<Record<string, string>>): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-cluster-'));
  await chmod(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'database'), durable: false });
  const environment = {
    ...process.env,
    SHUTDOWN_GRACE_SECONDS: '0',
    ...{ DATABASE_URL: postgres.ownerUrl, DATA_DIRECTORY: directory, PORT: '0', LOG_LEVEL: 'info' },
    ...settings,
  };
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(endChild));
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const url = await startChild('api', environment, children, ({ url: listening }) => listening);
    for (let n = 0; n < workers; n++) {
      await startChild('worker', environment, children, ({ msg }) => (msg === 'waiting for work' ? msg : undefined));
    }
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts a process and waits for the line of its log, which goes to stderr, that says it is ready. */
async function startChild(
  command: string,
  env: NodeJS.ProcessEnv,
  children: ChildProcess[],
  read: (line: { readonly msg?: string; readonly url?: string }) => string | undefined,
): Promise<string> {
  const child = spawn(process.execPath, [MAIN_FILE, command], { stdio: ['ignore', 'ignore', 'pipe'], env });
  children.push(child);
  const lines = createInterface(child.stderr);
  return await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const ready = line.startsWith('{') ? read(JSON.parse(line)) : undefined;
      if (ready !== undefined) resolve(ready);
    });
    lines.once('close', () => reject(new Error(`${command} ended before it was ready.`)));
  });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

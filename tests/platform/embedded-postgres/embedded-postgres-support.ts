import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, afterEach } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../src/platform/embedded-postgres/embedded-postgres.ts';
import { processIdentity } from '../../../src/platform/embedded-postgres/process-identity.ts';

export const isRoot = process.getuid?.() === 0;

const servers: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
const folders: string[] = [];
let template: Promise<string> | undefined;

/** Registers what ends and removes all that a test file has started and made; each file calls it. */
export function cleanUp(): void {
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
    }
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  afterAll(async () => {
    template = undefined;
    for (const folder of folders.splice(0)) {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

/** An empty folder that is removed after the file's tests, open to the user that runs PostgreSQL for root. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'embedded-postgres-')));
  await chmod(folder, 0o755);
  folders.push(folder);
  return folder;
}

/** A server that is stopped after the test. */
export async function start(directory: string, options?: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, durable: false, ...options });
  servers.push(server);
  return server;
}

/** A data folder with the table `note` of the one row {@link NOTE}: a copy, which is quicker than initialising. */
export async function folderWithNote(directory: string): Promise<void> {
  template ??= temporaryFolder().then(async (folder) => {
    const server = await startEmbeddedPostgres({ directory: join(folder, '.data'), durable: false });
    await query(server.ownerUrl, 'create table note as select 42 as number');
    await server.stop();
    return join(folder, '.data');
  });
  await promisify(execFile)('cp', ['-a', await template, directory]);
}

export const NOTE = [{ number: 42 }];

/** The table's rows. */
export async function readNote(server: EmbeddedPostgres): Promise<readonly Record<string, unknown>[]> {
  return query(server.ownerUrl, 'select number from note');
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/** Another Node process that starts PostgreSQL on the folder, prints the server's process id, and stays. */
export function startInChildProcess(directory: string): { child: ChildProcess; serverPid: Promise<number> } {
  const source = fileURLToPath(
    new URL('../../../src/platform/embedded-postgres/embedded-postgres.ts', import.meta.url),
  );
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(source)};
    const server = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, durable: false });
    console.log(server.pid);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const serverPid = child.stdout
    ? once(child.stdout, 'data').then(([output]) => Number.parseInt(String(output), 10))
    : Promise.reject(new Error('no standard output'));
  return { child, serverPid };
}

export async function isRunning(pid: number): Promise<boolean> {
  return (await processIdentity(pid)) !== null;
}

/** The command lines of all processes that name the text; Linux only. */
export async function commandsNaming(text: string): Promise<string[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(names.map((name) => readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')));
  return commands.map((command) => command.replaceAll('\0', ' ')).filter((command) => command.includes(text));
}

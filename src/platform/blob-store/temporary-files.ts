import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity, processNamespace } from '../embedded-postgres/process-identity.ts';
import { makeFolder } from '../make-folder.ts';

/** Age after which files are removed if it cannot be determined whether their process is alive. */
const STALE_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Interval of the search for files of dead processes. */
const SWEEP_MILLISECONDS = 10 * 60 * 1000;

/** Temporary files and folders of this process, in a folder that it may share with others, also on other machines. */
export interface TemporaryFiles {
  /** A unique path, which contains the identity of this process. */
  newPath(): string;
  close(): void;
}

/**
 * Opens the folder, creates it if it is missing, and removes leftovers of processes that have ended: now, and every ten
 * minutes.
 */
export async function openTemporaryFiles(directory: string): Promise<TemporaryFiles> {
  await makeFolder(directory, 0o700);
  const identity = await processIdentity(process.pid);
  const { host, boot, namespace } = await processNamespace();
  // A process that cannot identify even itself gets an owner of its own, so that others are removed by their age only.
  const owner = identity === null || boot === '' ? randomUUID() : digest(`${host} ${boot} ${namespace}`);
  const self = `${owner}.${process.pid}.${digest(identity ?? '')}`;
  // What one sweep cannot remove is left to the next one.
  const sweep = () => removeLeftovers(directory, owner).catch(() => undefined);
  await sweep();
  const timer = setInterval(() => void sweep(), SWEEP_MILLISECONDS).unref();
  return { newPath: () => join(directory, `${self}.${randomUUID()}`), close: () => clearInterval(timer) };
}

async function removeLeftovers(directory: string, namespace: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (await isLeftover(path, name, namespace)) await rm(path, { recursive: true, force: true });
  }
}

async function isLeftover(path: string, name: string, namespace: string): Promise<boolean> {
  const [owner, pid, identity] = name.split('.');
  if (owner !== namespace) return Date.now() - (await lastWrite(path)) > STALE_MILLISECONDS;
  const living = await processIdentity(Number(pid));
  return living === null || digest(living) !== identity;
}

/** Last modification of a file, or of the files in a folder, in milliseconds; infinity for one that is gone. */
async function lastWrite(path: string): Promise<number> {
  const inside = await readdir(path).catch(() => []);
  const times = [path, ...inside.map((name) => join(path, name))].map(async (each) => {
    return (await stat(each).catch(() => null))?.mtimeMs ?? 0;
  });
  return Math.max(...(await Promise.all(times))) || Number.POSITIVE_INFINITY;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

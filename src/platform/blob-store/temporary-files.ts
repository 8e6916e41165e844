import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity, processPlace } from '../embedded-postgres/process-identity.ts';
import { makeFolder } from '../make-folder.ts';

/** Where it cannot be told whether a process lives: what nobody has written to for so long belongs to no living one. */
const STALE_MILLISECONDS = 24 * 60 * 60 * 1000;

/** How often files of processes that have died meanwhile are looked for. */
const SWEEP_MILLISECONDS = 10 * 60 * 1000;

/** Temporary files and folders of this process, in a folder that it may share with others, also on other machines. */
export interface TemporaryFiles {
  /** A path that nobody else is given. It bears the name of this process, by which a later one can tell whose it was. */
  newPath(): string;
  close(): void;
}

/**
 * Opens the folder, makes it where it is missing, and removes what processes that have ended have left in it: now, and
 * every ten minutes.
 */
export async function openTemporaryFiles(directory: string): Promise<TemporaryFiles> {
  await makeFolder(directory, 0o700);
  const identity = await processIdentity(process.pid);
  const { host, boot, namespace } = await processPlace();
  // Where a process cannot see even itself, none is taken for dead: a home of its own leaves all others to their age.
  const home = identity === undefined || boot === '' ? randomUUID() : digest(`${host} ${boot} ${namespace}`);
  const self = `${home}.${process.pid}.${digest(identity ?? '')}`;
  // What one sweep cannot remove is left to the next.
  const sweep = () => removeLeftovers(directory, home).catch(() => undefined);
  await sweep();
  const timer = setInterval(() => void sweep(), SWEEP_MILLISECONDS).unref();
  return { newPath: () => join(directory, `${self}.${randomUUID()}`), close: () => clearInterval(timer) };
}

async function removeLeftovers(directory: string, home: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (await isLeftover(path, name, home)) await rm(path, { recursive: true, force: true });
  }
}

async function isLeftover(path: string, name: string, home: string): Promise<boolean> {
  const [owner, pid, identity] = name.split('.');
  if (owner !== home) return Date.now() - (await lastWrite(path)) > STALE_MILLISECONDS;
  const living = await processIdentity(Number(pid));
  return living === undefined || digest(living) !== identity;
}

/** When a file, or a file in a folder, was last written to, in milliseconds; that of one that is gone lies ahead. */
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

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type FileHandle, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, USE_DATABASE_URL } from './embedded-postgres-error.ts';
import { tryKernelLock } from './kernel-lock.ts';
import { type LockRecord, parseRecord, RECORD_BYTES, type ServerRecord } from './lock-record.ts';
import { isSameNamespace, type ProcessNamespace, processIdentity, processNamespace } from './process-identity.ts';

/**
 * Interval at which the owner rewrites its record, so that an owner on another machine can be told from one that has ended.
 */
const BEAT_MILLISECONDS = 5_000;

/**
 * Six intervals: an owner on another machine, whose kernel locks may not be visible here, is considered dead after this
 * silence.
 */
const SILENCE_MILLISECONDS = 30_000;

/** The lock on a data folder, held by this process. */
export interface DataLock {
  /** The server of the previous owner; null if there was none. */
  readonly earlierServer: ServerRecord | null;
  /** Records the server that runs on the data; returns when that is written. */
  recordServer(processId: number): void;
  /** Calls back once if another process took the folder nevertheless, which no kernel that sees both allows. */
  onLost(callback: () => void): void;
  release(): Promise<void>;
}

/**
 * Takes the kernel's lock on the file for this process: no other process, in whatever container, gets it until this one
 * releases it or ends. The file remains, and says who holds or last held the lock.
 *
 * @throws EmbeddedPostgresError `IN_USE` while another process, or this one, holds the lock.
 */
export async function acquireLock(path: string, onLog: (line: string) => void): Promise<DataLock> {
  const place = await processNamespace();
  const file = await tryKernelLock(path, { create: true });
  if (file === null) throw inUse(path, parseRecord(await readFile(path, 'utf8')), place);
  try {
    const earlier = parseRecord(await readFile(path, 'utf8'));
    if (earlier !== null && (await mayBeAlive(path, earlier, place, onLog))) throw inUse(path, earlier, place);
    return new HeldLock(path, file, place, earlier?.server ?? null, await processIdentity(process.pid));
  } catch (error) {
    await file.close();
    throw error;
  }
}

class HeldLock implements DataLock {
  readonly earlierServer: ServerRecord | null;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #place: ProcessNamespace;
  readonly #timer: NodeJS.Timeout;
  #record: LockRecord;
  #onLost: () => void = () => undefined;

  constructor(
    path: string,
    file: FileHandle,
    place: ProcessNamespace,
    earlierServer: ServerRecord | null,
    identity: string | null,
  ) {
    this.#path = path;
    this.#file = file;
    this.#place = place;
    this.earlierServer = earlierServer;
    this.#record = { token: randomUUID(), place, pid: process.pid, identity, server: earlierServer };
    this.#write();
    this.#timer = setInterval(() => void this.#beat(), BEAT_MILLISECONDS).unref();
  }

  recordServer(processId: number): void {
    this.#record = { ...this.#record, server: { pid: processId, place: this.#place } };
    this.#write();
  }

  onLost(callback: () => void): void {
    this.#onLost = callback;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#record = { ...this.#record, pid: null };
    try {
      this.#write();
    } catch {
      // The kernel's lock is what counts. On another machine the next start waits until this owner has been silent.
    }
    await this.#file.close();
  }

  async #beat(): Promise<void> {
    const current = await readFile(this.#path, 'utf8').catch(() => null);
    if (current !== null && parseRecord(current)?.token !== this.#record.token) {
      clearInterval(this.#timer);
      this.#onLost();
      return;
    }
    try {
      this.#write();
    } catch {
      // Failing to write the file for a while does not affect the lock.
    }
  }

  /** A single write of constant length: a reader sees either the old or the new record, and it needs no disk space. */
  #write(): void {
    writeSync(this.#file.fd, JSON.stringify(this.#record).padEnd(RECORD_BYTES), 0);
  }
}

/**
 * Whether the process of the record may be alive although the kernel's lock is free: it is of a version without such a lock,
 * or on another machine whose locks are not visible here.
 */
async function mayBeAlive(
  path: string,
  { pid, place: theirs, identity }: LockRecord,
  ours: ProcessNamespace,
  onLog: (line: string) => void,
): Promise<boolean> {
  if (pid === null) return false;
  if (theirs === null) return identity !== null && (await processIdentity(pid)) === identity;
  if (theirs.boot === ours.boot && ours.boot !== '') return false;
  return await stillBeats(path, onLog);
}

/** Waits until the file has not been written for long enough; true if it is written meanwhile. */
async function stillBeats(path: string, onLog: (line: string) => void): Promise<boolean> {
  const before = (await stat(path)).mtimeMs;
  const silence = (await fileSystemTime(path)) - before;
  const wait = Math.min(SILENCE_MILLISECONDS - silence, SILENCE_MILLISECONDS);
  if (wait <= 0) return false;
  onLog(`waiting ${Math.ceil(wait / 1000)} s: ${path} was written on another machine, or before a restart of this one`);
  const deadline = performance.now() + wait;
  while (performance.now() < deadline) {
    await delay(Math.min(1_000, wait));
    if ((await stat(path)).mtimeMs !== before) return true;
  }
  return false;
}

/** The time by the clock of the file system, which may be another machine's. */
async function fileSystemTime(beside: string): Promise<number> {
  const path = `${beside}.${randomUUID()}`;
  await writeFile(path, '');
  try {
    return (await stat(path)).mtimeMs;
  } finally {
    await rm(path, { force: true });
  }
}

function inUse(path: string, owner: LockRecord | null, ours: ProcessNamespace): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'IN_USE',
    `The embedded PostgreSQL's data folder is in use by another Trainyard, ${describe(owner, ours)} (${path}).`,
    `Stop that one first, or give this one a data folder of its own. ${USE_DATABASE_URL}`,
  );
}

function describe(owner: LockRecord | null, ours: ProcessNamespace): string {
  if (owner === null || owner.pid === null) return 'which has just started';
  if (owner.place === null || isSameNamespace(owner.place, ours)) return `process ${owner.pid}`;
  return `process ${owner.pid} of another container or machine (${owner.place.host})`;
}

/**
 * Takes the kernel lock that every process of the database inherits and holds until it ends. Null while such a process lives,
 * wherever it runs. The lock is on a file of the data that is never replaced, so it is lost only together with them.
 */
export async function tryServerLock(dataFolder: string): Promise<FileHandle | null> {
  return await tryKernelLock(`${dataFolder}/PG_VERSION`, { create: false });
}

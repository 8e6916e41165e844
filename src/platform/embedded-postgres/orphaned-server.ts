import { type FileHandle, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataFolder } from './data-folder.ts';
import { tryServerLock } from './data-lock.ts';
import { EmbeddedPostgresError, USE_DATABASE_URL, undefinedIfMissing } from './embedded-postgres-error.ts';
import type { ServerRecord } from './lock-record.ts';
import { isSameNamespace, processNamespace, seesWholeMachine } from './process-identity.ts';
import {
  dataFolderProcesses,
  FAST_SHUTDOWN_TIME,
  IMMEDIATE_SHUTDOWN_TIME,
  sendSignal,
  waitForEnd,
} from './server-process.ts';

/** Interval of trying the lock while an earlier server ends, in milliseconds. */
const POLL_INTERVAL = 20;

/**
 * Stops the server that an earlier process left running on the data folder, waits until the last of its processes has ended,
 * and cleans up after a crash. The caller holds the lock on the folder.
 *
 * @returns the server lock, which each process of the next server inherits.
 * @throws EmbeddedPostgresError `IN_USE` if a process of the database lives, or may live, that cannot be stopped from here;
 *   nothing has been changed then.
 */
export async function takeOver(
  folder: DataFolder,
  earlierServer: ServerRecord | null,
  onLog: (line: string) => void,
): Promise<FileHandle> {
  await stopOrphan(folder, onLog);
  const lock = await waitForServerLock(folder);
  try {
    await clearPidFile(folder, earlierServer);
    return lock;
  } catch (error) {
    await lock.close();
    throw error;
  }
}

async function pidOf(folder: DataFolder): Promise<number | undefined> {
  const content = await readFile(join(folder.path, 'postmaster.pid'), 'latin1').catch(undefinedIfMissing);
  // Negative for a server in single-user mode; not a number if a system crash left the file empty.
  return content === undefined ? undefined : Math.abs(Number.parseInt(content, 10)) || 0;
}

async function stopOrphan(folder: DataFolder, onLog: (line: string) => void): Promise<void> {
  const pid = await pidOf(folder);
  if (pid === undefined || !(await dataFolderProcesses(folder.path, folder.account)).includes(pid)) return;
  onLog(`stopping the PostgreSQL server that an earlier process left running (process ${pid})`);
  sendSignal(pid, 'SIGINT');
  if (await waitForEnd(pid, FAST_SHUTDOWN_TIME)) return;
  sendSignal(pid, 'SIGQUIT');
  if (await waitForEnd(pid, IMMEDIATE_SHUTDOWN_TIME)) return;
  throw new EmbeddedPostgresError(
    'IN_USE',
    `The PostgreSQL server that an earlier process left running does not stop (process ${pid}).`,
    `End it with \`kill -9 ${pid}\` and start again. ${USE_DATABASE_URL}`,
  );
}

/** Children of a killed server live on while they are busy. A server in another container ends soon after its parent. */
async function waitForServerLock(folder: DataFolder): Promise<FileHandle> {
  const deadline = performance.now() + FAST_SHUTDOWN_TIME + IMMEDIATE_SHUTDOWN_TIME;
  for (let attempt = 0; ; attempt += 1) {
    const lock = await tryServerLock(folder.path);
    if (lock !== null) return lock;
    if (attempt === 0) await stopLeftChildren(folder);
    else if (performance.now() < deadline) await delay(POLL_INTERVAL);
    else break;
  }
  throw new EmbeddedPostgresError(
    'IN_USE',
    `Processes of an earlier PostgreSQL server still run on ${folder.path}, in another container or machine.`,
    `Stop that container, and start again. ${USE_DATABASE_URL}`,
  );
}

/** Ends the database processes that are visible from here. */
export async function stopLeftChildren(folder: DataFolder): Promise<void> {
  const pids = await dataFolderProcesses(folder.path, folder.account);
  for (const pid of pids) {
    sendSignal(pid, 'SIGQUIT');
  }
  await Promise.all(pids.map((pid) => waitForEnd(pid, IMMEDIATE_SHUTDOWN_TIME)));
}

/**
 * PostgreSQL refuses to start if another process of the same user has got the process id of a leftover pid file, or if the
 * file is empty. The file is removed only if its server has certainly ended: it was started under the server lock, which is
 * ours now, or it would be visible from here. PostgreSQL itself takes any invisible process for ended.
 */
async function clearPidFile(folder: DataFolder, earlierServer: ServerRecord | null): Promise<void> {
  const pid = await pidOf(folder);
  if (pid === undefined) return;
  const here = await processNamespace();
  const path = join(folder.path, 'postmaster.pid');
  const hasEnded =
    earlierServer?.pid === pid ||
    (earlierServer !== null && isSameNamespace(earlierServer.place, here)) ||
    seesWholeMachine(here);
  if (!hasEnded) {
    throw new EmbeddedPostgresError(
      'IN_USE',
      `${path} names a PostgreSQL server (process ${pid}) that may still run in another container.`,
      `Stop it; if none runs there any more, remove that file, and start again. ${USE_DATABASE_URL}`,
    );
  }
  await rm(path, { force: true });
}

import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import {
  EmbeddedPostgresError,
  systemErrorCode,
  USE_DATABASE_URL,
  undefinedIfMissing,
} from './embedded-postgres-error.ts';
import { processIdentity } from './process-identity.ts';

interface LockOwner {
  readonly pid: number;
  readonly identity: string | undefined;
}

function parseOwner(content: string): LockOwner | undefined {
  try {
    const owner: unknown = JSON.parse(content);
    if (typeof owner === 'object' && owner !== null && 'pid' in owner && typeof owner.pid === 'number') {
      return {
        pid: owner.pid,
        identity: 'identity' in owner && typeof owner.identity === 'string' ? owner.identity : undefined,
      };
    }
  } catch {
    // Not JSON: nobody's lock.
  }
  return undefined;
}

/**
 * Takes the lock file for this process and returns what gives it back. It holds the owner's process id and start time,
 * so that the lock of a process that died is seen to be stale even when its id has been given to another one.
 *
 * @throws EmbeddedPostgresError `IN_USE` while the owner lives, this process included.
 */
export async function acquireLock(path: string): Promise<() => Promise<void>> {
  const owner: LockOwner = { pid: process.pid, identity: await processIdentity(process.pid) };
  const token = randomBytes(6).toString('hex');
  const content = JSON.stringify({ ...owner, token });
  const draft = `${path}.${token}`;
  // A link appears with its whole content or not at all, which creating and then writing the file would not do.
  await writeFile(draft, content, { mode: 0o644 });
  try {
    while (!(await linkUnlessExists(draft, path))) {
      await removeIfStale(path);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(path, 'utf8').catch(undefinedIfMissing)) === content) {
      await rm(path, { force: true });
    }
  };
}

async function removeIfStale(path: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(undefinedIfMissing);
  if (content === undefined) {
    return;
  }
  const owner = parseOwner(content);
  if (owner && (await processIdentity(owner.pid)) === (owner.identity ?? '')) {
    throw new EmbeddedPostgresError(
      'IN_USE',
      `The embedded PostgreSQL's data folder is in use by another Trainyard, process ${owner.pid} (${path}).`,
      `Stop that one first, or give this one a data folder of its own. ${USE_DATABASE_URL}`,
    );
  }
  // Another start may have judged the same lock and replaced it since. So only who holds a second lock removes a stale
  // one, and only the one it judged; that second lock can be left behind by a crash like any other.
  const release = await acquireLock(`${path}.takeover`);
  if ((await readFile(path, 'utf8').catch(undefinedIfMissing)) === content) {
    await rm(path, { force: true });
  }
  await release();
}

async function linkUnlessExists(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedPostgresError, USE_DATABASE_URL } from './embedded-postgres-error.ts';

/** The user that PostgreSQL runs as, if it is not the user of this process. */
export interface Account {
  readonly userId: number;
  readonly groupId: number;
}

/** PostgreSQL refuses to run as root; as root, another user runs it. */
export function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The system user that runs PostgreSQL for root: `postgres` if it exists, else `nobody`.
 *
 * @throws EmbeddedPostgresError `NOT_PERMITTED` if neither exists.
 */
export async function unprivilegedAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const entry = lines.find(([name]) => name === wanted);
    const userId = Number(entry?.[2]);
    const groupId = Number(entry?.[3]);
    if (userId > 0 && groupId > 0) {
      return { userId, groupId };
    }
  }
  throw new EmbeddedPostgresError(
    'NOT_PERMITTED',
    'PostgreSQL does not run as root, and this system has neither a user `postgres` nor a user `nobody` to run it as.',
    `Start Trainyard as an ordinary user. ${USE_DATABASE_URL}`,
  );
}

/** The permissions that {@link isAllowed} checks: the bits of one `rwx` digit of a mode. */
export const READ = 4;
export const TRAVERSE = 1;

/**
 * Whether the mode of the file or folder gives the account these permissions. Access control lists are ignored: they are rare
 * on these folders, and a wrong "no" only costs a copy.
 */
export async function isAllowed(path: string, account: Account, rights: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const shift = uid === account.userId ? 6 : gid === account.groupId ? 3 : 0;
  return ((mode >> shift) & rights) === rights;
}

/** Whether the account can enter the folder and all of its parents. */
export async function canReach(folder: string, account: Account): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (!(await isAllowed(path, account, TRAVERSE))) {
      return false;
    }
    if (path === dirname(path)) {
      return true;
    }
  }
}

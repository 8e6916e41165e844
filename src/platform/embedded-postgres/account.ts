import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedPostgresError, USE_DATABASE_URL } from './embedded-postgres-error.ts';

/** The user that PostgreSQL runs as where it is not the user of this process. */
export interface Account {
  readonly userId: number;
  readonly groupId: number;
}

/** PostgreSQL refuses to run as root, so root hands it to another user. */
export function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The existing system user that runs PostgreSQL for root: `postgres` where there is one, else `nobody`.
 *
 * @throws EmbeddedPostgresError `NOT_PERMITTED` where the system has neither.
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

/** What {@link isAllowed} asks for: the bits of one `rwx` digit of a mode. */
export const READ = 4;
export const TRAVERSE = 1;

/**
 * Whether the account has the given rights on the file or folder itself, by its mode. Access control lists are not
 * looked at: they are rare on the folders in question, and a wrong "no" only costs a copy.
 */
export async function isAllowed(path: string, account: Account, rights: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const shift = uid === account.userId ? 6 : gid === account.groupId ? 3 : 0;
  return ((mode >> shift) & rights) === rights;
}

/** Whether the account can enter the folder: every folder from `/` down to and with this one lets it through. */
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

import { randomBytes } from 'node:crypto';
import {
  chown,
  type FileHandle,
  lstat,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Account, canReach, runsAsRoot, unprivilegedAccount } from './account.ts';
import { type Binaries, makePassableFolder } from './binaries.ts';
import {
  EmbeddedPostgresError,
  programError,
  USE_DATABASE_URL,
  undefinedIfMissing,
} from './embedded-postgres-error.ts';
import { runProgram } from './server-process.ts';

/** The superuser of the embedded PostgreSQL. */
export const SUPERUSER = 'trainyard';

/** The database that initdb creates; a second one would delay the first start by 50 ms. */
export const DATABASE = 'postgres';

const DRAFT_PREFIX = 'postgres-initialising-';

/** The location of PostgreSQL's data. */
export interface DataFolder {
  /** With symbolic links resolved. */
  readonly path: string;
  /** The user that runs PostgreSQL; null for the user of this process. */
  readonly account: Account | null;
  readonly initialised: boolean;
}

/**
 * Locates the data folder `<directory>/postgres`, or a place for it. As root, data that PostgreSQL's user cannot reach there
 * are kept in (or moved to) `systemDirectory`, and `<directory>/postgres` is a link to them.
 */
export async function locateDataFolder(directory: string, systemDirectory: string): Promise<DataFolder> {
  const path = join(directory, 'postgres');
  const entry = await lstat(path).catch(undefinedIfMissing);
  if (!entry) {
    return locateNewFolder(path, systemDirectory);
  }
  const target = await realpath(path).catch(undefinedIfMissing);
  if (target === undefined) {
    throw new EmbeddedPostgresError(
      'START_FAILED',
      `${path} is a link to a data folder that is gone.`,
      `Bring the data back, or remove the link to begin with an empty database. ${USE_DATABASE_URL}`,
    );
  }
  // A folder that may not be listed belongs to somebody else, which is reported below.
  const names = await readdir(target).catch(() => undefined);
  if (names?.length === 0) {
    await rmdir(target);
    return entry.isSymbolicLink()
      ? { path: target, account: runsAsRoot() ? await unprivilegedAccount() : null, initialised: false }
      : locateNewFolder(path, systemDirectory);
  }
  const account = await ownerOfData(target);
  if (account === null || (await canReach(dirname(target), account))) {
    return { path: target, account, initialised: true };
  }
  const reachable = await newSystemFolder(path, systemDirectory);
  await moveFolder(target, reachable);
  await rm(path, { force: true });
  await symlink(reachable, path);
  return { path: reachable, account, initialised: true };
}

async function locateNewFolder(path: string, systemDirectory: string): Promise<DataFolder> {
  if (!runsAsRoot()) {
    return { path, account: null, initialised: false };
  }
  const account = await unprivilegedAccount();
  const reachable = (await canReach(dirname(path), account)) ? path : await newSystemFolder(path, systemDirectory);
  return { path: reachable, account, initialised: false };
}

/**
 * A unique name for each new database, never derived from the project's path: if a project is moved, its link moves along,
 * and another project in the old place must not get its data.
 */
async function newSystemFolder(link: string, systemDirectory: string): Promise<string> {
  const project = basename(dirname(dirname(link))) || 'trainyard';
  const parent = join(systemDirectory, 'databases', `${project}-${randomBytes(4).toString('hex')}`);
  for (const folder of [systemDirectory, dirname(parent), parent]) {
    await makePassableFolder(folder);
  }
  return join(await realpath(parent), 'postgres');
}

/** As root, PostgreSQL runs as the owner of the data; otherwise the process must own them. */
async function ownerOfData(path: string): Promise<Account | null> {
  const { uid, gid } = await stat(path);
  if (runsAsRoot() ? uid !== 0 : uid === process.getuid?.()) {
    if (await stat(join(path, 'PG_VERSION')).catch(undefinedIfMissing)) {
      return runsAsRoot() ? { userId: uid, groupId: gid } : null;
    }
    throw new EmbeddedPostgresError(
      'START_FAILED',
      `${path} is not empty, and holds no PostgreSQL database.`,
      `Move it away to begin with an empty database. ${USE_DATABASE_URL}`,
    );
  }
  const remedy = runsAsRoot()
    ? `Give it to the user that runs PostgreSQL: chown -R ${(await unprivilegedAccount()).userId} ${path}`
    : 'Start Trainyard as that user, or give the folder to yours (chown -R)';
  throw new EmbeddedPostgresError(
    'NOT_PERMITTED',
    `The data folder ${path} belongs to the user with id ${uid}.`,
    `${remedy}. ${USE_DATABASE_URL}`,
  );
}

async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'NOT_PERMITTED',
      `The user who runs PostgreSQL cannot reach ${from}, and it could not be moved to ${to}: ${String(error)}.`,
      `Move it there yourself, and make ${from} a link to it. ${USE_DATABASE_URL}`,
      { cause: error },
    );
  }
}

/**
 * Initialises the database in a folder beside its final place and renames that when it is complete (and, if durable, on
 * disk), so that an interrupted start leaves only a folder that the next start removes. Takes about 0.8 s, and 0.15 s more to
 * reach the disk.
 */
export async function initialise(
  folder: DataFolder,
  binaries: Binaries,
  options: { password: string; durable: boolean },
): Promise<void> {
  const parent = dirname(folder.path);
  const draft = await mkdtemp(join(parent, DRAFT_PREFIX));
  try {
    const passwordFile = join(draft, 'password');
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (folder.account) {
      await chown(passwordFile, folder.account.userId, folder.account.groupId);
      await chown(draft, folder.account.userId, folder.account.groupId);
    }
    const data = join(draft, 'data');
    const { succeeded, stderr } = await runProgram(
      binaries.initdb,
      [
        `--pgdata=${data}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // PostgreSQL's own C.UTF-8 sorts and changes case the same on every system, and is always available.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        // Statistics on its own small tables take a twentieth of initdb's time; the server runs with the default.
        '--set=default_statistics_target=1',
        ...(options.durable ? [] : ['--no-sync']),
      ],
      { account: folder.account },
    );
    if (!succeeded) {
      throw programError('INITDB_FAILED', 'initdb', stderr);
    }
    await rename(data, folder.path);
    if (options.durable) {
      await syncFolder(parent);
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Removes the leftovers of interrupted starts. The caller holds the lock, so nobody uses such a folder. */
export async function removeDrafts(parent: string): Promise<void> {
  const drafts = (await readdir(parent)).filter((name) => name.startsWith(DRAFT_PREFIX));
  for (const name of drafts) {
    // An initdb whose parent was killed may still be writing; a later start then removes the rest.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Makes `<directory>/postgres` lead to the data, wherever they are. */
export async function linkDataFolder(directory: string, folder: DataFolder): Promise<void> {
  const path = join(directory, 'postgres');
  if (folder.path !== path && !(await lstat(path).catch(undefinedIfMissing))) {
    await symlink(folder.path, path);
  }
}

/** The superuser's password in `<directory>/postgres-password`; `created`: whether it was missing and is new. */
export async function superuserPassword(directory: string): Promise<{ password: string; created: boolean }> {
  const path = join(directory, 'postgres-password');
  const kept = (await readFile(path, 'utf8').catch(undefinedIfMissing))?.trim();
  if (kept) {
    return { password: kept, created: false };
  }
  const password = randomBytes(24).toString('base64url');
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${password}\n`, { mode: 0o600, flush: true });
  await rename(draft, path);
  return { password, created: true };
}

/** Sets a new superuser password in a stopped database, for a data folder whose password file was lost. */
export async function resetPassword(
  folder: DataFolder,
  binaries: Binaries,
  password: string,
  lock: FileHandle,
): Promise<void> {
  const { succeeded, stderr } = await runProgram(binaries.postgres, ['--single', '-D', folder.path, DATABASE], {
    account: folder.account,
    lock,
    input: `ALTER ROLE ${SUPERUSER} PASSWORD '${password}';\n`,
  });
  if (!succeeded) {
    throw programError('START_FAILED', 'postgres --single', stderr);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

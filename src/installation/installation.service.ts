import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultError } from '../platform/fault.ts';
import {
  ensureInstallationId as ensureIdOfFolder,
  InstallationError,
  installationFile,
  readInstallationId,
} from '../platform/installation-id.ts';
import type { Database } from '../platform/postgres/database.ts';
import {
  ensureInstallationId as ensureIdOfDatabase,
  fillTemporaryFile,
  findInstallationId,
  hasHadFiles,
  writeAndRemove,
} from './installation.store.ts';

/** How often the database is asked to find room for a temporary file, which takes it some 10 ms. */
const DISK_CHECK_MILLISECONDS = 10_000;

/**
 * A database and a folder of files that belong together: both bear one id. A folder that is not the shared one, or was not
 * mounted, is noticed by that before anybody misses a file.
 */
export class Installation {
  readonly #database: Database;
  readonly #directory: string;
  readonly #id: string;
  #diskCheckedAt = Number.NEGATIVE_INFINITY;

  private constructor(database: Database, directory: string, id: string) {
    this.#database = database;
    this.#directory = directory;
    this.#id = id;
  }

  /**
   * Compares the two ids, and makes them at the first start of all. Throws InstallationError where the database counts on
   * files that this folder cannot have.
   */
  static async open(database: Database, directory: string): Promise<Installation> {
    const { known, hasFiles } = await database.transaction({ maintenance: true }, async (tx) => ({
      known: await findInstallationId(tx),
      hasFiles: await hasHadFiles(tx),
    }));
    // After the database: whoever makes the ids gives the folder its own first.
    const inFolder = await readInstallationId(directory);
    // Files of an earlier version, which knew of no ids, are recognized by there being any.
    const lacksFiles = hasFiles && (known !== null || (await isWithoutFiles(directory)));
    if (inFolder === null && lacksFiles) throw noInstallation(directory, known ?? randomUUID());
    const id = inFolder ?? (await ensureIdOfFolder(directory, known ?? randomUUID()));
    // A database that has none takes the folder's: it may have been restored from an old backup.
    const agreed = known ?? (await database.transaction({ maintenance: true }, (tx) => ensureIdOfDatabase(tx, id)));
    if (agreed !== id) throw otherInstallation(directory, agreed);
    return new Installation(database, directory, id);
  }

  /** Throws where the folder is not the one that it was at the start. */
  async checkFolder(): Promise<void> {
    const inFolder = await readInstallationId(this.#directory);
    if (inFolder === null) throw new FaultError('NO_INSTALLATION');
    if (inFolder !== this.#id) throw new FaultError('OTHER_INSTALLATION');
  }

  /** Throws where the database is not the one that it was, takes no row, or now and then, has no room left. */
  async checkDatabase(): Promise<void> {
    const now = performance.now();
    const checksDisk = now - this.#diskCheckedAt >= DISK_CHECK_MILLISECONDS;
    await this.#database.transaction({ maintenance: true }, async (tx) => {
      if ((await findInstallationId(tx)) !== this.#id) throw new FaultError('OTHER_INSTALLATION');
      await writeAndRemove(tx, randomUUID());
      if (checksDisk) await fillTemporaryFile(tx);
    });
    // A failure is looked into again the next time.
    if (checksDisk) this.#diskCheckedAt = now;
  }
}

async function isWithoutFiles(directory: string): Promise<boolean> {
  const names = await readdir(join(directory, 'blobs')).catch(() => []);
  return names.every((name) => name.startsWith('.'));
}

function noInstallation(directory: string, id: string): InstallationError {
  return new InstallationError(
    `The database knows of files that are not in ${directory}. Set DATA_DIRECTORY to the folder that has them, which all ` +
      `processes share; to go on without them, write ${id} into ${installationFile(directory)}.`,
  );
}

function otherInstallation(directory: string, id: string): InstallationError {
  return new InstallationError(
    `The folder ${directory} belongs to another database: its file ${installationFile(directory)} does not say ${id}. ` +
      'Set DATA_DIRECTORY and DATABASE_URL to a folder and a database of one installation.',
  );
}

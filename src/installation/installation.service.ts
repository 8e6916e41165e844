import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import { FaultError } from '../platform/fault.ts';
import { InstallationError } from '../platform/installation-id.ts';
import type { Database } from '../platform/postgres/database.ts';
import {
  ensureInstallationId,
  fillTemporaryFile,
  findInstallationId,
  hasHadFiles,
  writeAndRemove,
} from './installation.store.ts';

/** Interval of the disk check of the database, which takes it about 10 ms. */
const DISK_CHECK_MILLISECONDS = 10_000;

/** The parts of the store that identify it. */
type MarkedStore = Pick<BlobStore, 'location' | 'marker' | 'list'>;

/**
 * A database and a file store that belong together: both hold the same id. An unmounted or wrong folder, or the bucket of
 * another database, is detected before a file is missed.
 */
export class Installation {
  readonly #database: Database;
  readonly #store: MarkedStore;
  readonly #id: string;
  #diskCheckedAt = Number.NEGATIVE_INFINITY;

  private constructor(database: Database, store: MarkedStore, id: string) {
    this.#database = database;
    this.#store = store;
    this.#id = id;
  }

  /**
   * Compares the two ids, and creates them at the first start. Throws InstallationError if the database refers to files
   * that this store cannot have.
   */
  static async open(database: Database, store: MarkedStore): Promise<Installation> {
    const { known, hasFiles } = await database.transaction({ maintenance: true }, async (tx) => ({
      known: await findInstallationId(tx),
      hasFiles: await hasHadFiles(tx),
    }));
    // After the database: once it refers to files, the store has its id.
    const inStore = await store.marker.find();
    // Earlier versions had no ids: their stores are recognized by holding any files.
    const lacksFiles = hasFiles && (known !== null || (await isWithoutFiles(store)));
    if (inStore === null && lacksFiles) throw noInstallation(store, known ?? randomUUID());
    // The database decides if several processes start at once: not every object store can. A database without an id
    // takes the store's, since it may have been restored from an old backup.
    const proposed = inStore ?? randomUUID();
    const agreed =
      known ?? (await database.transaction({ maintenance: true }, (tx) => ensureInstallationId(tx, proposed)));
    const id = inStore ?? (await store.marker.claim(agreed));
    if (agreed !== id) throw otherInstallation(store, agreed);
    return new Installation(database, store, id);
  }

  /** Throws if the store is no longer the one it was at the start. */
  async checkStore(): Promise<void> {
    const inStore = await this.#store.marker.find();
    if (inStore === null) throw new FaultError('NO_INSTALLATION');
    if (inStore !== this.#id) throw new FaultError('OTHER_INSTALLATION');
  }

  /** Throws if the database is no longer the same, accepts no writes or, as checked now and then, has no disk space. */
  async checkDatabase(): Promise<void> {
    const now = performance.now();
    const checksDisk = now - this.#diskCheckedAt >= DISK_CHECK_MILLISECONDS;
    await this.#database.transaction({ maintenance: true }, async (tx) => {
      if ((await findInstallationId(tx)) !== this.#id) throw new FaultError('OTHER_INSTALLATION');
      await writeAndRemove(tx, randomUUID());
      if (checksDisk) await fillTemporaryFile(tx);
    });
    // After a failure the next call checks again.
    if (checksDisk) this.#diskCheckedAt = now;
  }
}

async function isWithoutFiles(store: MarkedStore): Promise<boolean> {
  for await (const _file of store.list()) return false;
  return true;
}

function noInstallation({ location, marker }: MarkedStore, id: string): InstallationError {
  return new InstallationError(
    `The database knows of files that are not in ${location}. Set DATA_DIRECTORY, or STORAGE_BACKEND and MINIO_BUCKET, to ` +
      'where they are, which all processes share; "migrate-storage" moves them. To go on without them, write ' +
      `${id} into ${marker.location}.`,
  );
}

function otherInstallation({ location, marker }: MarkedStore, id: string): InstallationError {
  return new InstallationError(
    `The files in ${location} belong to another database: ${marker.location} does not say ${id}. ` +
      'Set the store (DATA_DIRECTORY, or MINIO_BUCKET) and DATABASE_URL to those of one installation.',
  );
}

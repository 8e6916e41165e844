import { ArtifactService } from '../artifacts/artifact.service.ts';
import { BlobService } from '../blobs/blob.service.ts';
import type { Config } from '../config.ts';
import { DatasetService } from '../datasets/dataset.service.ts';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import { openLocalBlobStore } from '../platform/blob-store/local-blob-store.ts';
import { type Database, type DatabaseAccess, openDatabase } from '../platform/database.ts';

/** What both kinds of process are made of. */
export interface SharedParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly blobs: BlobService;
  readonly datasets: DatasetService;
  readonly artifacts: ArtifactService;
  close(): Promise<void>;
}

export async function openSharedParts(config: Config, access: DatabaseAccess): Promise<SharedParts> {
  const store = await openLocalBlobStore(config.DATA_DIRECTORY);
  const database = openDatabase(access);
  const blobs = new BlobService(database, store);
  const datasets = new DatasetService(database, blobs);
  const artifacts = new ArtifactService(database, blobs, config.MAX_MODEL_ARTIFACTS);
  const close = async () => {
    await Promise.all([database.close(), store.close()]);
  };
  return { database, store, blobs, datasets, artifacts, close };
}

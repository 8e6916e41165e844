import { ArtifactService } from '../../artifacts/artifact.service.ts';
import { answeringPartStore } from '../../blobs/answering-part-store.ts';
import { BlobService } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import { DatasetService } from '../../datasets/dataset.service.ts';
import { Installation } from '../../installation/installation.service.ts';
import type { BlobStore } from '../../platform/blob-store/blob-store.ts';
import { openBlobStore } from '../../platform/blob-store/open-blob-store.ts';
import type { ProcessMetrics } from '../../platform/monitoring/process-metrics.ts';
import { openPartStore } from '../../platform/part-store/open-part-store.ts';
import type { PartStore } from '../../platform/part-store/part-store.ts';
import { type Database, type DatabaseAccess, openDatabase } from '../../platform/postgres/database.ts';

/** The services that API and worker processes share. */
export interface SharedServices {
  readonly database: Database;
  readonly store: BlobStore;
  readonly parts: PartStore;
  readonly installation: Installation;
  readonly blobs: BlobService;
  readonly datasets: DatasetService;
  readonly artifacts: ArtifactService;
  close(): Promise<void>;
}

/** Opens them. Throws InstallationError if the database and the file store do not belong together. `metrics`: null for none. */
export async function openSharedServices(
  config: Config,
  access: DatabaseAccess,
  metrics: Pick<ProcessMetrics, 'observeWait' | 'store'> | null,
): Promise<SharedServices> {
  const store = await openBlobStore(config, metrics?.store);
  const parts = answeringPartStore(await openPartStore(config, metrics?.store));
  const database = openDatabase(access, config.DATABASE_CONNECTIONS, metrics?.observeWait);
  const close = async () => {
    await Promise.all([database.close(), store.close(), parts.close()]);
  };
  try {
    const installation = await Installation.open(database, store);
    const blobs = new BlobService(database, store);
    const datasets = new DatasetService(database, blobs);
    const artifacts = new ArtifactService(database, blobs);
    return { database, store, parts, installation, blobs, datasets, artifacts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

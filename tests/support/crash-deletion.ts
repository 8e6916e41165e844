import type { Viewer } from '../../src/auth/viewer.ts';
import { BlobService } from '../../src/blobs/blob.service.ts';
import { DatasetService } from '../../src/datasets/dataset.service.ts';
import type { BlobStore } from '../../src/platform/blob-store/blob-store.ts';
import type { JobSender } from '../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { DatasetDeletions } from '../../src/retention/datasets/dataset-deletion.service.ts';
import { DatasetRemoval } from '../../src/retention/datasets/dataset-removal.service.ts';
import type { CrashingProcess } from './crashing-process.ts';

const logger = createLogger('silent', 'crash');

const UNLIMITED = { take: async () => undefined };

/** What removes datasets in such a process. */
export function removalOf(process: CrashingProcess, store: BlobStore, jobs: JobSender): DatasetRemoval {
  const blobs = new BlobService(process.database, process.storeOf(store));
  const observeRun = () => undefined;
  return new DatasetRemoval({ database: process.database, blobs, jobs, observeRun, rate: UNLIMITED, logger });
}

/** Deletes a dataset in a process that ends at one of its points. */
export async function deleteIn(
  process: CrashingProcess,
  store: BlobStore,
  jobs: JobSender,
  viewer: Viewer,
  id: string,
): Promise<void> {
  const { database } = process;
  const removal = removalOf(process, store, jobs);
  const datasets = new DatasetService(database, new BlobService(database, process.storeOf(store)));
  const settings = { RESTORE_WINDOW_DAYS: 0, DATASET_TTL_DAYS: null };
  const deletions = new DatasetDeletions({
    ...{ database, jobs, removal, observeRun: () => undefined, datasets, settings },
  });
  const options = { activeRuns: 'REFUSE', permanent: false } as const;
  await deletions.delete(viewer, id, options).catch((error: unknown) => process.rethrowUnlessCrashed(error));
  await removal.close();
}

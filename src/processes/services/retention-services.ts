import type { Config } from '../../config.ts';
import { TokenBucket } from '../../platform/concurrency/token-bucket.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import { BatchDeletions } from '../../retention/batches/batch-deletion.service.ts';
import { DatasetDeletions } from '../../retention/datasets/dataset-deletion.service.ts';
import { DatasetRemoval } from '../../retention/datasets/dataset-removal.service.ts';
import { Expiry } from '../../retention/expiry/expiry.service.ts';
import { ModelRemoval } from '../../retention/models/model-removal.service.ts';
import { Pins } from '../../retention/pins/pin.service.ts';
import { RunDeletions } from '../../retention/runs/run-deletion.service.ts';
import { WorkspaceDeletions } from '../../retention/workspaces/workspace-deletion.service.ts';
import type { SharedServices } from './shared-services.ts';

/** The services of an API process that remove and restore things. */
export interface RetentionServices {
  readonly deletions: DatasetDeletions;
  readonly runDeletions: RunDeletions;
  readonly batchDeletions: BatchDeletions;
  readonly modelRemoval: ModelRemoval;
  readonly expiry: Expiry;
  readonly pins: Pins;
  readonly workspaceDeletions: WorkspaceDeletions;
  /** Ends with the steps that are in flight: a job does the rest. */
  close(): Promise<void>;
}

export function retentionServices(
  { database, blobs, datasets, artifacts }: SharedServices,
  jobs: JobSender,
  observeRun: ObserveRun,
  config: Config,
  logger: Logger,
): RetentionServices {
  const rate = new TokenBucket(config.MAX_FILE_REMOVALS_PER_SECOND);
  const removal = new DatasetRemoval({ database, blobs, jobs, observeRun, rate, logger });
  return {
    deletions: new DatasetDeletions({ database, datasets, jobs, removal, observeRun, settings: config }),
    runDeletions: new RunDeletions({ database, blobs, observeRun }),
    batchDeletions: new BatchDeletions({ database, blobs, observeRun }),
    modelRemoval: new ModelRemoval({ database, blobs, observeRun }),
    expiry: new Expiry({ database, jobs, removal, settings: config }),
    pins: new Pins(database, datasets, artifacts, config.DATASET_TTL_DAYS),
    workspaceDeletions: new WorkspaceDeletions({ database, jobs, observeRun }),
    close: () => removal.close(),
  };
}

import { pruneAuditJob } from '../auth/audit/prune-audit.job.ts';
import { expireUploadsJob } from '../datasets/upload-sessions/expire-uploads.job.ts';
import { readUploadJob } from '../datasets/upload-sessions/reading/read-upload.job.ts';
import type { JobDefinition } from '../platform/jobs/jobs.ts';
import { predictBatchJob } from '../predictions/batch/worker/predict-batch.job.ts';
import { removeDatasetJob } from '../retention/datasets/remove-dataset.job.ts';
import { expireDatasetsJob } from '../retention/expiry/expire-datasets.job.ts';
import { sweepJob } from '../retention/sweep/sweep.job.ts';
import { removeWorkspaceJob } from '../retention/workspaces/remove-workspace.job.ts';
import { pruneEventsJob } from '../training/events/prune-events.job.ts';
import { trainModelJob } from '../training/worker/train-model.job.ts';

/** All kinds of background jobs, for the migration that creates their queues. */
export const JOBS: readonly JobDefinition<unknown>[] = [
  trainModelJob,
  predictBatchJob,
  pruneEventsJob,
  pruneAuditJob,
  readUploadJob,
  expireUploadsJob,
  removeDatasetJob,
  removeWorkspaceJob,
  expireDatasetsJob,
  sweepJob,
];

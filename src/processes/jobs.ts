import type { JobDefinition } from '../platform/jobs/jobs.ts';
import { pruneEventsJob } from '../training/live/prune-events.job.ts';
import { trainModelJob } from '../training/worker/train-model.job.ts';

/** Every kind of background work, for the migration that makes its queue. */
export const JOBS: readonly JobDefinition<unknown>[] = [trainModelJob, pruneEventsJob];

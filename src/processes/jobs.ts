import type { JobDefinition } from '../platform/jobs/jobs.ts';
import { thinEventsJob } from '../training/live/thin-events.job.ts';
import { trainModelJob } from '../training/worker/train-model.job.ts';

/** Every kind of background work, for the migration that makes its queue. */
export const JOBS: readonly JobDefinition<unknown>[] = [trainModelJob, thinEventsJob];

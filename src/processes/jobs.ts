import type { JobDefinition } from '../platform/jobs.ts';
import { thinEventsJob } from '../training/thin-events.job.ts';
import { trainModelJob } from '../training/train-model.job.ts';

/** Every kind of background work, for the migration that makes its queue. */
export const JOBS: readonly JobDefinition<unknown>[] = [trainModelJob, thinEventsJob];

import type { JobDefinition } from '../platform/jobs.ts';
import { trainModelJob } from '../training/train-model.job.ts';

/** Every kind of background work, for the migration that makes its queue. */
export const JOBS: readonly JobDefinition<unknown>[] = [trainModelJob];

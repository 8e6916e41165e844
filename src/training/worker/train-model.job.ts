import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** The run to train; everything else is in its row. */
export interface TrainModelPayload {
  readonly workspaceId: string;
  readonly runId: string;
  /** Expected duration, for the forecasts of runs behind it in the queue. Null: unknown. */
  readonly expectedSeconds: number | null;
}

/** Longer than any training: MAX_TRAINING_SECONDS ends it earlier. It is the maximum of pg-boss. */
const EXPIRE_SECONDS = 24 * 60 * 60;

export const trainModelJob: JobDefinition<TrainModelPayload> = {
  name: 'train-model',
  parse(payload) {
    const { workspaceId, runId, expectedSeconds = null } = (payload ?? {}) as Partial<Record<string, unknown>>;
    const isExpectation = expectedSeconds === null || typeof expectedSeconds === 'number';
    if (typeof workspaceId === 'string' && isUuid(workspaceId) && typeof runId === 'string' && isUuid(runId)) {
      if (isExpectation) return { workspaceId, runId, expectedSeconds };
    }
    throw new Error('The payload of train-model must carry the ids workspaceId and runId.');
  },
  // The run's row decides about retries; a job that the queue gave up would leave the run queued for ever.
  retryLimit: 1_000,
  // Time for the cause, such as a database restart, to pass.
  retryDelaySeconds: 1,
  expireInSeconds: EXPIRE_SECONDS,
  keepSeconds: 60 * 60,
};

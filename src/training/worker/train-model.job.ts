import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Which run is to be trained; all else stands in its row. */
export interface TrainModelPayload {
  readonly workspaceId: string;
  readonly runId: string;
  /** How long it is expected to train: for whoever waits behind it and cannot see its row. Null: nothing is known. */
  readonly expectedSeconds: number | null;
}

/** No training lasts so long: MAX_TRAINING_SECONDS ends it before. It is the most that the queue takes. */
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
  // The run's row says whether it is to be tried again; a job that the queue gave up would leave it waiting for ever.
  retryLimit: 1_000,
  // A moment for whatever made the handler give up, such as a database that restarts.
  retryDelaySeconds: 1,
  expireInSeconds: EXPIRE_SECONDS,
  keepSeconds: 60 * 60,
};

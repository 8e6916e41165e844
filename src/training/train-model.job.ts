import { isUuid } from '../platform/ids.ts';
import type { JobDefinition } from '../platform/jobs.ts';

/** Which run is to be trained; all else stands in its row. */
export interface TrainModelPayload {
  readonly workspaceId: string;
  readonly runId: string;
}

/** A day: no training of this version takes longer, and a worker that died is noticed by its heartbeat long before. */
const EXPIRE_SECONDS = 24 * 60 * 60;

export const trainModelJob: JobDefinition<TrainModelPayload> = {
  name: 'train-model',
  parse(payload) {
    const { workspaceId, runId } = (payload ?? {}) as Partial<Record<keyof TrainModelPayload, unknown>>;
    if (typeof workspaceId === 'string' && isUuid(workspaceId) && typeof runId === 'string' && isUuid(runId)) {
      return { workspaceId, runId };
    }
    throw new Error('The payload of train-model must carry the ids workspaceId and runId.');
  },
  // The handler decides when a run has been tried often enough, and ends it; a job that the queue gave up by itself
  // would leave its run RUNNING for ever.
  retryLimit: 1_000,
  // A moment for whatever made the handler give up, such as a database that restarts.
  retryDelaySeconds: 1,
  expireInSeconds: EXPIRE_SECONDS,
  heartbeatSeconds: 10,
};

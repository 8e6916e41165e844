import { isUuid } from '../../../platform/ids.ts';
import type { JobDefinition } from '../../../platform/jobs/jobs.ts';

/** The batch prediction to be made; everything else is in its row. */
export interface PredictBatchPayload {
  readonly workspaceId: string;
  readonly batchId: string;
  /** Expected duration, for the forecasts of those behind it in the queue. Null: unknown. */
  readonly expectedSeconds: number | null;
}

/** Longer than any batch. It is the maximum of pg-boss. */
const EXPIRE_SECONDS = 24 * 60 * 60;

export const predictBatchJob: JobDefinition<PredictBatchPayload> = {
  name: 'predict-batch',
  parse(payload) {
    const { workspaceId, batchId, expectedSeconds = null } = (payload ?? {}) as Partial<Record<string, unknown>>;
    const isExpectation = expectedSeconds === null || typeof expectedSeconds === 'number';
    if (typeof workspaceId === 'string' && isUuid(workspaceId) && typeof batchId === 'string' && isUuid(batchId)) {
      if (isExpectation) return { workspaceId, batchId, expectedSeconds };
    }
    throw new Error('The payload of predict-batch must carry the ids workspaceId and batchId.');
  },
  // The row decides about retries; a job that the queue gave up would leave it queued for ever.
  retryLimit: 1_000,
  // Time for the cause, such as a database restart, to pass.
  retryDelaySeconds: 1,
  expireInSeconds: EXPIRE_SECONDS,
  keepSeconds: 60 * 60,
};

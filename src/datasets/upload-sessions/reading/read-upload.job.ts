import { isUuid } from '../../../platform/ids.ts';
import type { JobDefinition } from '../../../platform/jobs/jobs.ts';

/** The session whose file is to be read; everything else is in its row. */
export interface ReadUploadPayload {
  readonly workspaceId: string;
  readonly sessionId: string;
}

/** Longer than any reading. It is the maximum of pg-boss. */
const EXPIRE_SECONDS = 24 * 60 * 60;

export const readUploadJob: JobDefinition<ReadUploadPayload> = {
  name: 'read-upload',
  parse(payload) {
    const { workspaceId, sessionId } = (payload ?? {}) as Partial<Record<string, unknown>>;
    if (typeof workspaceId === 'string' && isUuid(workspaceId) && typeof sessionId === 'string' && isUuid(sessionId)) {
      return { workspaceId, sessionId };
    }
    throw new Error('The payload of read-upload must carry the ids workspaceId and sessionId.');
  },
  // The session's row decides about retries; a job that the queue gave up would leave the session queued for ever.
  retryLimit: 1_000,
  retryDelaySeconds: 1,
  expireInSeconds: EXPIRE_SECONDS,
  keepSeconds: 60 * 60,
};

import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Which deletion is to be carried out. */
export interface RemoveDatasetPayload {
  readonly workspaceId: string;
  readonly datasetId: string;
}

/** What a process that has ended left undone of a deletion. */
export const removeDatasetJob: JobDefinition<RemoveDatasetPayload> = {
  name: 'remove-dataset',
  parse(payload) {
    const { workspaceId, datasetId } = (payload ?? {}) as Partial<Record<string, unknown>>;
    if (typeof workspaceId === 'string' && isUuid(workspaceId) && typeof datasetId === 'string' && isUuid(datasetId)) {
      return { workspaceId, datasetId };
    }
    throw new Error('The payload of remove-dataset must carry the ids workspaceId and datasetId.');
  },
  // While the store is away; the sweep takes up what is left after that.
  retryLimit: 30,
  retryDelaySeconds: 60,
  expireInSeconds: 6 * 60 * 60,
  keepSeconds: 24 * 60 * 60,
};

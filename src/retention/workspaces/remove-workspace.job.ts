import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Which workspace is to be removed; it has no members any more. */
export interface RemoveWorkspacePayload {
  readonly workspaceId: string;
}

/** Removes all that a deleted workspace has. */
export const removeWorkspaceJob: JobDefinition<RemoveWorkspacePayload> = {
  name: 'remove-workspace',
  parse(payload) {
    const { workspaceId } = (payload ?? {}) as Partial<Record<string, unknown>>;
    if (typeof workspaceId === 'string' && isUuid(workspaceId)) return { workspaceId };
    throw new Error('The payload of remove-workspace must carry the id workspaceId.');
  },
  // While the store is away; the sweep takes up what is left after that.
  retryLimit: 30,
  retryDelaySeconds: 60,
  expireInSeconds: 6 * 60 * 60,
  keepSeconds: 24 * 60 * 60,
};

import { closeWorkspace } from '../../auth/close-workspace.service.ts';
import type { UserViewer } from '../../auth/viewer.ts';
import { notFound } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { cancelBatch, holdActiveBatches } from '../../predictions/batch/active-batches.service.ts';
import { cancelRun, holdAllActiveRuns } from '../../training/requests/active-runs.service.ts';
import { endedRun } from '../../training/runs/ended-run.ts';
import { removeWorkspaceJob } from './remove-workspace.job.ts';

export interface WorkspaceDeletionDependencies {
  readonly database: Database;
  readonly jobs: Pick<JobSender, 'send' | 'remove'>;
  readonly observeRun: ObserveRun;
}

/** Deletes workspaces: for everybody at once, while a job removes their rows and files. */
export class WorkspaceDeletions {
  readonly #dependencies: WorkspaceDeletionDependencies;

  constructor(dependencies: WorkspaceDeletionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * When it returns, nobody sees the workspace or uses a link of it, what trained is cancelled, and its sockets close. Throws what
   * closeWorkspace throws.
   */
  async delete(viewer: UserViewer, id: string): Promise<void> {
    if (!isUuid(id)) throw notFound('workspace', id);
    const { userId } = viewer;
    const workspaceId = id.toLowerCase();
    const { database, jobs, observeRun } = this.#dependencies;
    const cancelled = await database.transaction({ userId, workspaceId, role: 'OWNER' }, async (tx) => {
      await closeWorkspace(tx, userId);
      const active = await holdAllActiveRuns(tx, workspaceId);
      for (const run of active) await cancelRun(tx, jobs, run);
      for (const batch of await holdActiveBatches(tx, workspaceId, null)) await cancelBatch(tx, jobs, batch);
      await jobs.send(tx, removeWorkspaceJob, { workspaceId }, { priority: 0, group: workspaceId });
      return active;
    });
    for (const run of cancelled) observeRun({ endedRun: endedRun(run, 'CANCELLED', 'CANCELLED') });
  }
}

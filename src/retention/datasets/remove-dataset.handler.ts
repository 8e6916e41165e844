import type { JobContext } from '../../platform/jobs/jobs.ts';
import type { DatasetRemoval } from './dataset-removal.service.ts';
import type { RemoveDatasetPayload } from './remove-dataset.job.ts';

/** Takes up deletions that another process has left undone. Worker processes only. */
export class RemoveDatasetHandler {
  readonly #removal: DatasetRemoval;

  constructor(removal: DatasetRemoval) {
    this.#removal = removal;
  }

  async handle(
    { workspaceId, datasetId }: RemoveDatasetPayload,
    { signal }: Pick<JobContext, 'signal'>,
  ): Promise<void> {
    await this.#removal.carryOut({ workspaceId, id: datasetId }, signal);
  }
}

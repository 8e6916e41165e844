import type { RunStatus } from '../../jobs/job-status.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';

export const ARCHIVED_FILTERS = ['EXCLUDE', 'ONLY', 'INCLUDE'] as const;

/** A filter of runs: all conditions must hold. */
export interface TrainingRunQuery {
  readonly statuses: readonly RunStatus[] | null;
  readonly datasetId: string | null;
  readonly datasetName: string | null;
  readonly task: Task | null;
  readonly algorithm: AlgorithmName | null;
  /** Whether archived runs are excluded, the only ones, or included. */
  readonly archived: (typeof ARCHIVED_FILTERS)[number];
}

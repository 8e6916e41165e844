import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import type { RunStatus } from './training-run-status.ts';

export const ARCHIVED_FILTERS = ['EXCLUDE', 'ONLY', 'INCLUDE'] as const;

/** Which runs a list holds: those that fit all that is named. */
export interface TrainingRunQuery {
  readonly statuses: readonly RunStatus[] | null;
  readonly datasetId: string | null;
  readonly datasetName: string | null;
  readonly task: Task | null;
  readonly algorithm: AlgorithmName | null;
  /** Whether runs that were put away are left out, alone wanted, or among the others. */
  readonly archived: (typeof ARCHIVED_FILTERS)[number];
}

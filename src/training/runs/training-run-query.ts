import type { RunStatus } from '../../jobs/job-status.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import type { Position } from '../../platform/postgres/keyset.ts';

export const ARCHIVED_FILTERS = ['EXCLUDE', 'ONLY', 'INCLUDE'] as const;

export const RUN_ORDERS = ['NEWEST', 'BEST'] as const;

export type RunOrder = (typeof RUN_ORDERS)[number];

/** A filter of runs: all conditions must hold. */
export interface TrainingRunQuery {
  readonly statuses: readonly RunStatus[] | null;
  readonly datasetId: string | null;
  readonly datasetName: string | null;
  readonly task: Task | null;
  readonly algorithm: AlgorithmName | null;
  /** The exact name of the column to predict. */
  readonly target: string | null;
  /** One of the tags. */
  readonly tag: string | null;
  /** Whether archived runs are excluded, the only ones, or included. */
  readonly archived: (typeof ARCHIVED_FILTERS)[number];
}

/** A cursor in a list of runs. The score counts in the order BEST only; -Infinity: without metrics. */
export interface RunPosition extends Position {
  readonly score: number;
}

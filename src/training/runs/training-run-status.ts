/** The states of a run, the stages of a running one, and the legal moves between states. */

export const RUN_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const RUN_STAGES = ['WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE'] as const;
export type RunStage = (typeof RUN_STAGES)[number];

export const END_REASONS = ['COMPLETED', 'EARLY_STOPPING', 'TIME_BUDGET', 'STOPPED', 'CANCELLED', 'FAILED'] as const;
export type EndReason = (typeof END_REASONS)[number];

/**
 * Where a run may go from each state. RUNNING to QUEUED hands a run back or takes it from a worker that was lost, RUNNING to
 * RUNNING is the same by a worker that knows nothing of the loss; QUEUED to QUEUED gives it another job.
 */
const LEGAL_MOVES: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  QUEUED: ['QUEUED', 'RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
};

/** The states from which a run may come to `status`: the guard of every update. */
export function statusesBefore(status: RunStatus): readonly RunStatus[] {
  return RUN_STATUSES.filter((before) => LEGAL_MOVES[before].includes(status));
}

/** True for a run that will never change again. */
export function isEnded(status: RunStatus): boolean {
  return LEGAL_MOVES[status].length === 0;
}

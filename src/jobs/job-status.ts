/** The statuses of a job, whatever it is about, the stages of a running one, and the allowed status transitions. */

export const RUN_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const RUN_STAGES = ['WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE'] as const;
export type RunStage = (typeof RUN_STAGES)[number];

/**
 * Allowed status transitions. RUNNING to QUEUED requeues a job, of this worker or of a lost one; RUNNING to RUNNING is a claim
 * by a worker that does not know of the loss; QUEUED to QUEUED replaces the job.
 */
const TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  QUEUED: ['QUEUED', 'RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
};

/** The statuses from which a job may change to `status`: the guard of every update. */
export function statusesBefore(status: RunStatus): readonly RunStatus[] {
  return RUN_STATUSES.filter((before) => TRANSITIONS[before].includes(status));
}

/** True for a final status. */
export function isEnded(status: RunStatus): boolean {
  return TRANSITIONS[status].length === 0;
}

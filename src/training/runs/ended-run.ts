import type { RunStatus } from '../../jobs/job-status.ts';
import type { EndedRun } from '../../platform/monitoring/process-metrics.ts';
import type { EndReason } from './end-reason.ts';
import type { RunFailure } from './run-error.ts';
import type { TrainingRunRow } from './training-run.store.ts';

/** The report about a run that has just ended, for the metrics. */
export function endedRun(
  { algorithm, startedAt }: Pick<TrainingRunRow, 'algorithm' | 'startedAt'>,
  status: RunStatus,
  end: EndReason,
  code: RunFailure['code'] | null = null,
): EndedRun {
  const seconds = startedAt === null ? null : (Date.now() - startedAt.getTime()) / 1000;
  return { algorithm, status, end, code, seconds };
}

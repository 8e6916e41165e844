import type { CandidateReport, CandidateStatus } from '../../ml/auto/candidate.ts';
import { HIGHER_IS_BETTER } from '../../ml/evaluation/metrics.ts';
import type { ParametersType } from '../algorithms/parameters.type.ts';
import type { CandidateType } from './candidate.type.ts';

/** A candidate of a run as the API shows it. */
export function toCandidate(runId: string, report: CandidateReport): CandidateType {
  const { number, parameters, score, scoreName: name, ...shown } = report;
  return {
    ...shown,
    id: `${runId}/${number}`,
    // Of the kinds that their names have: they were resolved from the specifications of its algorithm.
    settings: parameters as ParametersType,
    score:
      score === null ? null : { name, value: score, low: null, high: null, higherIsBetter: HIGHER_IS_BETTER[name] },
  };
}

/**
 * Best first: those that are done, then those at work, by their loss; then the others, in their order. `isOver`: the run has ended, and
 * what was at work or still to come then, as where it was cancelled, is so no more.
 */
export function toLeaderboard(runId: string, reports: readonly CandidateReport[], isOver: boolean): CandidateType[] {
  return reports
    .map((report) => (isOver && UNFINISHED.includes(report.status) ? { ...report, ...LEFT_OUT } : report))
    .toSorted(
      (a, b) =>
        PLACES[a.status] - PLACES[b.status] ||
        (a.loss ?? Number.MAX_VALUE) - (b.loss ?? Number.MAX_VALUE) ||
        a.number - b.number,
    )
    .map((report) => toCandidate(runId, report));
}

const UNFINISHED: readonly CandidateStatus[] = ['WAITING', 'RUNNING'];
const LEFT_OUT = { status: 'SKIPPED', reason: 'the run has ended' } as const;

const PLACES: Readonly<Record<CandidateStatus, number>> = {
  DONE: 0,
  RUNNING: 1,
  WAITING: 2,
  DROPPED: 3,
  SKIPPED: 4,
  FAILED: 5,
};

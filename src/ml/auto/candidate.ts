import type { LearnerName } from '../learners/learner-names.ts';
import type { Parameters } from '../parameters/parameter-spec.ts';

/** A model that AUTO may try. */
export interface Candidate {
  /** Unlike that of any other candidate of the training. */
  readonly name: string;
  readonly algorithm: LearnerName;
  /** As resolveSpecs returns them, the seed included. */
  readonly parameters: Parameters;
}

export const CANDIDATE_STATUSES = ['WAITING', 'RUNNING', 'DONE', 'DROPPED', 'SKIPPED', 'FAILED'] as const;

export type CandidateStatus = (typeof CANDIDATE_STATUSES)[number];

/** What is known of a candidate so far: data alone. */
export interface CandidateReport extends Candidate {
  /** Its place in the order in which they are tried, from 1. */
  readonly number: number;
  readonly status: CandidateStatus;
  /** Of DROPPED, SKIPPED and FAILED, for the user; else null. */
  readonly reason: string | null;
  readonly foldsDone: number;
  readonly folds: number;
  /** The mean log-loss or squared error of the rows that its folds have predicted, with the 95 % interval; null: none yet. */
  readonly loss: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Accuracy or R2 of the same rows; null also where R2 is undefined. */
  readonly score: number | null;
  readonly scoreName: 'ACCURACY' | 'R2';
  /** Of all its folds. */
  readonly fitSeconds: number | null;
  /** Of one row, in the thread that predicts. */
  readonly predictMicroseconds: number | null;
  /** In the blend so far, 0 to 1; null before it is done. */
  readonly weight: number | null;
}

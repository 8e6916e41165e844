import type { LearnerName } from '../../learners/learner-names.ts';
import type { Parameters } from '../../parameters/parameter-spec.ts';

/** Incremented with every change of its meaning. */
export const PLAN_VERSION = 1;

/** What an AUTO training did: as the plan of another one, it gives the same bytes for the same rows. Data alone, JSON as it is. */
export interface SearchPlan {
  readonly version: typeof PLAN_VERSION;
  /** Into how many folds the training rows are divided. */
  readonly folds: number;
  /** True: of these folds only the last is predicted. */
  readonly isHoldOut: boolean;
  /** In the order in which they were tried. */
  readonly candidates: readonly PlannedCandidate[];
  /** What was fitted to all training rows; the weights sum to 1. */
  readonly members: readonly PlannedMember[];
  /** Of the blend of several members; left out, as earlier versions did: 1. */
  readonly temperature?: number;
}

export interface PlannedCandidate {
  readonly name: string;
  readonly algorithm: LearnerName;
  readonly parameters: Parameters;
  /** How many folds were fitted; fewer than all: it was dropped, or time was short. */
  readonly foldsDone: number;
}

export interface PlannedMember {
  /** The name of a candidate. */
  readonly candidate: string;
  readonly weight: number;
  /** Of boosting the number of rounds; null for others, and where it finds out by itself. */
  readonly rounds: number | null;
  /** What the margins of a boosting are divided by; null: nothing. */
  readonly temperature: number | null;
}

import type { CandidateReport } from '../auto/candidate.ts';
import type { FitCheckpoint, Fitted } from '../estimator.ts';
import type { FoldsCheckpoint } from '../folds/cross-validate.ts';
import type { TimedPoint } from '../timed-curve.ts';

/** How far a training got: data alone, no functions. */
export interface TrainingCheckpoint {
  /** Of the model for all training rows; null once that is fitted, or where it left none. */
  readonly fit: FitCheckpoint | null;
  readonly curve: readonly TimedPoint[];
  /** While folds are fitted: that model, and how far they got. */
  readonly validating?: { readonly fitted: Fitted; readonly folds: FoldsCheckpoint };
  /** Of the model for all rows, once the folds are done; null or left out: it left none yet. */
  readonly refit?: FitCheckpoint | null;
}

/** A yield point in the work: the caller may report it, or abandon the training by not asking for the next one. */
export interface TrainingStep {
  readonly stage: 'PREPARING' | 'FITTING' | 'EVALUATING';
  /** 0 to 1 over the whole of trainModel, never falls, about proportional to the work done. */
  readonly progress: number;
  /** A new point of the loss curve, or null. */
  readonly point: TimedPoint | null;
  /** To users, such as that a fold is done: a good moment for a checkpoint, too; left out: nothing. */
  readonly message?: string;
  /** Makes a checkpoint; valid until the next step is requested; null where none can be made. */
  readonly checkpoint: (() => TrainingCheckpoint) | null;
  /** Of AUTO: the candidates of which something has changed; left out where none has. */
  readonly candidates?: readonly CandidateReport[];
}

/** The rest of a step that tells progress alone. */
export const NO_POINT = { point: null, checkpoint: null } as const;

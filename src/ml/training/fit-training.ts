import type { FitConditions, Fitted } from '../estimator.ts';
import type { Validation } from '../folds/validate-steps.ts';
import { seedOf } from '../parameters/parameter-spec.ts';
import { createRandom } from '../random.ts';
import { ESTIMATORS } from '../registry.ts';
import { mapSteps } from '../steps.ts';
import type { TimedCurve } from '../timed-curve.ts';
import type { Prepared } from './prepare-training.ts';
import { type Refit, refitSteps } from './refit-training.ts';
import type { TrainingRequest } from './training-request.ts';
import type { TrainingCheckpoint, TrainingStep } from './training-step.ts';
import { searchConditions, validationSteps } from './validate-training.ts';

/** The conditions of all fittings of a training. */
export interface FittingConditions extends Omit<FitConditions, 'checkpoint'> {
  readonly checkpoint: TrainingCheckpoint | null;
  /** See TrainingConditions. */
  readonly clock: (() => number) | null;
}

/** All that a training fits. */
export interface FittedTraining {
  /** To the training rows: the model that is tested. */
  readonly fitted: Fitted;
  /** Null without folds. */
  readonly validation: Validation | null;
  /** Null where none was asked for, or it was not reached. */
  readonly refit: Refit | null;
  readonly warnings: readonly string[];
  readonly endReason: Fitted['endReason'];
}

/** Fits the model, then its folds and the model for all rows, where they are asked for. Adds the points of the loss to `curve`. */
export function* fitTraining(
  request: TrainingRequest,
  prepared: Prepared,
  curve: TimedCurve,
  { checkpoint, pool, stopReason, clock }: FittingConditions,
): Generator<TrainingStep, FittedTraining> {
  const { begins, fits, validates, ends } = prepared.bounds;
  const conditions = { pool, stopReason };
  const fitted = checkpoint?.validating?.fitted ?? (yield* firstFit());
  const validating = validationSteps(request, prepared, fitted, {
    ...{ ...conditions, checkpoint: checkpoint?.validating?.folds ?? null },
  });
  const ofFolds = yield* mapSteps(validating, (step): TrainingStep => {
    const { message, checkpoint: folds } = step;
    return {
      ...(message === undefined ? {} : { message }),
      ...{ stage: 'FITTING', point: null, progress: between(fits, validates, step.progress) },
      checkpoint: () => ({ fit: null, curve: [...curve.points], validating: { fitted, folds: folds() } }),
    };
  });
  const { folds, validation, stopped } = ofFolds;
  const before = stopped ?? reasonOf(fitted);
  const refitting = refitSteps(
    request,
    prepared,
    { fitted, before },
    {
      ...{ ...conditions, checkpoint: checkpoint?.refit ?? null },
    },
  );
  const ofRefit = yield* mapSteps(refitting, ({ progress, message, checkpoint: refit }): TrainingStep => {
    return {
      ...(message === undefined ? {} : { message }),
      ...{ stage: 'FITTING', point: null, progress: between(validates, ends, progress) },
      checkpoint: () => ({
        ...{ fit: null, curve: [...curve.points], validating: { fitted, folds }, refit: refit?.() ?? null },
      }),
    };
  });
  const { refit } = ofRefit;
  return {
    ...{ fitted, validation, refit },
    warnings: [...fitted.warnings, ...ofFolds.warnings, ...ofRefit.warnings, ...(refit?.warnings ?? [])],
    endReason: before ?? ofRefit.stopped ?? fitted.endReason,
  };

  function* firstFit(): Generator<TrainingStep, Fitted> {
    const { algorithm, parameters } = request;
    const fitting = ESTIMATORS[algorithm].fitSteps(prepared.data, parameters, createRandom(seedOf(parameters)), {
      ...{ ...conditions, checkpoint: checkpoint?.fit ?? null },
      search: searchConditions(request, prepared, clock),
    });
    return yield* mapSteps(
      fitting,
      ({ progress, point, checkpoint: makeCheckpoint, candidates = [] }): TrainingStep => {
        return {
          ...(candidates.length === 0 ? {} : { candidates }),
          ...{ stage: 'FITTING', progress: between(begins, fits, progress), point: point && curve.add(point) },
          checkpoint: makeCheckpoint === undefined ? null : () => ({ fit: makeCheckpoint(), curve: [...curve.points] }),
        };
      },
    );
  }
}

/** A share of the way; rounding never takes it past the end, where the next stage begins. */
function between(from: number, to: number, share: number): number {
  return Math.min(to, from + (to - from) * share);
}

/** Why nothing more is to be fitted; null: no reason. A search that ends by its time budget has kept back the time for that. */
function reasonOf({ endReason, search }: Fitted): 'STOPPED' | 'TIME_BUDGET' | null {
  if (search !== undefined && endReason === 'TIME_BUDGET') return null;
  return endReason === 'STOPPED' || endReason === 'TIME_BUDGET' ? endReason : null;
}

import type { EstimatorModel, MemberModel } from '../../runtime/model.ts';
import type { FitCheckpoint, FitConditions, FitStep } from '../estimator.ts';
import { LEARNERS } from '../learners/learners.ts';
import { type Parameters, seedOf } from '../parameters/parameter-spec.ts';
import { createRandom } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingSet } from '../training-set.ts';
import type { Candidate } from './candidate.ts';
import type { PlannedMember } from './plan/executed-plan.ts';

/** A member that is fitted to all training rows: data alone. */
export interface FittedMember {
  readonly estimator: MemberModel;
  readonly featureWeights: Float64Array;
}

/** How far the fitting of the members got: data alone. */
export interface RefitCheckpoint {
  /** Of the first members. */
  readonly done: readonly FittedMember[];
  /** Of the next one; null: nothing. */
  readonly fit: FitCheckpoint | null;
}

export interface RefitStep extends Omit<FitStep, 'checkpoint'> {
  readonly checkpoint: () => RefitCheckpoint;
}

/** A member with the candidate that it is of. */
export interface MemberToFit extends PlannedMember {
  readonly settings: Candidate;
  /** Where it was fitted to the same rows already; null: it was not. */
  readonly fitted: FittedMember | null;
}

export interface RefitConditions extends Pick<FitConditions, 'pool'> {
  readonly checkpoint: RefitCheckpoint | null;
  /** Asked before each member but the first; those that are left then are not fitted. */
  readonly isOver: () => boolean;
}

/**
 * Fits the members to all training rows, in their order: boosting for as many rounds as were enough in the folds, so that no rows
 * are set aside to find that out.
 */
export function* refitMembers(
  members: readonly MemberToFit[],
  data: TrainingSet,
  { pool, checkpoint, isOver }: RefitConditions,
): Generator<RefitStep, readonly FittedMember[]> {
  const done = [...(checkpoint?.done ?? [])];
  for (let member = done.length; member < members.length; member++) {
    if (member > 0 && isOver()) break;
    const { settings, rounds, temperature, fitted } = members[member]!;
    if (fitted !== null) {
      done.push(fitted);
      continue;
    }
    const parameters = parametersFor(settings.parameters, rounds, temperature);
    const fit = member === checkpoint?.done.length ? checkpoint.fit : null;
    const conditions = { pool, checkpoint: fit, stopReason: () => null };
    const fitting = LEARNERS[settings.algorithm].fitSteps(
      data,
      parameters,
      createRandom(seedOf(parameters)),
      conditions,
    );
    const { estimator, featureWeights } = yield* mapSteps(
      fitting,
      ({ progress, checkpoint: makeFit }): RefitStep => ({
        progress: (member + progress) / members.length,
        point: null,
        checkpoint: () => ({ done: [...done], fit: makeFit?.() ?? null }),
      }),
    );
    done.push({ estimator: memberOf(estimator), featureWeights });
    yield {
      progress: (member + 1) / members.length,
      point: null,
      checkpoint: () => ({ done: [...done], fit: null }),
    };
  }
  return done;
}

function parametersFor(parameters: Parameters, rounds: number | null, temperature: number | null): Parameters {
  return rounds === null ? parameters : { ...parameters, trees: rounds, earlyStoppingRounds: 0, temperature };
}

/** Learners give no blends. */
export function memberOf(estimator: EstimatorModel): MemberModel {
  if (estimator.kind === 'BLEND') throw new Error('A learner gave a blend.');
  return estimator;
}

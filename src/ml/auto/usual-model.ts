import type { FitCheckpoint, FitConditions, FitStep, StopReason } from '../estimator.ts';
import { LEARNERS } from '../learners/learners.ts';
import { numberParameter, optionalNumberParameter, type Parameters, seedOf } from '../parameters/parameter-spec.ts';
import { createRandom } from '../random.ts';
import type { TrainingSet } from '../training-set.ts';
import type { Candidate } from './candidate.ts';
import { roundsOf } from './candidate-folds.ts';
import { type FittedMember, memberOf } from './refit-members.ts';

/** The share of its time after which it is known how fast the rounds are. */
const PROBED_SHARE = 0.05;
const PROBED_ROUNDS = 5;

/** Replaying the trees at the end, of what growing them took. */
const REPLAY = 1.25;

/** Where there is time for few rounds: the learning rate times the rounds, as most tables need it, and the largest rate. */
const LEARNING = 75;
const MAX_LEARNING_RATE = 0.2;
const MIN_ROUNDS = 20;

/** Rounds without improvement times learning rate, as in the defaults of boosting. */
const LEARNING_TO_WAIT_FOR = 7.5;

/** The usual model, fitted to all training rows: data alone. */
export interface UsualModel {
  /** With the parameters that the time allowed for; fitted by these again, it gives the same. */
  readonly candidate: Candidate;
  readonly member: FittedMember;
  /** That the fitting took. */
  readonly seconds: number;
  readonly rounds: number | null;
  /** Why it was ended before its time; null: it was not. */
  readonly cut: StopReason | null;
}

/** How far the fitting of the usual model got: data alone. */
export interface UsualCheckpoint {
  readonly parameters: Parameters;
  readonly fit: FitCheckpoint | null;
}

export interface UsualStep extends Omit<FitStep, 'checkpoint'> {
  readonly checkpoint: () => UsualCheckpoint;
}

export interface UsualConditions extends Pick<FitConditions, 'pool'> {
  readonly clock: () => number;
  /** It may take so long. */
  readonly seconds: number;
  readonly isStopped: () => boolean;
  readonly checkpoint: UsualCheckpoint | null;
}

/**
 * Fits the usual model, a boosting by its defaults, to all training rows. Where it turns out that all of its rounds would take
 * longer than there is time for, it begins again with fewer and larger ones.
 */
export function* fitUsualModel(
  data: TrainingSet,
  candidate: Candidate,
  { pool, clock, seconds, isStopped, checkpoint }: UsualConditions,
): Generator<UsualStep, UsualModel> {
  const { name, algorithm } = candidate;
  const begin = clock();
  let parameters = checkpoint?.parameters ?? candidate.parameters;
  let isProbed = checkpoint !== null;
  let reached = 0;
  const fitFrom = (from: FitCheckpoint | null) =>
    LEARNERS[algorithm].fitSteps(data, parameters, createRandom(seedOf(parameters)), {
      ...{ pool, checkpoint: from, isFinishedWhenStopped: true },
      stopReason: () => (isStopped() ? 'STOPPED' : clock() - begin > seconds ? 'TIME_BUDGET' : null),
    });
  let fitting = fitFrom(checkpoint?.fit ?? null);
  for (;;) {
    const step = fitting.next();
    if (step.done === true) {
      const { estimator, featureWeights, endReason } = step.value;
      const cut = endReason === 'STOPPED' || endReason === 'TIME_BUDGET' ? endReason : null;
      return {
        candidate: { name, algorithm, parameters: cut === null ? parameters : { ...parameters, trees: reached } },
        member: { estimator: memberOf(estimator), featureWeights },
        ...{ seconds: clock() - begin, rounds: roundsOf(estimator), cut },
      };
    }
    const { progress, point, checkpoint: makeFit } = step.value;
    reached = point?.iteration ?? reached;
    const took = clock() - begin;
    if (!isProbed && reached >= PROBED_ROUNDS && took >= PROBED_SHARE * seconds) {
      isProbed = true;
      const affordable = (reached * (seconds - took)) / (took * REPLAY);
      const fewer = withRounds(parameters, affordable);
      if (fewer !== null) {
        (fitting as Generator<unknown, unknown>).return(null);
        parameters = fewer;
        fitting = fitFrom(null);
      }
    }
    const used = parameters;
    yield { progress, point: null, checkpoint: () => ({ parameters: used, fit: makeFit?.() ?? null }) };
  }
}

/** The parameters for so many rounds; null where those that are given do not take more, or are as large. */
function withRounds(parameters: Parameters, affordable: number): Parameters | null {
  const rate = numberParameter(parameters, 'learningRate');
  const trees = Math.max(MIN_ROUNDS, Math.floor(affordable));
  const larger = Number(Math.min(MAX_LEARNING_RATE, LEARNING / trees).toPrecision(2));
  if (trees >= numberParameter(parameters, 'trees') || larger <= rate) return null;
  const waits = optionalNumberParameter(parameters, 'earlyStoppingRounds') ?? 0;
  const wait = waits === 0 ? 0 : Math.round(LEARNING_TO_WAIT_FOR / larger);
  return { ...parameters, trees, learningRate: larger, earlyStoppingRounds: wait };
}

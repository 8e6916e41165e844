import type { Fitted, SearchOutcome } from '../estimator.ts';
import type { FoldPredictions } from '../folds/fold-predictions.ts';
import { blendTemperature, temperedPredictions } from './blend/blend-temperature.ts';
import type { Candidate } from './candidate.ts';
import type { RaceEnd } from './candidate-race.ts';
import { PLAN_VERSION, type PlannedMember } from './plan/executed-plan.ts';
import type { RaceState } from './race-state.ts';
import type { FittedMember, MemberToFit } from './refit-members.ts';
import type { FoldChoice } from './search-folds.ts';
import type { UsualModel } from './usual-model.ts';

/**
 * The members of the best choice, the largest weight first. `usual`: the index of the usual model; where it is fitted to all training
 * rows already, it comes first. It stands alone where it was not judged itself, and where no candidate could be.
 */
export function plannedMembers(state: RaceState, usual: number, isFitted: boolean): readonly PlannedMember[] {
  const { choice } = state;
  const fitted = isFitted ? usual : null;
  if (choice === null || (isFitted && state.record(usual).status !== 'DONE')) {
    return [{ candidate: state.candidates[usual]!.name, weight: 1, rounds: null, temperature: null }];
  }
  return [...choice.weights]
    .sort(([first, a], [second, b]) => {
      return Number(second === fitted) - Number(first === fitted) || b - a || first - second;
    })
    .map(([index, weight]) => ({
      candidate: state.candidates[index]!.name,
      weight,
      rounds: index === fitted ? null : meanRounds(state, index),
      temperature: index === fitted ? null : meanTemperature(state, index),
    }));
}

/** `usual`: what is fitted already. Throws Error for a member that is no candidate: plans are checked before. */
export function membersToFit(
  members: readonly PlannedMember[],
  candidates: readonly Candidate[],
  usual: UsualModel | null,
): readonly MemberToFit[] {
  return members.map((member) => {
    const settings = candidates.find(({ name }) => name === member.candidate);
    if (settings === undefined) throw new Error(`The member ${member.candidate} is no candidate.`);
    return { ...member, settings, fitted: settings.name === usual?.candidate.name ? usual.member : null };
  });
}

/** What a search ended with. */
export interface EndedSearch {
  readonly state: RaceState;
  readonly choice: FoldChoice;
  readonly members: readonly PlannedMember[];
  /** Of the first members. */
  readonly fitted: readonly FittedMember[];
  /** Of the blend, by a plan; null: it is to be found. */
  readonly temperature: number | null;
  readonly end: RaceEnd;
  /** Why there were no folds, see NoRace; null: there were, or nobody wanted any. */
  readonly refusal: string | null;
}

export function fittedBlend(search: EndedSearch): Fitted {
  const { state, choice, members, fitted, temperature: planned, end, refusal } = search;
  const kept = withWeightsOfOne(members.slice(0, fitted.length));
  const { rows } = state;
  const done = blendedFolds(state, kept);
  const isFound = planned === null && kept.length > 1 && done !== null;
  const temperature = isFound ? blendTemperature(rows, done) : (planned ?? 1);
  const tempered = done?.map((fold) => temperedPredictions(fold, rows.labels, kept.length > 1 ? temperature : 1));
  return Object.freeze({
    ...blendOf(fitted, kept, temperature),
    // Members are left out where the time does not suffice, and for no other reason.
    endReason: fitted.length < members.length ? (end === 'STOPPED' ? end : 'TIME_BUDGET') : (end ?? 'COMPLETED'),
    warnings: unjudgedWarnings(state, kept, refusal),
    search: {
      ...outcomeOf(state, choice, kept, temperature),
      validated: tempered === undefined ? null : { folds: rows.folds, done: tempered },
    },
  });
}

/** Says so where no candidate could be judged, and why: what is delivered then was compared with nothing. */
function unjudgedWarnings(
  { records }: RaceState,
  [first]: readonly PlannedMember[],
  refusal: string | null,
): readonly string[] {
  const failure = records.some(({ status }) => status === 'DONE')
    ? null
    : records.find(({ status }) => status === 'FAILED')?.reason;
  const reason = refusal ?? failure;
  if (first === undefined || !reason) return [];
  const delivered = `${first.candidate} is delivered, fitted to all training rows and compared with no other model`;
  return [`no model could be judged by folds: ${reason}; ${delivered}`];
}

function outcomeOf(
  state: RaceState,
  { folds, isHoldOut }: FoldChoice,
  members: readonly PlannedMember[],
  temperature: number,
): Omit<SearchOutcome, 'validated'> {
  const candidates = state.candidates.map((candidate, index) => {
    const foldsDone = state.record(index).outcomes.length;
    return { ...candidate, foldsDone };
  });
  const weightOf = new Map(members.map(({ candidate, weight }) => [candidate, weight]));
  return {
    candidates: state.reports().map((report) => ({
      ...report,
      weight: weightOf.get(report.name) ?? (report.status === 'DONE' ? 0 : null),
    })),
    plan: { version: PLAN_VERSION, folds, isHoldOut, candidates, members, temperature },
  };
}

/**
 * What the members say together of each fold's rows. Null where a member has not predicted all folds, as members of a plan need not
 * have.
 */
function blendedFolds(state: RaceState, members: readonly PlannedMember[]): readonly FoldPredictions[] | null {
  const { rows } = state;
  const weighted = members.map(({ candidate, weight }) => {
    return { index: state.candidates.findIndex(({ name }) => name === candidate), weight };
  });
  const isKnown = weighted.every(({ index }) => state.hasAllOutputs(index));
  if (!isKnown) return null;
  return rows.folds.map((_, fold) =>
    rows.blended(
      fold,
      weighted.map(({ index, weight }) => ({ weight, outputs: state.outputs(index, fold) })),
    ),
  );
}

function meanRounds(state: RaceState, index: number): number | null {
  const rounds = state.record(index).outcomes.flatMap((outcome) => outcome.rounds ?? []);
  if (rounds.length === 0) return null;
  return Math.max(1, Math.round(rounds.reduce((sum, each) => sum + each, 0) / rounds.length));
}

function meanTemperature(state: RaceState, index: number): number | null {
  const found = state.record(index).outcomes.flatMap((outcome) => outcome.temperature ?? []);
  return found.length === 0 ? null : found.reduce((sum, each) => sum + each, 0) / found.length;
}

/** Where time has left some out, the others share their weight. */
function withWeightsOfOne(members: readonly PlannedMember[]): readonly PlannedMember[] {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return members.map((member) => ({ ...member, weight: member.weight / total }));
}

/** Each member's weights are on a scale of its own: what counts is their share. */
function meanShares(members: readonly FittedMember[], weights: readonly number[]): Float64Array {
  const length = Math.max(...members.map(({ featureWeights }) => featureWeights.length));
  const shares = new Float64Array(length);
  for (const [m, { featureWeights }] of members.entries()) {
    const total = featureWeights.reduce((sum, each) => sum + each, 0);
    if (total > 0) for (const [f, each] of featureWeights.entries()) shares[f]! += (weights[m]! * each) / total;
  }
  return shares;
}

/** The model of the members, which sum to a weight of 1, and what features matter to it. */
export function blendOf(
  fitted: readonly FittedMember[],
  members: readonly PlannedMember[],
  temperature: number,
): Pick<Fitted, 'estimator' | 'featureWeights'> {
  const weights = members.map(({ weight }) => weight);
  const featureWeights = meanShares(fitted, weights);
  const [first] = fitted;
  if (first !== undefined && fitted.length === 1) return { estimator: first.estimator, featureWeights };
  const blended = fitted.map(({ estimator }, m) => ({ weight: weights[m]!, model: estimator }));
  return { estimator: { kind: 'BLEND', temperature, members: blended }, featureWeights };
}

import type { Fitted, SearchOutcome } from '../estimator.ts';
import { foldsImpossible } from '../folds/fold-plan.ts';
import type { Candidate } from './candidate.ts';
import type { RaceEnd } from './candidate-race.ts';
import { PLAN_VERSION, type PlannedMember } from './plan/executed-plan.ts';
import type { RaceState } from './race-state.ts';
import type { FittedMember, MemberToFit } from './refit-members.ts';
import type { FoldChoice } from './search-folds.ts';

/**
 * The members of the best choice, the largest weight first. Throws TrainingDataError where no candidate could be fitted to all
 * folds.
 */
export function plannedMembers(state: RaceState): readonly PlannedMember[] {
  const { choice } = state;
  if (choice === null) {
    const reason = state.records.find(({ status }) => status === 'FAILED')?.reason;
    throw foldsImpossible(
      `no model could be judged by folds: ${reason ?? 'the training ended before the first was'}`,
      'choose an algorithm instead of AUTO',
    );
  }
  return [...choice.weights]
    .sort(([first, a], [second, b]) => b - a || first - second)
    .map(([index, weight]) => ({
      candidate: state.candidates[index]!.name,
      weight,
      rounds: meanRounds(state, index),
      temperature: meanTemperature(state, index),
    }));
}

/** Throws Error for a member that is no candidate: plans are checked before. */
export function membersToFit(
  members: readonly PlannedMember[],
  candidates: readonly Candidate[],
): readonly MemberToFit[] {
  return members.map((member) => {
    const settings = candidates.find(({ name }) => name === member.candidate);
    if (settings === undefined) throw new Error(`The member ${member.candidate} is no candidate.`);
    return { ...member, settings };
  });
}

/** What a search ended with. */
export interface EndedSearch {
  readonly state: RaceState;
  readonly choice: FoldChoice;
  readonly members: readonly PlannedMember[];
  /** Of the first members. */
  readonly fitted: readonly FittedMember[];
  readonly end: RaceEnd;
}

export function fittedBlend({ state, choice, members, fitted, end }: EndedSearch): Fitted {
  const kept = withWeightsOfOne(members.slice(0, fitted.length));
  return Object.freeze({
    ...blendOf(fitted, kept),
    endReason: end ?? 'COMPLETED',
    warnings: [],
    search: outcomeOf(state, choice, kept),
  });
}

function outcomeOf(
  state: RaceState,
  { folds, isHoldOut }: FoldChoice,
  members: readonly PlannedMember[],
): SearchOutcome {
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
    plan: { version: PLAN_VERSION, folds, isHoldOut, candidates, members },
    validated: validatedOf(state, members),
  };
}

/** Null where a member has not predicted all folds, as members of a plan need not have. */
function validatedOf(state: RaceState, members: readonly PlannedMember[]): SearchOutcome['validated'] {
  const { rows } = state;
  const weighted = members.map(({ candidate, weight }) => {
    return { index: state.candidates.findIndex(({ name }) => name === candidate), weight };
  });
  const isKnown = weighted.every(({ index }) => state.hasAllOutputs(index));
  if (!isKnown) return null;
  const done = rows.folds.map((_, fold) =>
    rows.blended(
      fold,
      weighted.map(({ index, weight }) => ({ weight, outputs: state.outputs(index, fold) })),
    ),
  );
  return { folds: rows.folds, done };
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
): Pick<Fitted, 'estimator' | 'featureWeights'> {
  const weights = members.map(({ weight }) => weight);
  const featureWeights = meanShares(fitted, weights);
  const [first] = fitted;
  if (first !== undefined && fitted.length === 1) return { estimator: first.estimator, featureWeights };
  const blended = fitted.map(({ estimator }, m) => ({ weight: weights[m]!, model: estimator }));
  return { estimator: { kind: 'BLEND', temperature: 1, members: blended }, featureWeights };
}

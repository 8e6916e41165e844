import { type CandidateFieldsFragment, LeaderboardDocument } from '../operations/operations.ts';
import { followRunView } from './run-view.ts';
import type { Sink } from './subscribe.ts';
import type { TrainingEvent } from './training-events.ts';
import type { Trainyard } from './trainyard.ts';

/** One model that an AUTO run tries. */
export type Candidate = CandidateFieldsFragment;

/** As the server orders them. */
const STATUSES: readonly Candidate['status'][] = ['DONE', 'RUNNING', 'WAITING', 'DROPPED', 'SKIPPED', 'FAILED'];

/** The candidates of a run, from wherever they come. */
export class LeaderboardMerger {
  #known = new Map<string, { readonly attempt: number; readonly candidate: Candidate; readonly number: number }>();
  #attempt = 0;

  /** Those of the query: they fill what the events of this attempt have not told yet. */
  fill(candidates: readonly Candidate[]): void {
    for (const candidate of candidates) {
      const known = this.#known.get(candidate.id);
      if (known === undefined || known.attempt < this.#attempt) this.#set(candidate, this.#attempt);
    }
  }

  clear(): void {
    this.#known.clear();
  }

  /**
   * The candidate of an event, if it has one. Says whether an attempt begins: candidates that wait have no events, and another attempt
   * may have lost some of what the one before had told.
   */
  add({ attempt, candidate }: Pick<TrainingEvent, 'attempt' | 'candidate'>): 'NOTHING' | 'CHANGED' | 'NEW_ATTEMPT' {
    if (candidate === null) return 'NOTHING';
    const isNew = attempt > this.#attempt;
    this.#attempt = Math.max(this.#attempt, attempt);
    this.#set(candidate, attempt);
    return isNew ? 'NEW_ATTEMPT' : 'CHANGED';
  }

  /** Best first: those that are done, then those at work, by their loss; then the others, in their order. */
  toArray(): Candidate[] {
    return [...this.#known.values()]
      .sort(
        (one, other) =>
          STATUSES.indexOf(one.candidate.status) - STATUSES.indexOf(other.candidate.status) ||
          (one.candidate.loss ?? Number.MAX_VALUE) - (other.candidate.loss ?? Number.MAX_VALUE) ||
          one.number - other.number,
      )
      .map(({ candidate }) => candidate);
  }

  #set(candidate: Candidate, attempt: number): void {
    // The number in the order of trying ends the id.
    const number = Number(candidate.id.slice(candidate.id.lastIndexOf('/') + 1));
    this.#known.set(candidate.id, { attempt, candidate, number });
  }
}

/**
 * Follows the candidates of an AUTO run: those that there are at once, then each change, at the end as they are stored. Null for other
 * algorithms.
 */
export function followLeaderboard(
  trainyard: Trainyard,
  runId: string,
  sink: Sink<readonly Candidate[] | null>,
): () => void {
  const merger = new LeaderboardMerger();
  let isAuto = false;
  const fill = ({ leaderboard }: { readonly leaderboard: readonly Candidate[] | null }) => {
    isAuto = leaderboard !== null;
    merger.fill(leaderboard ?? []);
  };
  const view = {
    read: async (aborter: AbortController) =>
      (await trainyard.request(LeaderboardDocument, { runId }, aborter)).trainingRun,
    fill,
    replace: (run: Parameters<typeof fill>[0]) => {
      merger.clear();
      fill(run);
    },
    add: (event: TrainingEvent) => merger.add(event),
    shown: () => (isAuto ? merger.toArray() : null),
  };
  return followRunView(trainyard, runId, view, sink);
}

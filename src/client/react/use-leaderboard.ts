import { useEffect, useState } from 'react';
import type { TrainyardError } from '../core/errors.ts';
import { type Candidate, followLeaderboard } from '../core/leaderboard.ts';
import { useTrainyard } from './provider.ts';

export interface Leaderboard {
  /** Best first; null until they are known, and for other algorithms than AUTO. */
  readonly candidates: readonly Candidate[] | null;
  /** Whether nothing changes any more. */
  readonly isOver: boolean;
  readonly error: TrainyardError | null;
}

const NOTHING: Leaderboard = { candidates: null, isOver: false, error: null };

/** What an AUTO run tries: what there is, then each change. */
export function useLeaderboard(runId: string | null): Leaderboard {
  const client = useTrainyard();
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    setState(NOTHING);
    if (runId === null) return;
    return followLeaderboard(client, runId, {
      next: (candidates) => setState((before) => ({ ...before, candidates })),
      error: (error) => setState((before) => ({ ...before, error })),
      complete: () => setState((before) => ({ ...before, isOver: true })),
    });
  }, [client, runId]);
  return state;
}

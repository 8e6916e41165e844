import { useEffect, useState } from 'react';
import type { TrainyardError } from '../core/errors.ts';
import { followTrainingEvents, type TrainingEvent } from '../core/training-events.ts';
import { useTrainyard } from './provider.ts';

export interface TrainingEvents {
  /** The latest ones, in order. */
  readonly events: readonly TrainingEvent[];
  /** Whether the run has ended, so that nothing more comes. */
  readonly isOver: boolean;
  readonly error: TrainyardError | null;
}

const NOTHING: TrainingEvents = { events: [], isOver: false, error: null };

/** Follows the events of a run, each once and in order; keeps the latest `maxEvents`. */
export function useTrainingEvents(runId: string | null, maxEvents = 1_000): TrainingEvents {
  const client = useTrainyard();
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    setState(NOTHING);
    if (runId === null) return;
    return followTrainingEvents(client, runId, {
      next: (event) => setState((before) => ({ ...before, events: [...before.events, event].slice(-maxEvents) })),
      error: (error) => setState((before) => ({ ...before, error })),
      complete: () => setState((before) => ({ ...before, isOver: true })),
    });
  }, [client, runId, maxEvents]);
  return state;
}

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

export interface TrainingEventsOptions {
  /** Keeps the latest so many; 1,000 by default. */
  readonly maxEvents?: number;
  /** Only those of these kinds, such as `['STAGE', 'STATUS']` for a timeline; all by default. */
  readonly kinds?: readonly TrainingEvent['kind'][] | null;
}

const NOTHING: TrainingEvents = { events: [], isOver: false, error: null };

/** Events that come in a burst are shown together. */
const MILLISECONDS_BETWEEN_SHOWS = 50;

/** Follows the events of a run, each once and in order. */
export function useTrainingEvents(
  runId: string | null,
  { maxEvents = 1_000, kinds = null }: TrainingEventsOptions = {},
): TrainingEvents {
  const client = useTrainyard();
  const [state, setState] = useState(NOTHING);
  const wanted = kinds?.join(' ') ?? null;
  useEffect(() => {
    setState(NOTHING);
    if (runId === null) return;
    const waiting: TrainingEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const show = (end: Partial<TrainingEvents> = {}) => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      const come = waiting.splice(0);
      setState((before) => ({ ...before, events: [...before.events, ...come].slice(-maxEvents), ...end }));
    };
    const unsubscribe = followTrainingEvents(client, runId, {
      next: (event) => {
        if (wanted !== null && !wanted.split(' ').includes(event.kind)) return;
        waiting.push(event);
        timer ??= setTimeout(show, MILLISECONDS_BETWEEN_SHOWS);
      },
      error: (error) => show({ error }),
      complete: () => show({ isOver: true }),
    });
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client, runId, maxEvents, wanted]);
  return state;
}

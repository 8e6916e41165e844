import { useEffect, useState } from 'react';
import type { TrainyardError } from '../core/errors.ts';
import { type CurvePoint, followTrainingCurve } from '../core/training-curve.ts';
import { useTrainyard } from './provider.ts';

export interface TrainingCurve {
  /** In the order of iterations; null until it is known. */
  readonly points: readonly CurvePoint[] | null;
  /** Whether the run has ended, so that the curve is final. */
  readonly isOver: boolean;
  readonly error: TrainyardError | null;
}

const NOTHING: TrainingCurve = { points: null, isOver: false, error: null };

/** The loss curve of a run: what there is, then each new point. */
export function useTrainingCurve(runId: string | null, maxPoints = 500): TrainingCurve {
  const client = useTrainyard();
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    setState(NOTHING);
    if (runId === null) return;
    const sink = {
      next: (points: readonly CurvePoint[]) => setState((before) => ({ ...before, points })),
      error: (error: TrainyardError) => setState((before) => ({ ...before, error })),
      complete: () => setState((before) => ({ ...before, isOver: true })),
    };
    return followTrainingCurve(client, runId, sink, maxPoints);
  }, [client, runId, maxPoints]);
  return state;
}

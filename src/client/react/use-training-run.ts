import { useCallback, useEffect, useState } from 'react';
import { type TrainyardError, toTrainyardError } from '../core/errors.ts';
import {
  CancelTrainingDocument,
  RetryTrainingDocument,
  type RunFieldsFragment,
  StopTrainingDocument,
  TrainingProgressDocument,
  UpdateTrainingRunDocument,
  type UpdateTrainingRunInput,
} from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { useAction } from './use-action.ts';

/** A run that is followed, and what can be done with it. */
export interface LiveTrainingRun {
  /** As it is now; null until it is known. */
  readonly run: RunFieldsFragment | null;
  /** Whether it is QUEUED or RUNNING. */
  readonly isActive: boolean;
  /** Why it cannot be followed (NOT_FOUND), or why the last action failed. */
  readonly error: TrainyardError | null;
  /** Ends the training early, and keeps the best model so far. */
  readonly stop: () => Promise<RunFieldsFragment | null>;
  /** Ends the training, and keeps nothing. */
  readonly cancel: () => Promise<RunFieldsFragment | null>;
  /** Starts a new run with the settings of this one, and gives it. */
  readonly retry: () => Promise<RunFieldsFragment | null>;
  /** Gives it a name, tags or both. */
  readonly update: (labels: Omit<UpdateTrainingRunInput, 'id'>) => Promise<RunFieldsFragment | null>;
  readonly isBusy: boolean;
}

/** Whether a run waits or trains. */
export function isActive(run: Pick<RunFieldsFragment, 'status'>): boolean {
  return run.status === 'QUEUED' || run.status === 'RUNNING';
}

/** Follows a run: after each reconnect the server first tells how it is. */
export function useTrainingRun(runId: string | null): LiveTrainingRun {
  const client = useTrainyard();
  const [state, setState] = useState<{ runId: string | null; run: RunFieldsFragment | null }>({ runId, run: null });
  const [failure, setFailure] = useState<TrainyardError | null>(null);
  useEffect(() => {
    setFailure(null);
    if (runId === null) return;
    return client.subscribe(
      TrainingProgressDocument,
      { runId },
      {
        next: ({ trainingProgress }) => setState({ runId, run: trainingProgress }),
        error: (error) => setFailure(toTrainyardError(error)),
      },
    );
  }, [client, runId]);
  const act = useAction(
    useCallback(
      async (kind: 'stop' | 'cancel' | 'retry' | Omit<UpdateTrainingRunInput, 'id'>) => {
        if (runId === null) return null;
        const variables = { id: runId };
        if (typeof kind === 'object') {
          const input = { ...kind, id: runId };
          const { updateTrainingRun: run } = await client.request(UpdateTrainingRunDocument, { input });
          // It is no event of the run, and comes by no subscription to it.
          if (run !== null) setState((before) => (before.runId === runId ? { runId, run } : before));
          return run;
        }
        if (kind === 'stop') return (await client.request(StopTrainingDocument, variables)).stopTraining;
        if (kind === 'cancel') return (await client.request(CancelTrainingDocument, variables)).cancelTraining;
        return (await client.request(RetryTrainingDocument, variables)).retryTraining;
      },
      [client, runId],
    ),
  );
  const run = state.runId === runId ? state.run : null;
  const { run: start } = act;
  return {
    run,
    isActive: run !== null && isActive(run),
    error: act.error ?? failure,
    stop: useCallback(() => start('stop'), [start]),
    cancel: useCallback(() => start('cancel'), [start]),
    retry: useCallback(() => start('retry'), [start]),
    update: start,
    isBusy: act.isRunning,
  };
}

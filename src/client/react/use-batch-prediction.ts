import { useCallback, useEffect, useRef, useState } from 'react';
import { type TrainyardError, toTrainyardError } from '../core/errors.ts';
import { IdempotencyKeys } from '../core/idempotency-key.ts';
import {
  type BatchFieldsFragment,
  BatchPredictionProgressDocument,
  CancelBatchPredictionDocument,
  StartBatchPredictionDocument,
  type StartBatchPredictionInput,
} from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { useAction } from './use-action.ts';

/** What to predict: all rows of a dataset, by a model. */
export type BatchPredictionRequest = Omit<StartBatchPredictionInput, 'idempotencyKey'>;

/** A batch prediction that is followed, and what can be done with it. */
export interface LiveBatchPrediction {
  /** As it is now; null until it is known. Its file comes by `useDownload`. */
  readonly batch: BatchFieldsFragment | null;
  /** Whether it is QUEUED or RUNNING. */
  readonly isActive: boolean;
  /** Why it cannot be followed (NOT_FOUND), or why the last action failed. */
  readonly error: TrainyardError | null;
  /** Starts one, and follows it instead of the one before. The same request that is sent again after a failure starts no second one. */
  readonly start: (request: BatchPredictionRequest) => Promise<BatchFieldsFragment | null>;
  /** Ends it, and keeps nothing. */
  readonly cancel: () => Promise<BatchFieldsFragment | null>;
  readonly isBusy: boolean;
}

/** Follows a batch prediction: that with this id, or the one that was started here since. */
export function useBatchPrediction(id: string | null = null): LiveBatchPrediction {
  const client = useTrainyard();
  const keys = useRef(new IdempotencyKeys());
  const [followedId, setFollowedId] = useState(id);
  const [batch, setBatch] = useState<BatchFieldsFragment | null>(null);
  const [failure, setFailure] = useState<TrainyardError | null>(null);
  useEffect(() => setFollowedId(id), [id]);
  useEffect(() => {
    setFailure(null);
    if (followedId === null) return;
    return client.subscribe(
      BatchPredictionProgressDocument,
      { id: followedId },
      {
        next: ({ batchPredictionProgress }) => setBatch(batchPredictionProgress),
        error: (error) => setFailure(toTrainyardError(error)),
      },
    );
  }, [client, followedId]);
  const starting = useAction(
    useCallback(
      async (request: BatchPredictionRequest) => {
        const input = { ...request, idempotencyKey: keys.current.keyFor(request) };
        const { startBatchPrediction: started } = await client.request(StartBatchPredictionDocument, { input });
        keys.current.use();
        setBatch(started);
        setFollowedId(started?.id ?? null);
        return started;
      },
      [client],
    ),
  );
  const cancelling = useAction(
    useCallback(async () => {
      if (followedId === null) return null;
      return (await client.request(CancelBatchPredictionDocument, { id: followedId })).cancelBatchPrediction;
    }, [client, followedId]),
  );
  const current = batch?.id === followedId ? batch : null;
  return {
    batch: current,
    isActive: current?.status === 'QUEUED' || current?.status === 'RUNNING',
    error: starting.error ?? cancelling.error ?? failure,
    start: starting.run,
    cancel: cancelling.run,
    isBusy: starting.isRunning || cancelling.isRunning,
  };
}

import { isDiskFull } from '../../datasets/uploads/storage-full.ts';
import { BlobMissingError } from '../../platform/blob-store/blob-store.ts';
import { ThreadDiedError } from '../../platform/threads/threads.ts';

/** Codes of `BatchPrediction.error`. docs/errors.md lists the same. */
export const BATCH_ERROR_CODES = {
  MODEL_REMOVED: 'The model was deleted before the batch prediction ended.',
  DATASET_FILE_MISSING: "The dataset's file is missing from the store.",
  STORAGE_FULL: 'The server has no disk space left for the result.',
  OUT_OF_MEMORY: 'The batch prediction needed more memory than there is.',
  WORKER_LOST: 'The worker was lost, and the batch prediction has used all of its attempts.',
  INTERNAL_ERROR: 'An unexpected error; the server log has the details under the id of the batch prediction.',
} as const;

/** Why a batch prediction failed. */
export interface BatchFailure {
  readonly errorCode: keyof typeof BATCH_ERROR_CODES;
  readonly errorMessage: string;
  readonly errorHint: string | null;
}

/** Thrown where it fails for a reason that its user can understand. */
export class BatchRefusedError extends Error {
  readonly failure: BatchFailure;

  constructor(failure: BatchFailure) {
    super(failure.errorMessage);
    this.name = 'BatchRefusedError';
    this.failure = failure;
  }
}

export const MODEL_REMOVED: BatchFailure = {
  errorCode: 'MODEL_REMOVED',
  errorMessage: 'The model was deleted before the batch prediction ended.',
  errorHint: 'Start it again with another model.',
};

export const DATASET_FILE_MISSING: BatchFailure = {
  errorCode: 'DATASET_FILE_MISSING',
  errorMessage: "The dataset's file is missing.",
  errorHint: 'Upload the file again and predict the new version.',
};

/** The failure that is shown to users. Details of internal errors are only logged. */
export function toBatchFailure(error: unknown): BatchFailure {
  if (error instanceof BatchRefusedError) return error.failure;
  if (error instanceof BlobMissingError) return DATASET_FILE_MISSING;
  if (isDiskFull(error)) {
    return {
      errorCode: 'STORAGE_FULL',
      errorMessage: 'The server has no disk space left for the result.',
      errorHint: 'Tell the operator, and start it again when there is disk space.',
    };
  }
  if (error instanceof ThreadDiedError && error.reason === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      errorCode: 'OUT_OF_MEMORY',
      errorMessage: 'The batch prediction needed more memory than there is.',
      errorHint: 'Use a smaller model, or tell the operator.',
    };
  }
  return {
    errorCode: 'INTERNAL_ERROR',
    errorMessage: 'The batch prediction failed because of an internal error.',
    errorHint: 'Try again; if it fails again, tell the operator the id of the batch prediction.',
  };
}

/** The failure of one whose workers died so often that it is the most likely cause. */
export function batchWorkerLost(times: number): BatchFailure {
  return {
    errorCode: 'WORKER_LOST',
    errorMessage: `The worker was lost ${times} times before the batch prediction ended: it crashed or became unreachable.`,
    errorHint: 'Most often the machine has too little memory: tell the operator the id of the batch prediction.',
  };
}

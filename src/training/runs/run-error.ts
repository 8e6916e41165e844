import { isDiskFull } from '../../datasets/uploads/storage-full.ts';
import { TRAINING_DATA_ERROR_CODES, type TrainingDataErrorCode } from '../../ml/training-data-error.ts';
import { BlobMissingError } from '../../platform/blob-store/blob-store.ts';
import { ThreadDiedError } from '../../platform/threads/threads.ts';

/** Codes of `TrainingRun.error` for failures that are not caused by the data. docs/errors.md lists both kinds. */
export const RUN_ERROR_CODES = {
  SPLIT_IMPOSSIBLE: 'The rows cannot be split as requested, for example because the test set would be empty.',
  DATASET_FILE_MISSING: "The dataset's file is missing from the store.",
  MODEL_DELETED: 'The imported model was deleted before it was evaluated.',
  STORAGE_FULL: 'The server has no disk space left for the model.',
  OUT_OF_MEMORY: 'The training needed more memory than allowed.',
  TIME_LIMIT: 'The training exceeded its time limit.',
  ENGINE_UNAVAILABLE: 'Too few hosts live that can take part in the training; the message says what is missing.',
  WORKER_LOST: 'The worker was lost, and the run has used all of its attempts.',
  INTERNAL_ERROR: 'An unexpected error; the server log has the details under the run id.',
} as const;

export interface RunFailure {
  readonly code: TrainingDataErrorCode | keyof typeof RUN_ERROR_CODES;
  readonly message: string;
  readonly hint: string | null;
}

/** Thrown when a run fails because of its input or of a limit; the message is for the user. */
export class RunRefusedError extends Error {
  readonly failure: RunFailure;

  constructor(failure: RunFailure) {
    super(failure.message);
    this.name = 'RunRefusedError';
    this.failure = failure;
  }
}

/** True for a code that the training thread may report. */
export function isRefusalCode(code: string): code is RunFailure['code'] {
  return code in RUN_ERROR_CODES || TRAINING_DATA_ERROR_CODES.some((known) => known === code);
}

/** The failure that is shown to the user. Details of internal errors are only logged. */
export function toRunFailure(error: unknown): RunFailure {
  if (error instanceof RunRefusedError) return error.failure;
  if (error instanceof BlobMissingError) {
    return {
      code: 'DATASET_FILE_MISSING',
      message: "The dataset's file is missing.",
      hint: 'Upload the file again and train on the new version.',
    };
  }
  if (isDiskFull(error)) {
    return {
      code: 'STORAGE_FULL',
      message: 'The server has no disk space left for the model.',
      hint: 'Tell the operator, and retry the training when there is disk space.',
    };
  }
  if (error instanceof ThreadDiedError && error.reason === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      code: 'OUT_OF_MEMORY',
      message: 'The training needed more memory than allowed.',
      hint: 'Train on fewer columns or rows, or with fewer or smaller trees.',
    };
  }
  return {
    code: 'INTERNAL_ERROR',
    message: 'The training failed because of an internal error.',
    hint: 'Try again; if it fails again, tell the operator the id of the run.',
  };
}

/** The failure of a run whose workers died so often that the run is the most likely cause. */
export function workerLost(times: number): RunFailure {
  return {
    code: 'WORKER_LOST',
    message: `The worker was lost ${times} times before the run ended: it crashed or became unreachable.`,
    hint: 'Most often the training needs more memory than the machine has: try fewer columns or rows, or smaller trees.',
  };
}

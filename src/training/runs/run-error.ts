import { isDiskFull } from '../../datasets/uploads/storage-full.ts';
import { TRAINING_DATA_ERROR_CODES, type TrainingDataErrorCode } from '../../ml/training-data-error.ts';
import { BlobMissingError } from '../../platform/blob-store/blob-store.ts';
import { ThreadDiedError } from '../../platform/threads/threads.ts';

/** Codes of `TrainingRun.error` for failures that are not the data's. docs/errors.md lists both kinds. */
export const RUN_ERROR_CODES = {
  SPLIT_IMPOSSIBLE: 'The rows cannot be split as asked, such as a test set without a row.',
  DATASET_FILE_MISSING: "The dataset's file is not in the store.",
  STORAGE_FULL: 'The server has no room left to store the model.',
  OUT_OF_MEMORY: 'The training needed more memory than it may use.',
  TIME_LIMIT: 'The training worked longer than it may.',
  WORKER_LOST: 'The process that trained ended, and the run was tried as often as it may be.',
  INTERNAL_ERROR: 'Something went wrong on the server; its log has the details under the run’s id.',
} as const;

export interface RunFailure {
  readonly code: TrainingDataErrorCode | keyof typeof RUN_ERROR_CODES;
  readonly message: string;
  readonly hint: string | null;
}

/** Thrown where a run ends because of what it was asked for or given; the message is for the user. */
export class RunRefusedError extends Error {
  readonly failure: RunFailure;

  constructor(failure: RunFailure) {
    super(failure.message);
    this.name = 'RunRefusedError';
    this.failure = failure;
  }
}

/** True for a code that the training thread may answer with. */
export function isRefusalCode(code: string): code is RunFailure['code'] {
  return code in RUN_ERROR_CODES || TRAINING_DATA_ERROR_CODES.some((known) => known === code);
}

/** What to tell the user about an error that ended a run. Details of our own mistakes stay in the log. */
export function toRunFailure(error: unknown): RunFailure {
  if (error instanceof RunRefusedError) return error.failure;
  if (error instanceof BlobMissingError) {
    return {
      code: 'DATASET_FILE_MISSING',
      message: "The dataset's file is not there any more.",
      hint: 'Upload the file again and train on the new version.',
    };
  }
  if (isDiskFull(error)) {
    return {
      code: 'STORAGE_FULL',
      message: 'The server has no room left for the model.',
      hint: 'Tell the operator, and retry the training when there is room.',
    };
  }
  if (error instanceof ThreadDiedError && error.reason === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      code: 'OUT_OF_MEMORY',
      message: 'The training needed more memory than it may use.',
      hint: 'Train on fewer columns or rows, or with fewer or smaller trees.',
    };
  }
  return {
    code: 'INTERNAL_ERROR',
    message: 'The training failed because of a mistake in the server.',
    hint: 'Try again; if it fails again, tell the operator the id of the run.',
  };
}

/** The failure of a run whose workers died, so often that it is most likely what kills them. */
export function workerLost(times: number): RunFailure {
  return {
    code: 'WORKER_LOST',
    message: `The worker was lost ${times} times before the run had ended: it died, or could not be reached any more.`,
    hint: 'Most often the training needs more memory than the machine has: try fewer columns or rows, or smaller trees.',
  };
}

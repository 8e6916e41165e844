import { TrainyardError } from '../errors.ts';
import { FaultError } from '../platform/fault.ts';

/**
 * Maps an error of the store to the API's: temporary faults and a full disk have codes of their own; other errors are
 * returned unchanged.
 */
function toAnswer(error: unknown): unknown {
  if (!(error instanceof FaultError)) return error;
  const answer =
    error.reason === 'FULL'
      ? new TrainyardError('STORAGE_FULL', 'The server has no space left for the file.', { hint: 'Tell the operator.' })
      : new TrainyardError('SERVICE_UNAVAILABLE', 'The file store is not available; try again in a moment.', {
          retryAfterSeconds: 5,
        });
  answer.cause = error;
  return answer;
}

/** What the store answers, or the API's error for its fault. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw toAnswer(error);
  }
}

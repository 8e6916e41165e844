import { TrainyardError } from '../errors.ts';
import { FaultError } from '../platform/fault.ts';

/** What a caller is told of an error of the store: a fault of it goes by itself, or with room; anything else is as it was. */
export function toAnswer(error: unknown): unknown {
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

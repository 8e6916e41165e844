import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './describe-error.ts';

export type { Logger };

/**
 * JSON lines on standard error: standard output is the start screen's. Tokens and passwords never reach a line, and of errors
 * only what `describeError` lets through.
 */
export function createLogger(
  level: string,
  name: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      name,
      redact: ['password', 'token', '*.password', '*.token', 'headers.authorization'],
      serializers: { err: describeError, error: describeError },
      // An error that is given in place of an object is called `err` too.
      hooks: { logMethod: withoutMessagesOfErrors },
    },
    destination,
  );
}

/** pino takes the message of a lone error for the line's own. */
function withoutMessagesOfErrors(this: Logger, parameters: Parameters<Logger['info']>, method: Logger['info']): void {
  const [first, ...rest] = parameters as unknown[];
  if (first instanceof Error && rest.length === 0) method.call(this, { err: first }, describeError(first).message);
  else method.apply(this, parameters);
}

import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './describe-error.ts';

export type { Logger };

/**
 * A logger that writes JSON lines to standard error; standard output is for the start screen. Tokens and passwords are
 * redacted, and of errors only what `describeError` allows is logged.
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
      // An error passed in place of the fields is logged as `err` too.
      hooks: { logMethod: withoutMessagesOfErrors },
    },
    destination,
  );
}

/** pino would use the message of such an error as that of the line. */
function withoutMessagesOfErrors(this: Logger, parameters: Parameters<Logger['info']>, method: Logger['info']): void {
  const [first, ...rest] = parameters as unknown[];
  if (first instanceof Error && rest.length === 0) method.call(this, { err: first }, describeError(first).message);
  else method.apply(this, parameters);
}

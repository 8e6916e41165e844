import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on standard error: standard output is the start screen's. Tokens and passwords never reach a line. */
export function createLogger(level: string, name: string): Logger {
  return pino(
    { level, name, redact: ['password', 'token', '*.password', '*.token', 'headers.authorization'] },
    pino.destination({ dest: 2, sync: true }),
  );
}

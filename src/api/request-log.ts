import type { Logger } from '../platform/logger.ts';

/** Whoever waits longer looks for the reason. */
const SLOW_MILLISECONDS = 5_000;

/** What one line of the log says of a request, or of an operation over a socket. Never an address, which may bear a token. */
export interface RequestLine {
  readonly requestId: string;
  /** A name of operation-label.ts, or what else was asked for. */
  readonly operation: string;
  /** Null for nobody, or where nobody had to know. */
  readonly userId: string | null;
  readonly milliseconds: number;
  /** Of an HTTP request. */
  readonly status?: number;
}

/** Writes the line of a request: at debug, and at warn for a slow one. */
export function logRequest(logger: Logger, line: RequestLine): void {
  const rounded = { ...line, milliseconds: Math.round(line.milliseconds) };
  if (line.milliseconds > SLOW_MILLISECONDS) logger.warn(rounded, 'a slow request');
  else logger.debug(rounded, 'request');
}

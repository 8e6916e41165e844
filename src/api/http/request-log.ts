import type { Logger } from '../../platform/monitoring/logger.ts';

/** Whoever waits longer looks for the reason. */
const SLOW_MILLISECONDS = 5_000;

/** What the log calls the requests of load balancers and monitors, of which there are many. */
export const PROBE_OPERATION = 'probe';

/** What one line of the log says of a request, or of an operation over a socket. */
export interface RequestLine {
  readonly requestId: string;
  /** The client's. */
  readonly address: string;
  /** A name of operation-label.ts, or what else was asked for. */
  readonly operation: string;
  /** Null for nobody, or where nobody had to know. */
  readonly userId: string | null;
  readonly milliseconds: number;
}

/** What there is beside it of an HTTP request. */
export interface HttpRequestLine extends RequestLine {
  readonly method: string;
  /** Without what may bear a token: the query, and what follows /downloads/. */
  readonly path: string;
  readonly status: number;
  /** All that was sent for it. */
  readonly bytes: number;
}

/** Writes the line of a request: at warn for a slow one, at debug for one that only a monitor sends. */
export function logRequest(logger: Logger, line: RequestLine | HttpRequestLine): void {
  const rounded = { ...line, milliseconds: Math.round(line.milliseconds) };
  if (line.milliseconds > SLOW_MILLISECONDS) logger.warn(rounded, 'a slow request');
  else if (line.operation === PROBE_OPERATION) logger.debug(rounded, 'request');
  else logger.info(rounded, 'request');
}

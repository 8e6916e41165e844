import type { Logger } from '../../platform/monitoring/logger.ts';

/** Slower requests are logged as warnings. */
const SLOW_MILLISECONDS = 5_000;

/** The label of requests of load balancers and monitoring. */
export const PROBE_OPERATION = 'probe';

/** The log entry of a request, or of an operation over a socket. */
export interface RequestLine {
  readonly requestId: string;
  /** The client's. */
  readonly address: string;
  /** A label of operation-label.ts, or the kind of another request. */
  readonly operation: string;
  /** Null if not signed in, or not identified. */
  readonly userId: string | null;
  readonly milliseconds: number;
}

/** The log entry of an HTTP request. */
export interface HttpRequestLine extends RequestLine {
  readonly method: string;
  /** Without parts that may contain a token: the query, and what follows /downloads/. */
  readonly path: string;
  readonly status: number;
  /** Bytes sent. */
  readonly bytes: number;
}

/** Logs a request: as a warning if it was slow, at debug level if it was a probe. */
export function logRequest(logger: Logger, line: RequestLine | HttpRequestLine): void {
  const rounded = { ...line, milliseconds: Math.round(line.milliseconds) };
  if (line.milliseconds > SLOW_MILLISECONDS) logger.warn(rounded, 'slow request');
  else if (line.operation === PROBE_OPERATION) logger.debug(rounded, 'request');
  else logger.info(rounded, 'request');
}

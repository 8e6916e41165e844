import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Accepted ids: safe in log lines and response headers. */
const FORM = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of the header `x-request-id`, for correlation with other logs; else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && FORM.test(given) ? given : randomUUID();
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What proxies and clients use as ids, and nothing that could break a line of a log or an answer's head. */
const FORM = /^[A-Za-z0-9._-]{1,128}$/;

/** The id that a request brings in `x-request-id`, by which it is found in others' logs too; else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && FORM.test(given) ? given : randomUUID();
}

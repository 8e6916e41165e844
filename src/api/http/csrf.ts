import type { IncomingMessage } from 'node:http';
import { TrainyardError } from '../../errors.ts';

/** Headers that a page may send to another origin only after a preflight, which the server answers for listed origins alone. */
const PREFLIGHTED_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'] as const;

/**
 * Throws BAD_REQUEST for a request that a page of any origin could have sent without a preflight: a form, plain text, a link.
 * Such a request may carry a user's cookies, so it is refused before its body is read. A JSON body, or one of two headers,
 * shows that the browser has asked first.
 */
export function refuseForgeable(request: IncomingMessage): void {
  if (!isForgeable(request)) return;
  throw new TrainyardError(
    'BAD_REQUEST',
    'The request needs the header "apollo-require-preflight: true", or "content-type: application/json".',
    { hint: 'The header protects against cross-site request forgery (CSRF).' },
  );
}

/** True for a request that a page of any origin could have sent without a preflight. */
export function isForgeable({ headers }: IncomingMessage): boolean {
  if (isJson(headers['content-type'])) return false;
  return PREFLIGHTED_HEADERS.every((name) => (headers[name] ?? '') === '');
}

/** True for JSON with any parameters; a list of types, which a browser could be made to send as plain text, is none. */
function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(?:;[^,]*)?$/i.test(contentType?.trim() ?? '');
}

import { clientError } from './errors.ts';
import type { Answer, AnswerError } from './operation.ts';

/** Sent with every request: without it, the server refuses forms, which pages of other sites could send. */
export const PREFLIGHT_HEADERS = { 'apollo-require-preflight': 'true', accept: 'application/json' } as const;

export function authorizationOf(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Sends an operation without a file. */
export async function postOperation(
  url: string,
  query: string,
  variables: object,
  token: string | null,
  signal: AbortSignal | null,
): Promise<Answer<unknown>> {
  const request: RequestInit = {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
    headers: { ...PREFLIGHT_HEADERS, 'content-type': 'application/json', ...authorizationOf(token) },
    credentials: 'include',
    signal,
  };
  let text: string;
  let status: number;
  try {
    const response = await fetch(url, request);
    status = response.status;
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw clientError('NETWORK_ERROR', 'The server cannot be reached.', error);
  }
  return parseAnswer(text, status);
}

/** Reads the body of a response. */
export function parseAnswer(text: string, status: number): Answer<unknown> {
  try {
    const { data = null, errors = [] } = JSON.parse(text) as { data?: unknown; errors?: readonly AnswerError[] };
    if (data !== null || errors.length > 0) return { data, errors };
  } catch (error) {
    throw clientError('BAD_RESPONSE', `The server answered with status ${status}, and without JSON.`, error);
  }
  throw clientError('BAD_RESPONSE', `The server answered with status ${status}, and with neither data nor errors.`);
}

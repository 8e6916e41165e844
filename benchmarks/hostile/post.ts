import { request } from 'node:http';
import { createClient } from 'graphql-ws';
import type { HostileOutcome, HostileTarget } from './hostile-request.ts';

/** Sends a body to /graphql, reads all of the answer and tells of it. `token`: null for an anonymous caller. */
function postBody(
  { url }: HostileTarget,
  body: string,
  token: string | null,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<HostileOutcome> {
  return new Promise((resolve, reject) => {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const sent = request(`${url}/graphql`, { method: 'POST', headers: { ...headers, ...authorization } });
    sent.once('error', reject).once('response', (response) => {
      let bytes = 0;
      let start = '';
      response.once('error', reject).on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        // The code of the first error stands near the beginning, wherever the answer has errors first.
        if (start.length < 1_000_000) start += chunk.toString('latin1');
      });
      response.once('end', () => {
        const code = /"code":"([A-Z_]+)"/.exec(start)?.[1];
        resolve({ answer: [response.statusCode, code].filter(Boolean).join(' '), bytes });
      });
    });
    sent.end(body);
  });
}

/** Sends an operation as JSON. */
export function postOperation(
  target: HostileTarget,
  operation: { readonly query: string; readonly variables?: object; readonly operationName?: string },
  token: string | null,
): Promise<HostileOutcome> {
  return postBody(target, JSON.stringify(operation), token);
}

/** Runs an operation over a socket of its own, and tells of its largest message. */
export async function followOperation(
  { url }: HostileTarget,
  operation: { readonly query: string; readonly variables?: Record<string, unknown>; readonly operationName?: string },
  token: string | null,
): Promise<HostileOutcome> {
  let bytes = 0;
  let answer = 'closed';
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    retryAttempts: 0,
    ...(token === null ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    on: {
      message: (message) => {
        const text = JSON.stringify(message);
        bytes = Math.max(bytes, text.length);
        if (message.type !== 'next' && message.type !== 'error') return;
        answer = [message.type, /"code":"([A-Z_]+)"/.exec(text)?.[1]].filter(Boolean).join(' ');
      },
      closed: (event) => {
        const { code, wasClean } = event as CloseEvent;
        if (!wasClean || code !== 1000) answer = `closed ${code}`;
      },
    },
  });
  try {
    for await (const result of client.iterate(operation)) void result;
  } catch {
    // What it was is in `answer`.
  } finally {
    await client.dispose();
  }
  return { answer, bytes };
}

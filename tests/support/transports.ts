import { openEvents } from './event-reader.ts';
import { errorsOf, openSession } from './raw-socket.ts';
import type { AnswerError } from './test-client.ts';

/** What a client sends, however it comes. */
export interface OperationPayload {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
  readonly documentId?: unknown;
}

/** The first result of an operation. */
export interface OperationOutcome {
  readonly data: unknown;
  readonly errors: readonly AnswerError[];
}

/** A way to send an operation. */
export interface Transport {
  readonly name: string;
  readonly send: (url: string, token: string | null, payload: OperationPayload) => Promise<OperationOutcome>;
}

const bearer = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

const HTTP: Transport = {
  name: 'HTTP',
  send: async (url, token, payload) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(token) },
      body: JSON.stringify(payload),
    });
    const { data = null, errors = [] } = (await response.json()) as Partial<OperationOutcome>;
    return { data, errors };
  },
};

const WEB_SOCKET: Transport = {
  name: 'WebSocket',
  send: async (url, token, payload) => {
    const socket = await openSession(url, bearer(token));
    try {
      const message = await socket.ask('1', payload);
      const { data = null } = (message.payload ?? {}) as { data?: unknown };
      return { data, errors: errorsOf(message) };
    } finally {
      socket.terminate();
    }
  },
};

const EVENT_STREAM: Transport = {
  name: 'server-sent events',
  send: async (url, token, payload) => {
    const stream = await openEvents(url, token, payload);
    if (!stream.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new Error(`Answered ${stream.status}`);
    }
    const event = await stream.next();
    stream.leave();
    const { data = null, errors = [] } = (event?.data ?? {}) as Partial<OperationOutcome>;
    return { data, errors };
  },
};

/** All ways to send an operation. */
export const TRANSPORTS: readonly Transport[] = [HTTP, WEB_SOCKET, EVENT_STREAM];

import { type Client, createClient } from 'graphql-ws/client';
import type { Connection } from './connection.ts';
import { authorizationOf } from './http.ts';
import { waitBefore } from './retry.ts';

/** Close codes of docs/errors.md. */
const SESSION_ENDED = 4401;
const TOKEN_REFUSED = 4403;
const NORMAL_CLOSURE = 1000;

/** A connection that is silent for this long is asked whether it still stands. */
const KEEP_ALIVE_MILLISECONDS = 10_000;
/** And if it says nothing for this long, it is given up: a network that drops packets closes nothing. */
const PONG_TIMEOUT_MILLISECONDS = 5_000;
/** A page that changes from one live view to the next keeps its socket. */
const LAZY_CLOSE_MILLISECONDS = 3_000;
const CONNECT_TIMEOUT_MILLISECONDS = 10_000;

export interface SocketOptions {
  readonly url: string;
  readonly connection: Connection;
  /** A class of sockets; null: the platform's. */
  readonly webSocketImpl: unknown;
  readonly getToken: (context: { readonly isExpired: boolean }) => Promise<string | null>;
  readonly onSessionEnded: () => void;
}

/**
 * The one socket of a page. It comes back however often the server refuses it, with random waits, so that not all clients of
 * a restarted server come at once; only the end of the session is final.
 */
export function openSocket({ url, connection, webSocketImpl, getToken, onSessionEnded }: SocketOptions): Client {
  const heartbeat = new Deadline(PONG_TIMEOUT_MILLISECONDS, () => client.terminate());
  // A server that is about to end, or a proxy without one behind it, may accept a connection and say nothing.
  const opening = new Deadline(CONNECT_TIMEOUT_MILLISECONDS, () => client.terminate());
  let isExpired = false;
  const client = createClient({
    url: socketAddress(url),
    webSocketImpl,
    connectionParams: async () => authorizationOf(await getToken({ isExpired })),
    lazyCloseTimeout: LAZY_CLOSE_MILLISECONDS,
    keepAlive: KEEP_ALIVE_MILLISECONDS,
    connectionAckWaitTimeout: CONNECT_TIMEOUT_MILLISECONDS,
    // Browsers tell of a refused connection by an event that is no CloseEvent, after which graphql-ws would give up.
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, waitBefore(retries))),
    on: {
      connecting: (isRetry) => {
        opening.start();
        connection.change(isRetry ? 'LOST' : 'CONNECTING');
      },
      opened: () => opening.stop(),
      connected: (_socket, _payload, wasRetry) => {
        isExpired = false;
        connection.change('OPEN', wasRetry);
      },
      ping: (isReceived) => isReceived || heartbeat.start(),
      pong: (isReceived) => isReceived && heartbeat.stop(),
      error: () => {
        opening.stop();
        connection.change('LOST');
      },
      closed: (event) => {
        opening.stop();
        heartbeat.stop();
        const code = (event as { code?: number }).code;
        isExpired = code === TOKEN_REFUSED;
        if (code === SESSION_ENDED) onSessionEnded();
        else connection.change(code === NORMAL_CLOSURE ? 'IDLE' : 'LOST');
      },
    },
  });
  return client;
}

function socketAddress(url: string): string {
  return url.replace(/^http/, 'ws');
}

/** Ends a connection that does not answer in time. */
class Deadline {
  readonly #milliseconds: number;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(milliseconds: number, onSilence: () => void) {
    this.#milliseconds = milliseconds;
    this.#onSilence = onSilence;
  }

  start(): void {
    this.stop();
    this.#timer = setTimeout(this.#onSilence, this.#milliseconds);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

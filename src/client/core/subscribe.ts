import type { Client } from 'graphql-ws/client';
import { TrainyardError, toTrainyardError } from './errors.ts';
import type { Answer } from './operation.ts';
import { isPassing, waitAfter, waitBefore } from './retry.ts';

/** Receives what a subscription brings. */
export interface Sink<Data> {
  next(data: Data): void;
  /**
   * The server follows, at first and again after each reconnect: what happens from then on is told. What was read before may
   * miss what happened in between; what is read from then on does not.
   */
  confirmed?(): void;
  /** The subscription has failed; nothing more comes. */
  error?(error: TrainyardError): void;
  /** The subscription has ended; nothing more comes. */
  complete?(): void;
}

/** What is followed. graphql-ws writes it anew each time it connects, so that variables that were changed count from then on. */
export interface Followed {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Of the subscriptions that are confirmed, each has another token. */
let confirmations = 0;

/** Statuses of runs, uploads and batch predictions that are still to change. */
const ACTIVE_STATUSES: readonly unknown[] = ['QUEUED', 'RUNNING', 'RECEIVING', 'READING'];

/** Follows a subscription until the function that it returns is called; tries again after errors that pass. */
export function follow<Data>(client: Client, followed: Followed, sink: Sink<Data>): () => void {
  const { payload, forget } = confirming(client, followed, sink);
  let attempts = 0;
  let last: Data | null = null;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let unsubscribe = () => {};
  const startAgain = (wait: number) => {
    unsubscribe();
    attempts += 1;
    timer = setTimeout(start, wait);
  };
  const fail = (error: TrainyardError) => {
    if (isPassing(error)) return startAgain(waitAfter(error, attempts));
    isOver = true;
    forget();
    unsubscribe();
    sink.error?.(error);
  };
  const complete = () => {
    if (isCutOff(payload.query, last)) return startAgain(waitBefore(attempts));
    isOver = true;
    forget();
    sink.complete?.();
  };
  const start = () => {
    // Of one start only the first end counts, and nothing after it.
    let hasEnded = false;
    const end = (how: () => void) => {
      if (isOver || hasEnded) return;
      hasEnded = true;
      how();
    };
    const leave = client.subscribe<Data>(payload, {
      next: (result) => {
        const { data, errors } = result as Partial<Answer<Data>>;
        if (errors !== undefined && errors.length > 0) end(() => fail(new TrainyardError(errors, data)));
        if (isOver || hasEnded || !data) return;
        attempts = 0;
        last = data;
        sink.next(data);
      },
      error: (error) => end(() => fail(toTrainyardError(error))),
      complete: () => end(complete),
    });
    // Not while a message is being told: graphql-ws counts an operation twice that is left then and completed by the next message
    // of the same packet, takes its socket for one that nobody needs, and never opens it again.
    unsubscribe = () => void setTimeout(leave, 0);
  };
  start();
  return () => {
    isOver = true;
    forget();
    if (timer !== null) clearTimeout(timer);
    unsubscribe();
  };
}

/** Asks the server for a confirmation, by a ping of its own, if somebody waits for it. */
function confirming<Data>(client: Client, followed: Followed, sink: Sink<Data>) {
  if (sink.confirmed === undefined) return { payload: followed, forget: () => {} };
  confirmations += 1;
  const token = String(confirmations);
  const forget = client.on('ping', (isReceived, payload) => {
    if (isReceived && payload?.['confirmed'] === token) sink.confirmed?.();
  });
  return { payload: { ...followed, extensions: { confirm: token } }, forget };
}

/**
 * Whether a subscription has been completed although there is more to come: a server that shuts down may end what it serves
 * before it closes the connection.
 */
function isCutOff(query: string, last: unknown): boolean {
  if (/\b(trainingRun|dataset)Changes\b/.test(query)) return true;
  const [value] = Object.values(last ?? {}) as ({ readonly status?: unknown } | null)[];
  return ACTIVE_STATUSES.includes(value?.status);
}

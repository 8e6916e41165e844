import type { Client } from 'graphql-ws/client';
import { TrainyardError, toTrainyardError } from './errors.ts';
import type { Answer } from './operation.ts';
import { isPassing, waitAfter } from './retry.ts';

/** Receives what a subscription brings. */
export interface Sink<Data> {
  next(data: Data): void;
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

/** Follows a subscription until the function that it returns is called; tries again after errors that pass. */
export function follow<Data>(client: Client, payload: Followed, sink: Sink<Data>): () => void {
  let attempts = 0;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let unsubscribe = () => {};
  const fail = (error: TrainyardError) => {
    if (isOver) return;
    if (!isPassing(error)) {
      isOver = true;
      unsubscribe();
      sink.error?.(error);
      return;
    }
    unsubscribe();
    timer = setTimeout(start, waitAfter(error, attempts));
    attempts += 1;
  };
  const start = () => {
    let hasFailed = false;
    const failOnce = (error: TrainyardError) => {
      if (hasFailed) return;
      hasFailed = true;
      fail(error);
    };
    unsubscribe = client.subscribe<Data>(payload, {
      next: (result) => {
        if (isOver || hasFailed) return;
        const { data, errors } = result as Partial<Answer<Data>>;
        if (errors !== undefined && errors.length > 0) failOnce(new TrainyardError(errors, data));
        else if (data) {
          attempts = 0;
          sink.next(data);
        }
      },
      error: (error) => failOnce(toTrainyardError(error)),
      complete: () => {
        if (isOver || hasFailed) return;
        isOver = true;
        sink.complete?.();
      },
    });
  };
  start();
  return () => {
    isOver = true;
    if (timer !== null) clearTimeout(timer);
    unsubscribe();
  };
}

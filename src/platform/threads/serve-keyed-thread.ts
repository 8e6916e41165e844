import { parentPort } from 'node:worker_threads';
import { packError, type ThreadFailure } from './thread-failure.ts';

/** The messages of KeyedThreads to a thread, and its replies. */
export interface KeyedRequest<Request> {
  readonly id: number;
  readonly request: Request;
}

export type KeyedReply<Result> = { readonly id: number } & (
  | { readonly result: Result }
  | { readonly failure: ThreadFailure }
);

/** To be called once, by the entry file of KeyedThreads' threads. An error of `handle` rejects its request alone. */
export function serveKeyedThread<Request, Result>(handle: (request: Request) => Promise<Result>): void {
  const port = parentPort;
  if (port === null) throw new Error('This file is for the threads of KeyedThreads.');
  const send = (reply: KeyedReply<Result>) => port.postMessage(reply);
  port.on('message', ({ id, request }: KeyedRequest<Request>) => {
    handle(request).then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, failure: packError(error) }),
    );
  });
}

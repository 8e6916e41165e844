import { ApolloLink } from '@apollo/client';
import { type DocumentNode, type FormattedExecutionResult, OperationTypeNode, print } from 'graphql';
import { Observable } from 'rxjs';
import type { Sink } from '../core/subscribe.ts';
import type { Trainyard } from '../core/trainyard.ts';
import type { UploadProgress } from '../core/upload.ts';

/** What an operation may have in its context. */
export interface TrainyardLinkContext {
  /** Told how far the upload of an operation with a file is. */
  readonly onProgress?: (progress: UploadProgress) => void;
  /** Called when the server follows a subscription, at first and after each reconnect: what is read from then on misses nothing. */
  readonly onConfirmed?: () => void;
}

type Result = ApolloLink.Result;

/**
 * The link of a Trainyard client: subscriptions go over its socket, operations with a file as a form with progress, all others
 * as JSON. Apollo Client and the hooks of this package then share one socket and one session.
 */
export function trainyardLink(trainyard: Trainyard): ApolloLink {
  return new ApolloLink(
    (operation) =>
      new Observable<Result>((observer) => {
        const { operationType, variables } = operation;
        const query = textOf(operation.query);
        const { onProgress = null, onConfirmed } = operation.getContext() as TrainyardLinkContext;
        if (operationType === OperationTypeNode.SUBSCRIPTION) {
          const sink: Sink<Record<string, unknown>> = {
            next: (data) => observer.next({ data }),
            error: (error) => observer.error(error),
            complete: () => observer.complete(),
            ...(onConfirmed === undefined ? {} : { confirmed: onConfirmed }),
          };
          return trainyard.subscribe(query as never, variables, sink as Sink<unknown>);
        }
        const aborter = new AbortController();
        trainyard.execute(query, variables, { signal: aborter.signal, onProgress }).then(
          (answer) => {
            observer.next(answer as FormattedExecutionResult as Result);
            observer.complete();
          },
          (error: unknown) => observer.error(error),
        );
        return () => aborter.abort();
      }),
  );
}

const texts = new WeakMap<DocumentNode, string>();

/** Documents are constants: each is printed once. */
function textOf(document: DocumentNode): string {
  let text = texts.get(document);
  if (text === undefined) {
    text = print(document);
    texts.set(document, text);
  }
  return text;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { TrainyardError } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ClientAddresses } from '../connections/client-address.ts';
import type { Context } from '../graphql/context.ts';
import { INVALID_OPERATION } from '../graphql/operation-label.ts';
import type { ApiMetrics } from '../health/api-metrics.ts';
import { DOWNLOADS_PATH } from './download-links.ts';
import { logRequest, PROBE_OPERATION } from './request-log.ts';
import { UPLOADS_PATH } from './upload-links.ts';

/** Not an HTTP status, but nginx's for a client that disconnected. */
const CLIENT_WENT_AWAY = 499;

/** Maximum length of logged paths. */
const MAX_PATH_LENGTH = 200;

/** The dependencies of recordRequest. */
interface Recording {
  readonly requestId: string;
  readonly pathname: string;
  /** Of those requests that are for GraphQL. */
  readonly contexts: WeakMap<ServerResponse, Context>;
  readonly addresses: ClientAddresses;
  readonly metrics: Pick<ApiMetrics, 'countRequest' | 'observeOperation'>;
  readonly logger: Logger;
}

/** Counts and logs a request once it is over: of a GraphQL request by its operation. */
export function recordRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, pathname, contexts, addresses, metrics, logger }: Recording,
): void {
  const { socket, method = 'GET' } = request;
  const startedAt = performance.now();
  const sentBefore = socket.bytesWritten;
  // Read now: the socket may be closed at the end.
  const address = addresses.of(request);
  response.once('close', () => {
    const context = contexts.get(response);
    // A stream lasts as long as its client listens, which then goes away: what counts is how long it took to begin.
    const streamsSince = context?.operationInfo.streamsSince ?? null;
    const milliseconds = (streamsSince ?? performance.now()) - startedAt;
    const isDone = response.writableFinished || streamsSince !== null;
    const status = isDone ? response.statusCode : CLIENT_WENT_AWAY;
    const operation = context ? (context.operationInfo.operation ?? INVALID_OPERATION) : kindOf(pathname);
    if (operation !== PROBE_OPERATION) metrics.countRequest(status);
    if (context) metrics.observeOperation(operation, milliseconds / 1000);
    logRequest(logger, {
      requestId,
      address,
      method,
      path: withoutToken(pathname),
      status,
      bytes: socket.bytesWritten - socket.writableLength - sentBefore,
      milliseconds,
      operation,
      userId: context?.caller.viewerId ?? null,
    });
  });
}

/** Fires when the connection closes before the response has been sent. */
export function clientAborted(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    controller.abort(new TrainyardError('BAD_REQUEST', 'The client closed the connection.'));
  });
  return controller.signal;
}

function kindOf(pathname: string): string {
  if (pathname.startsWith(DOWNLOADS_PATH)) return 'download';
  if (pathname.startsWith(UPLOADS_PATH)) return 'upload-part';
  return ['/healthz', '/readyz', '/metrics'].includes(pathname) ? PROBE_OPERATION : 'other';
}

function withoutToken(pathname: string): string {
  const signed = [DOWNLOADS_PATH, UPLOADS_PATH].find((prefix) => pathname.startsWith(prefix));
  return signed === undefined ? pathname.slice(0, MAX_PATH_LENGTH) : `${signed}…`;
}

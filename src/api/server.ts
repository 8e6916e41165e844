import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HTTPGraphQLResponse } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Config } from '../config.ts';
import { TrainyardError } from '../errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { ApiMetrics } from './api-metrics.ts';
import { bearerToken, type Context, type ContextServices, createContext } from './context.ts';
import { Cors } from './cors.ts';
import { DOWNLOADS_PATH } from './download-links.ts';
import type { Downloads } from './downloads.ts';
import { errorBody, httpStatus } from './errors.ts';
import { type GraphQLExecutor, startGraphQL } from './graphql.ts';
import { INVALID_OPERATION } from './operation-label.ts';
import type { Probes } from './probes.ts';
import { drain, readJson, watchForPauses } from './request-body.ts';
import { logRequest } from './request-log.ts';
import { type SubscriptionOptions, type SubscriptionServer, serveSubscriptions } from './subscriptions.ts';
import { isMultipart, readMultipart } from './uploads.ts';

const GRAPHQL_PATH = '/graphql';

/** Requests that are under way when the server ends have so long; a client that trickles must not hold it up. */
const MAX_CLOSE_MILLISECONDS = 8_000;

export interface ApiOptions {
  readonly schema: GraphQLSchema;
  readonly contextServices: ContextServices;
  readonly downloads: Downloads;
  readonly changes: SubscriptionOptions['changes'];
  readonly config: SubscriptionOptions['config'] &
    Pick<Config, 'HOST' | 'PORT' | 'CORS_ORIGINS' | 'MAX_CSV_UPLOAD_BYTES'>;
  readonly metrics: ApiMetrics;
  readonly probes: Probes;
  readonly logger: Logger;
}

/** A listening API. */
export interface Api {
  readonly port: number;
  /** Takes no new connection, ends the sockets, and waits for the requests that are under way. */
  close(): Promise<void>;
}

/** Serves GraphQL over HTTP and WebSocket, and downloads, on one port. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { config, schema } = options;
  const graphql = await startGraphQL(schema, options);
  const cors = new Cors(config.CORS_ORIGINS);
  const serving: Serving = { ...options, graphql, cors, contexts: new WeakMap() };
  // A large file over a slow line takes longer than any fixed time: what reads a body watches for a pause instead.
  const server = createServer({ requestTimeout: 0 }, (request, response) => void answer(request, response, serving));
  const subscriptions: SubscriptionServer = serveSubscriptions(server, GRAPHQL_PATH, { ...options, cors });
  options.metrics.watchSockets(() => subscriptions.figures());
  await listen(server, config.HOST, config.PORT);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      options.probes.noteEnding();
      const closed = new Promise((resolve) => server.close(resolve));
      const impatience = setTimeout(() => server.closeAllConnections(), MAX_CLOSE_MILLISECONDS);
      await subscriptions.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(impatience);
      await graphql.stop();
    },
  };
}

/** No status of HTTP, but what proxies write down in that case. */
const CLIENT_WENT_AWAY = 499;

interface Serving extends ApiOptions {
  /** Of those requests that are for GraphQL. */
  readonly contexts: WeakMap<ServerResponse, Context>;
  readonly graphql: GraphQLExecutor;
  readonly cors: Cors;
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-request-id', requestId);
  try {
    const { pathname, search } = targetOf(request);
    if (await serving.probes.serve(request, response, pathname)) return;
    recordRequest(response, requestId, pathname.startsWith(DOWNLOADS_PATH) ? 'download' : 'other', serving);
    serving.cors.apply(request, response);
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else if (pathname === GRAPHQL_PATH) await answerGraphQL(request, response, search, requestId, serving);
    else if (pathname.startsWith(DOWNLOADS_PATH) && isRead(request))
      await serving.downloads.serve(request, response, pathname);
    else
      throw new TrainyardError('NOT_FOUND', `There is nothing at ${pathname.slice(0, 200)}.`, {
        hint: `The API is at ${GRAPHQL_PATH}.`,
      });
  } catch (error) {
    const body = errorBody(error, requestId, serving);
    const status = httpStatus(body.errors[0]?.extensions?.['code']);
    await send(request, response, status, { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify(body));
  }
}

async function answerGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  requestId: string,
  serving: Serving,
): Promise<void> {
  const context = createContext(
    request,
    requestId,
    bearerToken(request.headers.authorization),
    serving.contextServices,
    clientGone(response),
  );
  serving.contexts.set(response, context);
  const body = await readBody(request, response, context, serving.config.MAX_CSV_UPLOAD_BYTES);
  const { method = 'GET', headers } = request;
  const result = await serving.graphql.execute({ method, headers, search, body }, context);
  await send(request, response, result.status ?? 200, Object.fromEntries(result.headers), textOf(result));
}

/** Counts and logs a request once it is over: of a GraphQL request by its operation. */
function recordRequest(response: ServerResponse, requestId: string, kind: string, serving: Serving): void {
  const { metrics, logger, contexts } = serving;
  const startedAt = performance.now();
  response.once('close', () => {
    const milliseconds = performance.now() - startedAt;
    const status = response.writableFinished ? response.statusCode : CLIENT_WENT_AWAY;
    const context = contexts.get(response);
    const operation = context ? (context.note.operation ?? INVALID_OPERATION) : kind;
    metrics.countRequest(status);
    if (context) metrics.observeOperation(operation, milliseconds / 1000);
    logRequest(logger, { requestId, operation, userId: context?.caller.knownUserId ?? null, status, milliseconds });
  });
}

/** Fires when the connection ends before the answer is out. */
function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    controller.abort(new TrainyardError('BAD_REQUEST', 'The client went away before the answer.'));
  });
  return controller.signal;
}

async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  maxFileBytes: number,
): Promise<unknown> {
  if (request.method !== 'POST') return null;
  watchForPauses(request);
  if (isMultipart(request)) return await readMultipart(request, response, context, maxFileBytes);
  return await readJson(request);
}

/** Sends an answer. Where the request's body was not read to its end, the connection ends with the answer. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  text: string,
): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const unread = !request.complete;
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(unread ? { connection: 'close' } : {}),
  });
  response.write(text);
  // The answer is out before the rest is drained; ending the connection at once would reset it under the client.
  if (unread) await drain(request);
  response.end();
}

function textOf({ body }: HTTPGraphQLResponse): string {
  if (body.kind !== 'complete') throw new Error('An answer in several parts, which no field of this schema makes.');
  return body.string;
}

/** Clients may ask for anything, such as `//`, which is no address. */
function targetOf({ url = '/' }: IncomingMessage): URL {
  const target = URL.parse(url, 'http://unused');
  if (target === null) throw new TrainyardError('BAD_REQUEST', 'The address of the request is none.');
  return target;
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

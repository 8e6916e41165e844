import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HTTPGraphQLResponse } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Config } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import { type ConnectionOptions, HttpConnections } from '../connections/http-connections.ts';
import { requestIdOf } from '../connections/request-id.ts';
import { EventStreams } from '../event-streams/event-streams.ts';
import { type Context, type ContextServices, createHttpContext } from '../graphql/context.ts';
import { errorBody, httpStatus, retryAfterOf } from '../graphql/errors.ts';
import { acceptsOnlyEventStream, type GraphQLExecutor, startGraphQL } from '../graphql/graphql.ts';
import { OperationReader } from '../graphql/operation-document.ts';
import type { ApiMetrics, SocketStats } from '../health/api-metrics.ts';
import type { Probes } from '../health/probes.ts';
import { OperationRules } from '../limits/operation-rules.ts';
import type { Pages } from '../pages/pages.ts';
import type { RateLimits } from '../rate-limits/rate-limits.ts';
import { SessionMonitor } from '../sockets/session-monitor.ts';
import { type SubscriptionOptions, serveSubscriptions } from '../sockets/subscriptions.ts';
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts';
import { Cors } from './cors.ts';
import { refuseForgeable } from './csrf.ts';
import { DOWNLOADS_PATH } from './download-links.ts';
import type { Downloads } from './downloads.ts';
import { type ModelRoutes, serveModel } from './model-serving.ts';
import type { PartUploads } from './part-uploads.ts';
import { RefusedOrigins } from './refused-origins.ts';
import { MAX_JSON_BYTES, readJson } from './request-body.ts';
import { clientAborted, recordRequest } from './request-record.ts';
import { type SecurityHeaders, securityHeaders } from './security-headers.ts';
import { sendResponse } from './send-response.ts';
import { UPLOADS_PATH } from './upload-links.ts';
import { isMultipart, readMultipart } from './uploads.ts';

const GRAPHQL_PATH = '/graphql';

export interface ApiOptions {
  readonly schema: GraphQLSchema;
  readonly contextServices: ContextServices;
  readonly downloads: Downloads;
  readonly partUploads: PartUploads;
  readonly models: ModelRoutes;
  /** Null: none are served. */
  readonly pages: Pages | null;
  readonly rateLimits: Pick<RateLimits, 'admit'>;
  readonly trustedDocuments: TrustedDocuments;
  readonly changes: Pick<NotificationHub, 'listen' | 'onReconnect'>;
  readonly config: SubscriptionOptions['config'] &
    ConnectionOptions['config'] &
    Pick<
      Config,
      | 'HOST'
      | 'PORT'
      | 'CORS_ORIGINS'
      | 'INTROSPECTION'
      | 'MAX_CSV_UPLOAD_BYTES'
      | 'MAX_MODEL_IMPORT_BYTES'
      | 'SHUTDOWN_TIMEOUT_SECONDS'
    >;
  readonly metrics: ApiMetrics;
  readonly probes: Probes;
  readonly logger: Logger;
  readonly connectionLimits?: ConnectionOptions['connectionLimits'];
}

/** A listening API. */
export interface Api {
  readonly port: number;
  /**
   * Becomes not ready, but still serves all requests until `grace` is over; then accepts no new connections, closes the
   * WebSockets, and waits for the requests in flight.
   */
  close(grace?: Promise<unknown>): Promise<void>;
}

/** Serves GraphQL over HTTP and WebSocket, and downloads, on one port. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { config, logger, schema, contextServices, connectionLimits } = options;
  const rules = new OperationRules(schema, config);
  const graphql = await startGraphQL(schema, rules, options.rateLimits, options);
  const reader = new OperationReader(rules, options.trustedDocuments);
  const sessions = new SessionMonitor(contextServices.auth, options.changes, logger);
  const streams = new EventStreams({ ...options, reader, sessions });
  const cors = new Cors(config.CORS_ORIGINS, contextServices.publicUrl);
  const secure = securityHeaders(contextServices.publicUrl);
  const serving: Serving = { ...options, graphql, cors, secure, streams, contexts: new WeakMap() };
  const { addresses } = contextServices;
  const connections = new HttpConnections({ config, addresses, logger, connectionLimits }, (request, response) => {
    void handle(request, response, serving, connections);
  });
  const { server, perAddress } = connections;
  const subscriptions = serveSubscriptions(server, GRAPHQL_PATH, { ...options, reader, sessions, cors, perAddress });
  options.metrics.monitorSockets(() => withStreams(subscriptions.stats(), streams));
  const port = await connections.listen(config.HOST, config.PORT);
  return {
    port,
    async close(grace) {
      options.probes.markShuttingDown();
      connections.drain();
      await grace;
      const maxMilliseconds = config.SHUTDOWN_TIMEOUT_SECONDS * 1_000;
      streams.close();
      await Promise.all([connections.close(maxMilliseconds), subscriptions.close(maxMilliseconds)]);
      sessions.close();
      await graphql.stop();
    },
  };
}

interface Serving extends ApiOptions {
  /** Of those requests that are for GraphQL. */
  readonly contexts: WeakMap<ServerResponse, Context>;
  readonly graphql: GraphQLExecutor;
  readonly cors: Cors;
  readonly secure: SecurityHeaders;
  readonly streams: EventStreams;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving,
  { perAddress }: HttpConnections,
): Promise<void> {
  const { contexts, contextServices, metrics, logger } = serving;
  const requestId = requestIdOf(request);
  response.setHeader('x-request-id', requestId);
  serving.secure(request, response);
  const target = URL.parse(request.url ?? '/', 'http://unused');
  const pathname = target?.pathname ?? '';
  const { addresses } = contextServices;
  recordRequest(request, response, { requestId, pathname, contexts, addresses, metrics, logger });
  try {
    if (await serving.probes.serve(request, response, pathname)) return;
    const release = perAddress.acquireForwarded(request);
    if (release === null) throw tooManyRequests();
    response.once('close', release);
    if (!serving.cors.apply(request, response)) RefusedOrigins.of(logger).log(request, addresses.of(request));
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    // The request target may be anything, such as `//`.
    else if (target === null) throw new TrainyardError('BAD_REQUEST', 'Malformed request URL.');
    else if (await handlePage(request, response, pathname, serving)) return;
    else if (pathname === GRAPHQL_PATH) await handleGraphQL(request, response, target.search, requestId, serving);
    else if (pathname.startsWith(DOWNLOADS_PATH) && isRead(request)) {
      await serving.downloads.serve(request, response, pathname);
    } else if (pathname.startsWith(UPLOADS_PATH) && request.method === 'PUT') {
      await serving.partUploads.serve(request, response, pathname);
    } else if (!(await handleModel(request, response, pathname, requestId, serving))) {
      if (await serving.pages?.serveConsole(request, response, pathname)) return;
      throw new TrainyardError('NOT_FOUND', `There is nothing at ${pathname.slice(0, 200)}.`, {
        hint: `The API is at ${GRAPHQL_PATH}.`,
      });
    }
  } catch (error) {
    const body = errorBody(error, requestId, serving);
    const status = httpStatus(body.errors[0]?.extensions?.['code']);
    const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
    const retryAfter = retryAfterOf(body.errors);
    if (retryAfter !== null) headers['retry-after'] = retryAfter;
    await sendResponse(request, response, status, headers, JSON.stringify(body));
  }
}

/** A file of a page, or GraphiQL. False if the request is for neither. */
async function handlePage(
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  { pages }: Serving,
): Promise<boolean> {
  if (pages === null) return false;
  if (pathname === GRAPHQL_PATH) return await pages.serveGraphiQL(request, response);
  return await pages.serveFile(request, response, pathname);
}

/** False if no model is served at the path. */
async function handleModel(
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  requestId: string,
  serving: Serving,
): Promise<boolean> {
  const route = serving.models.find(request.method ?? 'GET', pathname);
  if (route === null) return false;
  const context = createHttpContext(request, requestId, clientAborted(response), serving.contextServices);
  if (!route.isOpen) serving.contexts.set(response, context);
  await serveModel(request, response, route, context, serving.rateLimits);
  return true;
}

async function handleGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  requestId: string,
  serving: Serving,
): Promise<void> {
  const context = createHttpContext(request, requestId, clientAborted(response), serving.contextServices);
  serving.contexts.set(response, context);
  refuseForgeable(request);
  const { MAX_CSV_UPLOAD_BYTES, MAX_MODEL_IMPORT_BYTES } = serving.config;
  // Which of the two it is, the operation will tell.
  const body = await readBody(request, context, Math.max(MAX_CSV_UPLOAD_BYTES, MAX_MODEL_IMPORT_BYTES));
  const { method = 'GET', headers } = request;
  const asked = { method, headers, search, body };
  if (isEventStream(request)) {
    // Its head is sent before the operation runs.
    context.cookies.forbidChanges();
    return await serving.streams.serve(asked, response, context);
  }
  const result = await serving.graphql.execute(serving.trustedDocuments.resolveRequest(asked), context);
  if (context.cookies.changes.length > 0) response.setHeader('set-cookie', context.cookies.changes);
  await sendResponse(request, response, result.status ?? 200, Object.fromEntries(result.headers), textOf(result));
}

async function readBody(request: IncomingMessage, context: Context, maxFileBytes: number): Promise<unknown> {
  if (request.method !== 'POST') return null;
  if (isMultipart(request)) {
    // The size of a form's operation is unknown, so the maximum is assumed.
    context.operationInfo.bytes = MAX_JSON_BYTES;
    return await readMultipart(request, context, maxFileBytes);
  }
  const { value, bytes } = await readJson(request);
  context.operationInfo.bytes = bytes;
  return value;
}

function textOf({ body }: HTTPGraphQLResponse): string {
  if (body.kind !== 'complete') throw new Error('An answer in several parts, which no field of this schema makes.');
  return body.string;
}

/** True for an operation whose result is read as server-sent events, and nothing else. A file has one result. */
function isEventStream(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return (method === 'GET' || method === 'POST') && acceptsOnlyEventStream(headers) && !isMultipart(request);
}

/** The statistics of sockets, with the subscriptions of streams among them. */
function withStreams(stats: SocketStats, streams: EventStreams): SocketStats {
  const subscriptions = new Map(stats.subscriptions);
  for (const [field, count] of streams.subscriptions) subscriptions.set(field, (subscriptions.get(field) ?? 0) + count);
  return { ...stats, subscriptions };
}

function tooManyRequests(): TrainyardError {
  return new TrainyardError('RATE_LIMITED', 'Too many concurrent requests from this address.', {
    retryAfterSeconds: 5,
  });
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type ExecutionArgs, execute, GraphQLError, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Config } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import { assertPatched } from '../../platform/patched-dependency.ts';
import { limitMessageRate, MESSAGE_RATE, type MessageRate } from '../connections/message-rate.ts';
import { type MessageSizes, trackMessageSizes } from '../connections/message-sizes.ts';
import { pauseSocket, resumeSocket } from '../connections/socket-pauses.ts';
import { type UpgradeChecks, upgradeCheck } from '../connections/upgrade-check.ts';
import { type Context, type ContextServices, createContext } from '../graphql/context.ts';
import { formatErrors } from '../graphql/errors.ts';
import type { OperationReader } from '../graphql/operation-document.ts';
import { INVALID_OPERATION, labelOf } from '../graphql/operation-label.ts';
import { SharedResults } from '../graphql/shared-results.ts';
import type { ApiMetrics, SocketStats } from '../health/api-metrics.ts';
import type { Cors } from '../http/cors.ts';
import { MAX_JSON_BYTES } from '../http/request-body.ts';
import { logRequest } from '../http/request-log.ts';
import { SessionCookies } from '../http/session-cookies.ts';
import { refusalOf } from '../limits/response-size.ts';
import { type RateLimits, refusalBy } from '../rate-limits/rate-limits.ts';
import { applyBackpressure, BACKPRESSURE_LIMITS, type BackpressureLimits } from './backpressure.ts';
import { lengthOfClientId } from './client-ids.ts';
import { MAX_CLOSE_MILLISECONDS } from './close-codes.ts';
import { confirmSubscription } from './confirmation.ts';
import { OpenSockets } from './open-sockets.ts';
import type { SessionMonitor } from './session-monitor.ts';
import {
  authenticateSocket,
  credentialsOf,
  type Introduction,
  type SocketConnection,
} from './socket-authentication.ts';
import type { SocketOperation } from './socket-operations.ts';
import { TolerantSocket } from './tolerant-socket.ts';

/** A message of a client is an operation with its variables: never larger than a JSON request. */
const MAX_MESSAGE_BYTES = MAX_JSON_BYTES;

/**
 * Unauthenticated clients only send a token, or sign in. Many such sockets may be open, and their messages stay in memory until
 * they are handled.
 */
const MAX_ANONYMOUS_MESSAGE_BYTES = 20_000;

/** Sockets transfer no files, and their operations are ended by their iterators. */
const NEVER_ABORTED = new AbortController().signal;

/** More than a page with a live list and some progress bars needs. */
const MAX_OPERATIONS_PER_SOCKET = 100;

/** A dead peer is detected within twice this time. */
const KEEP_ALIVE_MILLISECONDS = 12_000;

/** Maximum number of unauthenticated sockets. */
const MAX_ANONYMOUS_SOCKETS = 1_000;

/** Clients count or take UUIDs. Every message of a subscription carries its id, and the process keeps it as long as that runs. */
const MAX_ID_LENGTH = 200;

/** An option of ws that its types do not know yet: a peer that does not answer its being closed is cut off. */
const CLOSE_TIMEOUT = { closeTimeout: MAX_CLOSE_MILLISECONDS };

/** Polling interval for executing operations during shutdown. */
const EXECUTING_POLL_MILLISECONDS = 20;

export interface SubscriptionOptions extends Pick<UpgradeChecks, 'perAddress'> {
  readonly schema: GraphQLSchema;
  readonly reader: OperationReader;
  readonly rateLimits: Pick<RateLimits, 'admit'>;
  /** Left open when the sockets are closed. */
  readonly sessions: Pick<SessionMonitor, 'monitor'>;
  readonly contextServices: ContextServices;
  readonly cors: Cors;
  readonly metrics: Pick<ApiMetrics, 'observeOperation' | 'countError'>;
  readonly config: Pick<Config, 'MAX_SOCKETS_PER_USER' | 'MAX_SUBSCRIPTIONS_PER_USER'>;
  readonly logger: Logger;
  /** Default: BACKPRESSURE_LIMITS. */
  readonly backpressureLimits?: BackpressureLimits;
  /** Default: MESSAGE_RATE. */
  readonly messageRate?: MessageRate;
  /** The clock by which the rate of messages is held. Default: that of the process. */
  readonly now?: () => number;
  /** Default: MAX_ANONYMOUS_SOCKETS. */
  readonly maxAnonymousSockets?: number;
}

export interface SubscriptionServer {
  stats(): SocketStats;
  /** Waits until executing operations have a result, at most so long; then closes all sockets with 1001. */
  close(maxMilliseconds: number): Promise<void>;
}

type Hooks = Parameters<typeof useServer<Record<string, unknown>, Introduction>>[0];

/** The dependencies of the hooks. */
interface Serving extends SubscriptionOptions {
  /** The operations that are in flight. */
  readonly inFlight: WeakMap<Context, InFlight>;
  readonly open: OpenSockets;
  readonly sizes: MessageSizes;
}

/** An operation, and how its execution is followed. */
interface InFlight {
  readonly operation: SocketOperation;
  track<T extends object>(execute: () => T | Promise<T>): Promise<T>;
}

/** Serves the graphql-transport-ws protocol on the port of the HTTP server. Apollo's options do not apply here. */
export function serveSubscriptions(server: Server, path: string, options: SubscriptionOptions): SubscriptionServer {
  assertPatched('graphql-ws', useServer);
  const { contextServices, cors, config, logger, perAddress, backpressureLimits = BACKPRESSURE_LIMITS } = options;
  const upgrades = upgradeCheck({ cors, perAddress, addresses: contextServices.addresses, logger });
  const before = server.listeners('error');
  const sockets = new WebSocketServer({
    server,
    path,
    maxPayload: MAX_MESSAGE_BYTES,
    WebSocket: TolerantSocket,
    // One message is handled in each turn of the event loop: many in one piece let others have theirs in between.
    allowSynchronousEvents: false,
    ...CLOSE_TIMEOUT,
    verifyClient: (info, answer) => upgrades.verify(info, answer),
  });
  // The library would take the HTTP server's own errors over and print them with their stack: one of listening belongs to the
  // start, which says what to do, and later ones to the log.
  for (const listener of server.listeners('error').filter((each) => !before.includes(each))) {
    server.off('error', listener as (error: Error) => void);
  }
  server.on('error', (error) => void (server.listening && logger.error({ err: error }, 'HTTP server error')));
  const open = new OpenSockets({
    maxAnonymous: options.maxAnonymousSockets ?? MAX_ANONYMOUS_SOCKETS,
    maxPerUser: config.MAX_SOCKETS_PER_USER,
    maxOperationsPerUser: config.MAX_SUBSCRIPTIONS_PER_USER,
  });
  const stopBounding = applyBackpressure(sockets, backpressureLimits);
  limitMessageRate(sockets, options.messageRate ?? MESSAGE_RATE, options.now);
  sockets.on('connection', (socket) => open.add(socket));
  const maxBytes = (socket: WebSocket) => (open.isAnonymous(socket) ? MAX_ANONYMOUS_MESSAGE_BYTES : MAX_MESSAGE_BYTES);
  const sizes = trackMessageSizes(sockets, maxBytes);
  const protocol = useServer(
    hooksOf({
      ...options,
      open,
      sizes,
      inFlight: new WeakMap(),
    }),
    sockets,
    KEEP_ALIVE_MILLISECONDS,
  );
  logErrors(sockets, logger);
  return {
    stats: () => open.stats(),
    async close(maxMilliseconds) {
      upgrades.refuseAll();
      for (const socket of sockets.clients) pauseSocket(socket, 'CLOSING');
      const deadline = performance.now() + maxMilliseconds;
      while (open.isExecuting && performance.now() < deadline) await delay(EXECUTING_POLL_MILLISECONDS);
      for (const socket of sockets.clients) resumeSocket(socket, 'CLOSING');
      await protocol.dispose();
      stopBounding();
      sockets.close();
    },
  };
}

/**
 * What comes over a socket that is no message, or too large a one, is its peer's mistake: ws has closed it for that, and the
 * library would print the error with its stack, which lets anybody fill the log.
 */
function logErrors(sockets: WebSocketServer, logger: Logger): void {
  const log = LimitedLog.of(logger);
  sockets.on('connection', (socket, { socket: { remoteAddress: address } }) => {
    socket.removeAllListeners('error');
    socket.on('error', ({ message }) =>
      log.warn({ address, reason: message }, 'closed a WebSocket because of an invalid message'),
    );
  });
}

function hooksOf(serving: Serving): Hooks {
  const { open } = serving;
  const track = <T extends object>({ contextValue }: ExecutionArgs, run: () => T | Promise<T>) =>
    serving.inFlight.get(contextValue as Context)?.track(run) ?? run();
  const results = new SharedResults();
  return {
    // Otherwise the close reason would expose internal errors.
    isProd: true,
    onConnect: (connection) => authenticateSocket(connection, serving),
    execute: (args) => track(args, () => execute(args)),
    subscribe: (args) => track(args, () => results.subscribe(args)),
    onSubscribe: async (connection, id, payload) => {
      if (lengthOfClientId(id) > MAX_ID_LENGTH) return [tooLongId()];
      const { extra } = connection;
      const bytes = serving.sizes.latestOf(extra.socket);
      const violation = tooMuch(connection, bytes, open);
      if (violation !== null) return [violation];
      const { schema, reader, contextServices } = serving;
      const document = reader.read(payload);
      if (!('kind' in document)) return document;
      const { request, claims } = extra;
      const credentials = credentialsOf(claims ?? null, contextServices);
      const incoming = { request, requestId: randomUUID(), credentials, cookies: SessionCookies.none() };
      const contextValue = createContext({ ...incoming, clientAborted: NEVER_ABORTED }, contextServices);
      contextValue.operationInfo.bytes = bytes;
      contextValue.operationInfo.operation = labelOf(document, payload.operationName);
      const operations = open.operationsOf(extra.socket);
      const operation = operations.begin(id, bytes);
      const { operationName, variables } = payload;
      const asked = { document, operationName: operationName ?? null, variables: variables ?? {} };
      const refusal = await refusalBy(serving.rateLimits, contextValue, asked);
      if (refusal !== null) {
        operations.finish(id);
        return [refusal];
      }
      serving.inFlight.set(contextValue, { operation, track: (run) => operations.track(id, operation, run) });
      return {
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? null,
        contextValue,
      };
    },
    onOperation: ({ extra }, _id, payload, { contextValue }, result) => {
      const context = contextValue as Context;
      const operation = serving.inFlight.get(context)?.operation;
      if (operation && Symbol.asyncIterator in result) {
        operation.field = context.operationInfo.operation ?? null;
        confirmSubscription(extra.socket, payload);
      }
      recordOperation(context, serving);
    },
    onNext: async (_connection, _id, _payload, { contextValue }, { data, errors }) => {
      const { requestId } = contextValue as Context;
      const refusal = await refusalOf({ data, errors });
      if (refusal !== null) return { data: null, errors: formatErrors([refusal], requestId, serving) };
      if (!errors) return undefined;
      return { data: data ?? null, errors: formatErrors(errors, requestId, serving) };
    },
    onError: (_connection, _id, _payload, errors) => {
      return formatErrors(errors, randomUUID(), serving);
    },
    // Called for every executed operation, unless it throws, which closes its socket.
    onComplete: ({ extra }, id) => open.operationsOf(extra.socket).finish(id),
  };
}

/** Logs and measures an operation once it has its result; of a subscription, the time until it runs. */
function recordOperation(context: Context, { metrics, logger, inFlight }: Serving): void {
  const { requestId, address, operationInfo, caller } = context;
  const operation = operationInfo.operation ?? INVALID_OPERATION;
  const milliseconds = performance.now() - (inFlight.get(context)?.operation.startedAt ?? performance.now());
  metrics.observeOperation(operation, milliseconds / 1000);
  logRequest(logger, { requestId, address, operation, userId: caller.viewerId, milliseconds });
}

/** The error for an operation above the limits; null if it is allowed. */
function tooMuch({ extra }: SocketConnection, bytes: number, open: OpenSockets): GraphQLError | null {
  const { socket, claims } = extra;
  if (socket.readyState !== socket.OPEN) return rateLimited('The socket is closing.');
  if (open.exceedsBytes(socket, claims?.userId ?? null, bytes)) {
    return rateLimited('The open operations use too much memory; complete some of them first.');
  }
  if (open.operationsOf(extra.socket).size >= MAX_OPERATIONS_PER_SOCKET) {
    return rateLimited(`A socket may have ${MAX_OPERATIONS_PER_SOCKET} operations open at once.`);
  }
  if (extra.claims && open.hasMaxOperations(extra.claims.userId)) {
    return rateLimited('This user has too many operations open over sockets; complete some of them first.');
  }
  return null;
}

function tooLongId(): GraphQLError {
  const message = `The id of an operation may have at most ${MAX_ID_LENGTH} characters.`;
  return new GraphQLError(message, { originalError: new TrainyardError('BAD_REQUEST', message) });
}

function rateLimited(message: string): GraphQLError {
  return new GraphQLError(message, { originalError: new TrainyardError('RATE_LIMITED', message) });
}

import type { ServerResponse } from 'node:http';
import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import { createHandler, type Handler } from 'graphql-sse';
import { type NobodyReason, unauthenticated } from '../../auth/viewer.ts';
import type { Config } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import type { Context } from '../graphql/context.ts';
import { type ErrorLog, errorBody, formatErrors, retryAfterOf } from '../graphql/errors.ts';
import type { GraphQLHttpRequest } from '../graphql/graphql.ts';
import type { OperationReader } from '../graphql/operation-document.ts';
import { labelOf } from '../graphql/operation-label.ts';
import { payloadOf } from '../graphql/request-payload.ts';
import { SharedResults } from '../graphql/shared-results.ts';
import { refusalOf } from '../limits/response-size.ts';
import { type RateLimits, refusalBy } from '../rate-limits/rate-limits.ts';
import type { SessionMonitor } from '../sockets/session-monitor.ts';
import { EventStream } from './event-stream.ts';
import { OpenStreams } from './open-streams.ts';

export interface EventStreamOptions extends ErrorLog {
  readonly schema: GraphQLSchema;
  readonly reader: OperationReader;
  readonly rateLimits: Pick<RateLimits, 'admit'>;
  readonly sessions: Pick<SessionMonitor, 'monitor'>;
  readonly config: Pick<Config, 'MAX_SUBSCRIPTIONS_PER_USER'>;
}

/**
 * Serves operations as server-sent events, by the protocol of graphql-sse in its distinct connections mode: one response for
 * each operation. The same rules apply as over sockets.
 */
export class EventStreams {
  readonly #options: EventStreamOptions;
  readonly #open: OpenStreams;
  readonly #handler: Handler<EventStream>;
  #isClosing = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#open = new OpenStreams(options.config);
    this.#handler = handlerOf(options);
  }

  /** Running subscriptions by field. */
  get subscriptions(): ReadonlyMap<string, number> {
    return this.#open.subscriptions;
  }

  /** Answers one operation, and resolves when its stream has ended. Throws what is wrong with the request. */
  async serve(request: GraphQLHttpRequest, response: ServerResponse, context: Context): Promise<void> {
    if (this.#isClosing) throw new TrainyardError('SERVICE_UNAVAILABLE', 'The server is shutting down.');
    const payload = payloadOf(request);
    const stream = new EventStream(response, context, payload, request.method === 'GET');
    await this.#admit(stream);
    const [events, { status }] = await this.#handler({
      // What the library reads of a request has been read, and checked, here.
      method: 'POST',
      url: '/',
      headers: { get: (name) => (name === 'accept' ? 'text/event-stream' : 'application/json') },
      body: { query: payload.query },
      raw: stream,
      context: undefined,
    });
    if (typeof events === 'string' || events === null) throw new Error(`graphql-sse answered ${status}: ${events}`);
    context.operationInfo.streamsSince = performance.now();
    await stream.send(events);
  }

  /** Ends all streams, and opens no further ones. */
  close(): void {
    this.#isClosing = true;
    this.#open.close();
  }

  /** Counts the stream, and ends it when the session of its token ends, not when the token expires. */
  async #admit(stream: EventStream): Promise<void> {
    const { context } = stream;
    const verified = await context.caller.verify();
    const claims = verified === null || verified.isExpired ? null : verified.claims;
    const refusal = this.#open.add(stream, claims?.userId ?? null);
    if (refusal !== null) throw new TrainyardError('RATE_LIMITED', refusal);
    if (claims === null) return;
    // Monitored before the root field looks: a session that ends in between is not missed.
    const stopMonitoring = this.#options.sessions.monitor(claims, (end) => {
      // Of a session that has moved to another workspace the client has, or gets, a token for that.
      const reason = end === 'SESSION_ENDED' ? 'SESSION_ENDED' : 'TOKEN_EXPIRED';
      stream.endWith(lastResult(reason, context.requestId, this.#options));
    });
    stream.onClose(stopMonitoring);
  }
}

function handlerOf(options: EventStreamOptions): Handler<EventStream> {
  const { schema, reader, rateLimits } = options;
  const results = new SharedResults();
  return createHandler<EventStream>({
    // Without a token there are only distinct connections.
    authenticate: () => null,
    // OperationReader has compared the document with the schema.
    validate: () => [],
    execute: (args: ExecutionArgs) => execute(args),
    subscribe: (args: ExecutionArgs) => results.subscribe(args),
    onSubscribe: async ({ raw: stream }) => {
      const { context, isReadOnly, payload } = stream;
      const document = reader.read(payload);
      if (!('kind' in document)) return refused(document);
      const { operationName = null, variables = null } = payload;
      if (isReadOnly && getOperationAST(document, operationName)?.operation === 'mutation') {
        return refused([mutationByGet()]);
      }
      context.operationInfo.operation = labelOf(document, operationName);
      const refusal = await refusalBy(rateLimits, context, { document, operationName, variables: variables ?? {} });
      if (refusal !== null) {
        stream.setRetryAfter(retryAfterOf([refusal.toJSON()]));
        return refused([refusal]);
      }
      // The library takes contexts of its own kind only.
      return { schema, document, operationName, variableValues: variables, contextValue: context as never };
    },
    onOperation: (_context, { raw: stream }, _args, result) => {
      if (Symbol.asyncIterator in result) stream.field = stream.context.operationInfo.operation;
    },
    onNext: async (_context, { raw: stream }, result) => {
      await stream.readyForMore();
      return await formatted(result as ExecutionResult, stream.context.requestId, options);
    },
  });
}

/** What keeps an operation from being executed is told as its only result, as clients expect it. */
async function* refused(errors: readonly GraphQLError[]): AsyncGenerator<ExecutionResult> {
  yield await Promise.resolve({ errors });
}

/** A result as it is sent. */
async function formatted(result: ExecutionResult, requestId: string, log: ErrorLog): Promise<ExecutionResult> {
  const refusal = await refusalOf(result);
  if (refusal === null && !result.errors) return result;
  const errors = formatErrors(refusal === null ? (result.errors ?? []) : [refusal], requestId, log);
  // The library passes on what it gets: errors need not be instances of GraphQLError.
  return { ...(refusal === null ? result : { data: null }), errors: errors as unknown as GraphQLError[] };
}

function mutationByGet(): GraphQLError {
  const refusal = new TrainyardError('BAD_REQUEST', 'Mutations must be sent by POST.');
  return new GraphQLError(refusal.message, { originalError: refusal });
}

/** The last result of a stream whose session has ended, or has moved to another workspace. */
function lastResult(reason: NobodyReason, requestId: string, log: ErrorLog): ExecutionResult {
  return errorBody(unauthenticated(reason), requestId, log) as unknown as ExecutionResult;
}

import type { IncomingHttpHeaders } from 'node:http';
import {
  ApolloServer,
  type ApolloServerPlugin,
  HeaderMap,
  type HTTPGraphQLRequest,
  type HTTPGraphQLResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { TrainyardError } from '../../errors.ts';
import { YieldingQueue } from '../../platform/concurrency/yielding-queue.ts';
import { MAX_TOKENS, violationOfText } from '../limits/document-bounds.ts';
import type { OperationRules } from '../limits/operation-rules.ts';
import { refusalOf } from '../limits/response-size.ts';
import { type RateLimits, refusalBy } from '../rate-limits/rate-limits.ts';
import type { Context } from './context.ts';
import { type ErrorLog, formatErrors, httpStatus, retryAfterOf } from './errors.ts';
import { operationLabel } from './operation-label.ts';

/** A GraphQL request read from HTTP, whatever its encoding was. */
export interface GraphQLHttpRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly search: string;
  readonly body: unknown;
}

/** Executes operations that come over HTTP. */
export interface GraphQLExecutor {
  execute(request: GraphQLHttpRequest, context: Context): Promise<HTTPGraphQLResponse>;
  stop(): Promise<void>;
}

/** Starts Apollo Server on a schema, of which the rules are. */
export async function startGraphQL(
  schema: GraphQLSchema,
  rules: OperationRules,
  rateLimits: Pick<RateLimits, 'admit'>,
  log: ErrorLog,
): Promise<GraphQLExecutor> {
  const server = new ApolloServer<Context>({
    schema,
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    // It is compared with the schema where the rules allow it, as on sockets.
    dangerouslyDisableValidation: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    // Otherwise Apollo sends itself the signal again, and the shutdown runs twice.
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      requestRules(rules, rateLimits, log),
    ],
    logger: log.logger.child({ part: 'apollo' }),
  });
  await server.start();
  const queue = new YieldingQueue();
  return {
    async execute(request, context) {
      const violation = violationOfText(queryOf(request));
      if (violation !== null) throw new GraphQLError(violation, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
      // Many may come at the same moment: between them, others are answered.
      await queue.next();
      const result = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: toApolloRequest(request),
        context: () => Promise.resolve(context),
      });
      return withFormattedErrors(result, context.requestId, log);
    },
    stop: () => server.stop(),
  };
}

/** Refuses what may not run, and formats errors where the request's id is known, which `formatError` of Apollo is not told. */
function requestRules(
  rules: OperationRules,
  rateLimits: Pick<RateLimits, 'admit'>,
  log: ErrorLog,
): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, request, contextValue }) => {
        const { operationName = null, variables = {} } = request;
        const refusals = rules.refusalsOf(document, { operationName, variables });
        if (refusals.length > 0) throw new RefusedOperation(refusals);
        if (operation) contextValue.operationInfo.operation = operationLabel(document, operation);
        if (operation?.operation === 'subscription') throw subscriptionOverHttp();
        const admitted = { document, operationName: operationName ?? null, variables };
        const refusal = await refusalBy(rateLimits, contextValue, admitted);
        if (refusal !== null) throw new RefusedOperation([refusal], httpStatus(refusal.extensions['code']));
      },
      willSendResponse: async ({ response, errors, contextValue }) => {
        if (response.body.kind !== 'single') return;
        const { requestId } = contextValue;
        const { body } = response;
        const refusal = await refusalOf({ ...body.singleResult, errors });
        if (refusal !== null) {
          response.http.status = 400;
          body.singleResult = { errors: formatErrors([refusal], requestId, log) };
        } else if (body.singleResult.errors) {
          const formatted = formatErrors(originalsOf(body.singleResult.errors, errors), requestId, log);
          body.singleResult.errors = formatted;
          const retryAfter = retryAfterOf(formatted);
          if (retryAfter !== null) response.http.headers.set('retry-after', retryAfter);
        }
      },
    }),
  };
}

/** The errors of a response before Apollo formatted them; each refusal of an operation is one. */
function originalsOf(
  formattedErrors: readonly GraphQLFormattedError[],
  errors: readonly GraphQLError[] = [],
): GraphQLError[] {
  return formattedErrors.flatMap(({ message, extensions = {} }, index) => {
    const error = errors[index];
    if (error instanceof RefusedOperation) return error.refusals;
    return error ?? new GraphQLError(message, { extensions });
  });
}

/** Why an operation is not executed: Apollo takes one error for it, and there may be several. */
class RefusedOperation extends GraphQLError {
  readonly refusals: readonly GraphQLError[];

  constructor(refusals: readonly GraphQLError[], status = 400) {
    super('The operation was refused.', { extensions: { http: { status } } });
    this.refusals = refusals;
  }
}

function subscriptionOverHttp(): GraphQLError {
  const refusal = new TrainyardError(
    'OPERATION_RESOLUTION_FAILURE',
    'Subscriptions use WebSocket or server-sent events, at the same path.',
    { hint: 'Use the client of graphql-ws or graphql-sse, or accept text/event-stream alone.' },
  );
  return new GraphQLError(refusal.message, { originalError: refusal, extensions: { http: { status: 400 } } });
}

/** True for a client that reads server-sent events and nothing else. */
export function acceptsOnlyEventStream({ accept = '' }: IncomingHttpHeaders): boolean {
  return /\btext\/event-stream\b/i.test(accept) && !/json|\*\/\*|application\/\*/i.test(accept);
}

/**
 * What Apollo refuses before it is an operation, and what breaks when the answer is written, passes no formatter: those
 * errors are formatted here. The others have their request's id.
 */
function withFormattedErrors(result: HTTPGraphQLResponse, requestId: string, log: ErrorLog): HTTPGraphQLResponse {
  if ((result.status ?? 200) < 400 || result.body.kind !== 'complete') return result;
  const { errors = [], ...rest } = JSON.parse(result.body.string) as FormattedExecutionResult;
  if (errors.every(({ extensions }) => extensions?.['requestId'] === requestId)) return result;
  const raw = errors.map(({ message, extensions = {} }) => new GraphQLError(message, { extensions }));
  const formatted = formatErrors(raw, requestId, log);
  return { ...result, body: { kind: 'complete', string: JSON.stringify({ errors: formatted, ...rest }) } };
}

/** The query as sent, with either method; Apollo refuses anything else. */
function queryOf({ method, search, body }: GraphQLHttpRequest): string {
  const query: unknown =
    method === 'GET' ? new URLSearchParams(search).get('query') : isObject(body) && 'query' in body ? body.query : null;
  return typeof query === 'string' ? query : '';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function toApolloRequest({ method, headers, search, body }: GraphQLHttpRequest): HTTPGraphQLRequest {
  const headerMap = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) headerMap.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return { method, headers: headerMap, search, body };
}

import type { IncomingHttpHeaders } from 'node:http';
import {
  ApolloServer,
  type ApolloServerPlugin,
  HeaderMap,
  type HTTPGraphQLRequest,
  type HTTPGraphQLResponse,
} from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type FormattedExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../platform/logger.ts';
import type { Context } from './context.ts';
import { formatError } from './errors.ts';
import { excessOf, MAX_TOKENS } from './limits.ts';
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

/** Starts Apollo Server on a schema. */
export async function startGraphQL(schema: GraphQLSchema, logger: Logger): Promise<GraphQLExecutor> {
  const server = new ApolloServer<Context>({
    schema,
    introspection: true,
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    // Otherwise Apollo sends itself the signal again, and the shutdown runs twice.
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled(), requestRules(logger)],
    logger: logger.child({ part: 'apollo' }),
  });
  await server.start();
  return {
    async execute(request, context) {
      const result = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: toApolloRequest(request),
        context: () => Promise.resolve(context),
      });
      return withRequestId(result, context.requestId);
    },
    stop: () => server.stop(),
  };
}

/** Refuses what only a socket runs, and formats errors where the request's id is known, which `formatError` of Apollo is not told. */
function requestRules(logger: Logger): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, request, contextValue }) => {
        if (operation) contextValue.note.operation = operationLabel(document, operation);
        if (operation?.operation === 'subscription') throw subscriptionOverHttp();
        const excess = operation === undefined ? null : excessOf(document, operation, request.variables ?? {});
        if (excess !== null) throw tooMuch(excess);
      },
      willSendResponse: async ({ response, errors, contextValue }) => {
        if (response.body.kind !== 'single' || !response.body.singleResult.errors) return;
        response.body.singleResult.errors = response.body.singleResult.errors.map((formatted, index) => {
          const error =
            errors?.[index] ?? new GraphQLError(formatted.message, { extensions: formatted.extensions ?? {} });
          return formatError(error, contextValue.requestId, logger);
        });
      },
    }),
  };
}

function tooMuch({ message, nodes }: GraphQLError): GraphQLError {
  const extensions = { code: ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED, http: { status: 400 } };
  return new GraphQLError(message, { nodes: nodes ?? null, extensions });
}

function subscriptionOverHttp(): GraphQLError {
  return new GraphQLError('Subscriptions run over WebSocket, at the same path.', {
    extensions: { code: ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE, http: { status: 400 } },
  });
}

/** What Apollo refuses before it is an operation passes no formatter: gives those errors the request's id. */
function withRequestId(result: HTTPGraphQLResponse, requestId: string): HTTPGraphQLResponse {
  if ((result.status ?? 200) < 400 || result.body.kind !== 'complete') return result;
  const { errors = [], ...rest } = JSON.parse(result.body.string) as FormattedExecutionResult;
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return { ...result, body: { kind: 'complete', string: JSON.stringify({ errors: named, ...rest }) } };
}

function toApolloRequest({ method, headers, search, body }: GraphQLHttpRequest): HTTPGraphQLRequest {
  const headerMap = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) headerMap.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return { method, headers: headerMap, search, body };
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type ErrorCode, TrainyardError } from '../errors.ts';
import type { Logger } from '../platform/logger.ts';
import { bearerToken, type Context, type ContextServices, createContext } from './context.ts';
import type { Cors } from './cors.ts';
import { formatError } from './errors.ts';
import { excessOf, MAX_TOKENS } from './limits.ts';

/** A message of a client is an operation with its variables: never larger than a JSON request. */
const MAX_MESSAGE_BYTES = 1_000_000;

/** No file comes over a socket, and what runs there is ended by its iterator. */
const NEVER_GONE = new AbortController().signal;

/** More than a page with a live list and some progress bars has open at once. */
const MAX_OPERATIONS_PER_SOCKET = 100;

/** Notices a peer that went away without a word within twice this time. */
const KEEP_ALIVE_MILLISECONDS = 12_000;

export interface SubscriptionOptions {
  readonly schema: GraphQLSchema;
  readonly contextServices: ContextServices;
  readonly cors: Cors;
  readonly logger: Logger;
}

export interface SubscriptionServer {
  close(): Promise<void>;
}

/** Serves the graphql-transport-ws protocol on the HTTP server's own port. Nothing set on Apollo reaches this road. */
export function serveSubscriptions(server: Server, path: string, options: SubscriptionOptions): SubscriptionServer {
  const { schema, contextServices, cors, logger } = options;
  const sockets = new WebSocketServer({
    server,
    path,
    maxPayload: MAX_MESSAGE_BYTES,
    verifyClient: ({ req }: { req: Parameters<Cors['allowsUpgrade']>[0] }) => cors.allowsUpgrade(req),
  });
  const protocol = useServer<Record<string, unknown>>(
    {
      // Otherwise the reason that a socket is closed with tells of errors inside.
      isProd: true,
      onConnect: async ({ connectionParams, extra }) => {
        const token = tokenOf(connectionParams, extra.request);
        if (token === null) return true;
        const viewer = await contextServices.auth.viewerOf(token);
        // 4403: the client comes back, with a fresh token if it has one; 4401 it would take as final.
        return viewer !== null;
      },
      onSubscribe: ({ connectionParams, extra, subscriptions }, _id, payload) => {
        if (Object.keys(subscriptions).length > MAX_OPERATIONS_PER_SOCKET) return [tooManyOperations()];
        const document = readDocument(schema, payload);
        if (Array.isArray(document)) return document;
        const { operationName, variables } = payload;
        const contextValue = createContext(
          extra.request,
          randomUUID(),
          tokenOf(connectionParams, extra.request),
          contextServices,
          NEVER_GONE,
        );
        return {
          schema,
          document,
          operationName: operationName ?? null,
          variableValues: variables ?? null,
          contextValue,
        };
      },
      onNext: (_context, _id, _payload, { contextValue }, { data, errors }) => {
        if (!errors) return undefined;
        const { requestId } = contextValue as Context;
        return { data: data ?? null, errors: errors.map((error) => formatError(error, requestId, logger)) };
      },
      onError: (_context, _id, _payload, errors) => {
        const requestId = randomUUID();
        return errors.map((error) => formatError(error, requestId, logger));
      },
    },
    sockets,
    KEEP_ALIVE_MILLISECONDS,
  );
  return {
    async close() {
      await protocol.dispose();
      sockets.close();
    },
  };
}

function tooManyOperations(): GraphQLError {
  const message = `A socket may have ${MAX_OPERATIONS_PER_SOCKET} operations open at once.`;
  return new GraphQLError(message, { originalError: new TrainyardError('RATE_LIMITED', message) });
}

/** The token of the connection's parameters, or of the header of a client that is no browser. */
function tokenOf(connectionParams: Record<string, unknown> | undefined, request: IncomingMessage): string | null {
  const parameter = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  return bearerToken(parameter ?? request.headers.authorization);
}

/** The document of an operation that can be executed, or what is wrong with it, under the codes that HTTP gives too. */
function readDocument(schema: GraphQLSchema, payload: SubscribePayload): DocumentNode | GraphQLError[] {
  const { query, operationName, variables } = payload;
  const document = parseDocument(query);
  if (document instanceof GraphQLError) return [withCode(document, 'GRAPHQL_PARSE_FAILED')];
  const mistakes = validate(schema, document);
  if (mistakes.length > 0) return [...mistakes];
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    return [withCode(new GraphQLError('The document has no operation of that name.'), 'OPERATION_RESOLUTION_FAILURE')];
  }
  const excess = excessOf(document, operation, variables ?? {});
  if (excess !== null) return [withCode(excess, 'GRAPHQL_VALIDATION_FAILED')];
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  return errors.length > 0 ? errors.map((error) => withCode(error, 'BAD_USER_INPUT')) : document;
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxLexicalTokens: MAX_TOKENS });
  } catch (error) {
    return error instanceof GraphQLError ? error : new GraphQLError('The GraphQL document cannot be parsed.');
  }
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  error.extensions['code'] = code;
  return error;
}

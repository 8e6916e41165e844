import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type GraphQLFieldConfigMap, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { pino } from 'pino';
import { ClientAddresses } from '../../src/api/connections/client-address.ts';
import type { ContextServices } from '../../src/api/graphql/context.ts';
import { OperationReader } from '../../src/api/graphql/operation-document.ts';
import { Cors } from '../../src/api/http/cors.ts';
import { OperationRules } from '../../src/api/limits/operation-rules.ts';
import { type SubscriptionOptions, serveSubscriptions } from '../../src/api/sockets/subscriptions.ts';
import { TrustedDocuments } from '../../src/api/trusted-documents/trusted-documents.ts';

/** The sockets of the API alone, with subscriptions of the test's own and nobody who could sign in. */
export interface BareSockets {
  readonly url: string;
  /** The server's ends of all connections that were made. */
  readonly connections: readonly Socket[];
  close(): Promise<void>;
}

export async function startBareSockets(
  subscriptions: GraphQLFieldConfigMap<unknown, unknown>,
  options: Partial<SubscriptionOptions> = {},
): Promise<BareSockets> {
  const http = createServer();
  const { schema = schemaWith(subscriptions), ...others } = options;
  const connections: Socket[] = [];
  http.on('connection', (connection: Socket) => connections.push(connection));
  const sockets = serveSubscriptions(http, '/graphql', {
    schema,
    reader: new OperationReader(
      new OperationRules(schema, { INTROSPECTION: true }),
      new TrustedDocuments('off', new Map()),
    ),
    // Nobody signs in here, so nothing is asked of these.
    contextServices: { addresses: new ClientAddresses([]) } as unknown as ContextServices,
    rateLimits: { admit: () => Promise.resolve() },
    sessions: { monitor: () => () => undefined },
    config: { MAX_SOCKETS_PER_USER: 1, MAX_SUBSCRIPTIONS_PER_USER: 1 },
    cors: new Cors([], null),
    perAddress: { acquireForwarded: () => () => undefined },
    metrics: { observeOperation: () => undefined, countError: () => undefined },
    logger: pino({ level: 'silent' }),
    ...others,
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    connections,
    async close() {
      await sockets.close(0);
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function schemaWith(subscriptions: GraphQLFieldConfigMap<unknown, unknown>): GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { none: { type: GraphQLString }, ...subscriptions },
    }),
  });
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { EventStreams } from '../../../src/api/event-streams/event-streams.ts';
import type { Context } from '../../../src/api/graphql/context.ts';
import { OperationReader } from '../../../src/api/graphql/operation-document.ts';
import { OperationRules } from '../../../src/api/limits/operation-rules.ts';
import { TrustedDocuments } from '../../../src/api/trusted-documents/trusted-documents.ts';
import { eventually } from '../../support/eventually.ts';

const TEXT = 'x'.repeat(50_000);

/** What the kernel takes of a connection's data before the process has to keep it: some megabytes on loopback. */
const BEYOND_SOCKET_BUFFERS = 100_000_000;

let http: Server;
let made = 0;
let isEnded = false;

afterEach(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

async function* numbered(last: number): AsyncGenerator<{ item: { number: number; text: string } }> {
  try {
    for (let number = 1; number <= last; number++) {
      made = number;
      yield { item: { number, text: TEXT } };
    }
  } finally {
    isEnded = true;
  }
}

/** Serves the streams of the API alone, with a subscription of so many long items, and nobody who could sign in. */
async function start(items: number): Promise<IncomingMessage> {
  made = 0;
  isEnded = false;
  const item = new GraphQLObjectType({
    name: 'Item',
    fields: { number: { type: GraphQLInt }, text: { type: GraphQLString } },
  });
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { item: { type: item, subscribe: () => numbered(items) } },
    }),
  });
  const streams = new EventStreams({
    schema,
    reader: new OperationReader(
      new OperationRules(schema, { INTROSPECTION: true }),
      new TrustedDocuments('off', new Map()),
    ),
    rateLimits: { admit: () => Promise.resolve() },
    sessions: { monitor: () => () => undefined },
    config: { MAX_SUBSCRIPTIONS_PER_USER: 1 },
    metrics: { countError: () => undefined },
    logger: pino({ level: 'silent' }),
  });
  const context = {
    caller: { verify: () => Promise.resolve(null) },
    operationInfo: { operation: null, bytes: 0, streamsSince: null },
  } as unknown as Context;
  http = createServer((request, response) => {
    const body = { query: 'subscription { item { number text } }' };
    void streams.serve({ method: 'POST', headers: request.headers, search: '', body }, response, context);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const request = sendRequest({ port: (http.address() as AddressInfo).port, host: '127.0.0.1' }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // The test goes away.
  response.on('error', () => undefined);
  return response.pause();
}

test('a subscription produces nothing for a peer that does not read, and ends when it goes away', async () => {
  const response = await start(Number.POSITIVE_INFINITY);
  // It stands still: as many items have been made as the kernel, and both ends of the connection, could take.
  let before = -1;
  await eventually(() => {
    const stands = made > 0 && made === before;
    before = made;
    expect(stands).toBe(true);
  });
  expect(made * TEXT.length).toBeLessThan(BEYOND_SOCKET_BUFFERS);
  expect(isEnded).toBe(false);
  response.destroy();
  await eventually(() => expect(isEnded).toBe(true));
});

test('a peer that reads slowly loses nothing, and gets everything in order', async () => {
  const response = await start(2_000);
  let text = '';
  let chunks = 0;
  for await (const chunk of response) {
    chunks += 1;
    if (chunks % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    text += String(chunk);
  }
  const numbers = [...text.matchAll(/"number":(\d+)/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
});

test('a client that goes away while its token is checked leaves nothing behind', async () => {
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }),
  });
  const monitored = new Set<object>();
  const streams = new EventStreams({
    schema,
    reader: new OperationReader(
      new OperationRules(schema, { INTROSPECTION: true }),
      new TrustedDocuments('off', new Map()),
    ),
    rateLimits: { admit: () => Promise.resolve() },
    sessions: {
      monitor: (claims) => {
        monitored.add(claims);
        return () => monitored.delete(claims);
      },
    },
    config: { MAX_SUBSCRIPTIONS_PER_USER: 1 },
    metrics: { countError: () => undefined },
    logger: pino({ level: 'silent' }),
  });
  const token = Promise.withResolvers<unknown>();
  const context = {
    caller: { verify: () => token.promise },
    operationInfo: { operation: null, bytes: 0, streamsSince: null },
  } as unknown as Context;
  const asked = { method: 'POST', headers: {}, search: '', body: { query: '{ nothing }' } };
  const served = Promise.withResolvers<void>();
  http = createServer((_request, response) => {
    const ended = streams.serve(asked, response, context);
    response.once('close', () => token.resolve({ claims: { userId: 'u' }, isExpired: false }));
    ended.then(served.resolve, served.reject);
    request.destroy();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const request = sendRequest({ port: (http.address() as AddressInfo).port, host: '127.0.0.1' }).end();
  request.on('error', () => undefined);
  await served.promise;
  expect(monitored.size).toBe(0);
  // The user's only stream is free again.
  const [response] = await new Promise<[IncomingMessage]>((resolve) => {
    http.removeAllListeners('request');
    http.on('request', (_request, answer) => void streams.serve(asked, answer, context));
    const again = sendRequest({ port: (http.address() as AddressInfo).port, host: '127.0.0.1' }).end();
    again.once('response', (message: IncomingMessage) => resolve([message]));
  });
  response.resume();
  await once(response, 'end');
  expect(response.statusCode).toBe(200);
});

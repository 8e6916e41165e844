import { type GraphQLSchema, getIntrospectionQuery, type IntrospectionOptions, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OperationRules } from '../../../src/api/limits/operation-rules.ts';
import { describeApiSchema } from '../../../src/processes/api-schema.ts';
import { HOSTILE_OPERATIONS, type HostileOperation } from '../../support/hostile-operations.ts';
import { errorsOf, openSession } from '../../support/raw-socket.ts';
import type { AnswerError } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

/** What all errors of an answer may come to: ten messages of a thousand characters, and what stands around them. */
const MAX_REFUSAL_BYTES = 20_000;

let server: TestServer;
/** A socket without it is closed for a long message before anybody reads that (message-sizes.test.ts). */
let authorization: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  authorization = `Bearer ${(await server.signUp()).token}`;
});

afterAll(() => server.close());

interface Refusal {
  readonly errors: readonly AnswerError[];
  readonly bytes: number;
}

async function overHttp({ query, variables, operationName }: HostileOperation): Promise<Refusal> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables, operationName }),
  });
  const text = await response.text();
  expect(response.status).toBe(400);
  const { data, errors } = JSON.parse(text) as { data?: unknown; errors: AnswerError[] };
  expect(data).toBeUndefined();
  return { errors, bytes: text.length };
}

async function overSocket({ query, variables, operationName }: HostileOperation): Promise<Refusal> {
  const socket = await openSession(server.url, { authorization });
  const message = await socket.ask('1', { query, variables, operationName });
  socket.terminate();
  expect(message.type).toBe('error');
  return { errors: errorsOf(message), bytes: JSON.stringify(message).length };
}

test.each(HOSTILE_OPERATIONS.map((operation) => [operation.name, operation] as const))(
  'an operation that asks for too much is refused concisely, over HTTP and over WebSocket: %s',
  async (_, operation) => {
    for (const { errors, bytes } of [await overHttp(operation), await overSocket(operation)]) {
      expect(bytes).toBeLessThan(MAX_REFUSAL_BYTES);
      expect(errors.length).toBeLessThanOrEqual(10);
      expect(errors[0]?.message).toMatch(operation.message);
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(errors.map(() => operation.code));
      for (const { message } of errors) expect(message.length).toBeLessThanOrEqual(1_001);
    }
  },
);

test('a response that omits errors says how many', async () => {
  const unknown = Array.from({ length: 40 }, (_, index) => `unknown${index}`).join(' ');
  const { errors } = await server.anonymous().request(`{ health { ${unknown} } }`);
  // The eleventh says that the search was given up.
  expect(errors).toHaveLength(10);
  expect(errors.at(-1)?.extensions).toMatchObject({ omittedErrors: 1 });
});

const schema: GraphQLSchema = describeApiSchema();

/** As GraphiQL, GraphQL Code Generator, Rover, Apollo's and urql's devtools ask: each with some of these options. */
const ASKED: readonly IntrospectionOptions[] = [
  {},
  { descriptions: false },
  { inputValueDeprecation: true, schemaDescription: true },
  { descriptions: true, inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true },
  {
    ...{ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
    ...{ inputValueDeprecation: true, oneOf: true },
  },
];
const DEPTHS = [undefined, 3, 9, 15, 30];

test('the introspection queries of all tools pass, over HTTP and over WebSocket', async () => {
  const socket = await openSession(server.url);
  for (const options of ASKED) {
    for (const typeDepth of DEPTHS) {
      const query = getIntrospectionQuery({ ...options, ...(typeDepth === undefined ? {} : { typeDepth }) });
      expect((await server.anonymous().request(query)).errors).toEqual([]);
      const id = `${ASKED.indexOf(options)} ${typeDepth}`;
      expect(await socket.ask(id, { query, operationName: 'IntrospectionQuery' })).toMatchObject({ type: 'next' });
    }
  }
  socket.terminate();
});

const ROVER = `query GraphIntrospectQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
  types { ...FullType } directives { name description locations args { ...InputValue } } } }
  fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description
    args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } inputFields { ...InputValue }
    interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
  fragment TypeRef on __Type { kind name ${'ofType { kind name '.repeat(7)}${'}'.repeat(7)} }`;

test('the introspection of Rover and of Apollo Client’s fragment matcher pass, also beside data', async () => {
  for (const query of [
    ROVER,
    '{ __schema { types { kind name possibleTypes { name } } } }',
    '{ __schema { queryType { name } } health { status } a: __type(name: "Dataset") { name fields { name } } }',
  ]) {
    expect((await server.anonymous().request(query)).errors).toEqual([]);
  }
});

test('introspection values are counted exactly, and three times the largest tool query is too much', () => {
  const rules = new OperationRules(schema, { INTROSPECTION: true });
  const all = getIntrospectionQuery(ASKED.at(-1));
  const refusalsOf = (query: string) => rules.refusalsOf(parse(query), { operationName: null, variables: {} });
  const selection = /\{([\s\S]*?)\n {4}\}\n/.exec(all)?.[1] ?? '';
  const fragments = all.slice(all.indexOf('fragment'));
  const so = (count: number) =>
    `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${selection.trim().replace(/\}$/, '')} }`).join(' ')} } ${fragments}`;
  expect(refusalsOf(so(3))).toEqual([]);
  expect(refusalsOf(so(4))).toMatchObject([{ message: expect.stringContaining('values of the schema') }]);
});

test('an operation that is refused for its size is not validated', () => {
  const rules = new OperationRules(schema, { INTROSPECTION: true });
  const refusals = rules.refusalsOf(parse(`{ ${'health { unknown } '.repeat(30)} }`), {
    operationName: null,
    variables: {},
  });
  expect(refusals.map(({ message }) => message)).toEqual([expect.stringContaining('30 root fields')]);
});

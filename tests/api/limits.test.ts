import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

test('the same field a thousand times is refused before anything is read', async () => {
  const aliases = Array.from({ length: 1_000 }, (_, index) => `a${index}: health { status }`).join(' ');
  const { errors, data } = await server.anonymous().request(`{ ${aliases} }`);
  expect(data).toBeNull();
  expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(errors[0]?.message).toContain('1000 root fields');
});

test('fragments that multiply are counted as what they become, and quickly', async () => {
  const client = await server.signUp();
  const fragments = Array.from(
    { length: 30 },
    (_, index) => `fragment f${index} on Viewer { ...f${index + 1} ...f${index + 1} }`,
  );
  const { errors } = await client.request(`{ viewer { ...f0 } } ${fragments.join(' ')} fragment f30 on Viewer { id }`);
  expect(errors[0]?.message).toContain(`${2 ** 30 + 1} fields`);
});

test('fragments within themselves are refused', async () => {
  const { errors } = await server.anonymous().request('{ ...f } fragment f on Query { health { status } ...f }');
  expect(errors.map(({ extensions }) => extensions.code)).toContain('GRAPHQL_VALIDATION_FAILED');
});

test('an operation that is too deep is refused', async () => {
  const client = await server.signUp();
  const deep = (levels: number): string => (levels === 0 ? 'id' : `artifact { run { ${deep(levels - 1)} } id }`);
  const { errors } = await client.request(`{ trainingRun(id: "x") { ${deep(10)} } }`);
  expect(errors[0]?.message).toContain('levels');
});

test('the introspection of GraphiQL passes', async () => {
  const { errors } = await server.anonymous().request(getIntrospectionQuery());
  expect(errors).toEqual([]);
});

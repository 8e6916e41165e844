import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

test('the same field a hundred times is refused before anything is read', async () => {
  const aliases = Array.from({ length: 100 }, (_, index) => `a${index}: health { status }`).join(' ');
  const { errors, data } = await server.anonymous().request(`{ ${aliases} }`);
  expect(data).toBeNull();
  expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(errors[0]?.message).toContain('100 root fields');
});

test('fragments that multiply are counted as what they become, and quickly', async () => {
  const client = await server.signUp();
  const fragments = Array.from(
    { length: 30 },
    (_, index) => `fragment f${index} on Viewer { ...f${index + 1} ...f${index + 1} }`,
  );
  const { errors } = await client.request(`{ viewer { ...f0 } } ${fragments.join(' ')} fragment f30 on Viewer { id }`);
  expect(errors[0]?.message).toContain(`${2 ** 30 + 1} values`);
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

test('the same long list under many names is refused, however its length is given', async () => {
  const client = await server.signUp();
  const column = 'name kind numeric { min max histogram { from to count } } topValues { value count }';
  const lists = (limit: string) =>
    Array.from({ length: 15 }, (_, index) => `a${index}: columns(limit: ${limit}) { ${column} }`).join(' ');
  for (const [query, variables] of [
    [`{ dataset(id: "x") { ${lists('1000')} } }`, {}],
    [`query ($n: Int!) { dataset(id: "x") { ${lists('$n')} } }`, { n: 1_000 }],
  ] as const) {
    const { errors } = await client.request(query, variables);
    expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors[0]?.message).toContain('values');
  }
});

test('the limit of a summary is that of the runs within it, through fragments too, and not of its figures', async () => {
  const client = await server.signUp();
  const figures = ['accuracy', 'f1', 'logLoss', 'rocAuc', 'r2', 'mse', 'rmse', 'mae', 'durationSeconds'];
  const summary = (name: string) => `${name}: metricsSummary(limit: $n) { ...s }`;
  const query = (names: readonly string[]) => `query ($n: Int!) { ${names.map(summary).join(' ')} }
    fragment s on MetricsSummary { count trends { ...p }
      ${figures.map((figure) => `${figure} { count mean best worst p25 median p75 latest }`).join(' ')} }
    fragment p on MetricTrendPoint { runId createdAt datasetName metrics { task nSamples primary { name value } } }`;
  expect((await client.request(query(['a', 'b', 'c', 'd']), { n: 1_000 })).errors).toEqual([]);
  const names = Array.from({ length: 15 }, (_, index) => `a${index}`);
  expect((await client.request(query(names), { n: 1_000 })).errors[0]?.message).toContain('values');
  expect((await client.request(query(names), { n: 50 })).errors).toEqual([]);
});

test('a document of thousands of words is not even parsed', async () => {
  const { errors } = await server.anonymous().request(`{ ${'health { status } '.repeat(1_500)} }`);
  expect(errors[0]?.extensions.code).toBe('GRAPHQL_PARSE_FAILED');
});

test('passwords are not guessed by the dozen in one request', async () => {
  const guess = (index: number) =>
    `g${index}: signIn(input: { email: "a@example.com", password: "${index}" }) { accessToken }`;
  const { errors } = await server.anonymous().request(`mutation { ${guess(1)} ${guess(2)} }`);
  expect(errors[0]?.message).toContain('signIn');
});

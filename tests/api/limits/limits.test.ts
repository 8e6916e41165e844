import { randomUUID } from 'node:crypto';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const EVALUATION = `confusionMatrix { labels counts } perClass { label precision recall f1 support } positiveClass
  rocCurve { falsePositiveRate truePositiveRate threshold } precisionRecallCurve { recall precision threshold }
  calibration { predicted observed count } residuals { actual predicted }`;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

/** The same field under so many names, each different in what the field is told. */
function named(count: number, field: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `a${index}: ${field(index)}`).join(' ');
}

/** A page of 100 runs with that of each. */
const ofEachRun = (fields: string) => `{ trainingRuns(first: 100) { edges { node { ${fields} } } } }`;
const ofOneRun = (fields: string) => `{ trainingRun(id: "${randomUUID()}") { ${fields} } }`;

test('the same field a hundred times is refused before anything is read', async () => {
  const aliases = Array.from({ length: 100 }, (_, index) => `a${index}: health { status }`).join(' ');
  const { errors, data } = await server.anonymous().request(`{ ${aliases} }`);
  expect(data).toBeNull();
  expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(errors[0]?.message).toContain('100 root fields');
});

test('nested fragments are counted as expanded, and quickly', async () => {
  const client = await server.signUp();
  const fragments = Array.from(
    { length: 30 },
    (_, index) => `fragment f${index} on Viewer { ...f${index + 1} ...f${index + 1} }`,
  );
  const { errors } = await client.request(`{ viewer { ...f0 } } ${fragments.join(' ')} fragment f30 on Viewer { id }`);
  expect(errors[0]?.message).toContain(`${2 ** 30 + 1} values`);
});

test('recursive fragments are refused', async () => {
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

test('the same long list under many aliases is refused, however its length is given', async () => {
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

test('the limit of a summary counts for its runs, through fragments too, and not for its statistics', async () => {
  const client = await server.signUp();
  const stats = ['accuracy', 'f1', 'logLoss', 'rocAuc', 'r2', 'mse', 'rmse', 'mae', 'durationSeconds'];
  const summary = (name: string) => `${name}: metricsSummary(limit: $n) { ...s }`;
  const query = (names: readonly string[]) => `query ($n: Int!) { ${names.map(summary).join(' ')} }
    fragment s on MetricsSummary { count trends { ...p }
      ${stats.map((metric) => `${metric} { count mean best worst p25 median p75 latest }`).join(' ')} }
    fragment p on MetricTrendPoint { runId createdAt datasetName metrics { task nSamples primary { name value } } }`;
  expect((await client.request(query(['a', 'b', 'c', 'd']), { n: 1_000 })).errors).toEqual([]);
  const names = Array.from({ length: 15 }, (_, index) => `a${index}`);
  expect((await client.request(query(names), { n: 1_000 })).errors[0]?.message).toContain('values');
  expect((await client.request(query(names), { n: 50 })).errors).toEqual([]);
});

test.each([
  ['the matrices of a page', ofEachRun('evaluation { confusionMatrix { counts } }')],
  ['four matrices of a run', ofOneRun(named(4, () => 'evaluation { confusionMatrix { counts } }'))],
  ['a matrix under many names', ofOneRun(`evaluation { confusionMatrix { ${named(5, () => 'counts')} } }`)],
  ['labels under many names', ofOneRun(`evaluation { confusionMatrix { ${named(210, () => 'labels')} } }`)],
  ['scores of classes of a page', ofEachRun('evaluation { perClass { label f1 } }')],
  ['residuals of a page', ofEachRun('evaluation { residuals { actual predicted } }')],
  ['many features', ofOneRun('features(limit: 200000)')],
  ['features under many names', ofEachRun(named(300, (index) => `features(limit: ${10_000 + index})`))],
  ['features as many as there are by default', ofEachRun(named(6, () => 'features'))],
  ['warnings under many names', ofEachRun(named(60, () => 'warnings'))],
  ['cells under many names', `{ datasets(first: 100) { edges { node { ${named(2, () => 'preview { cells }')} } } } }`],
  ['events of which only the type is asked', ofEachRun('events(first: 1000) { __typename }')],
  ['short curves of a page', ofEachRun(named(2, (at) => `curve(maxPoints: 2, afterIteration: ${at}) { iteration }`))],
  ['paired tests', `{ ${named(20, () => `compareRuns(ids: ["${randomUUID()}"]) { metrics { significant } }`)} }`],
  ['changes', `{ ${named(20, () => 'metricsSummary { latestChange { verdict } }')} }`],
  ['years of days', `{ viewer { workspace { runStatistics { ${named(20, () => 'days { count }')} } } } }`],
])('an operation that returns or reads too much is refused: %s', async (_, query) => {
  const client = await server.signUp();
  const { errors, data } = await client.request(query);
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    { message: expect.stringMatching(/ values; at most/), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
  ]);
});

test.each([
  ['an evaluation', ofOneRun(`evaluation { ${EVALUATION} }`)],
  ['two evaluations', `{ ${named(2, () => `trainingRun(id: "${randomUUID()}") { evaluation { ${EVALUATION} } }`)} }`],
  ['a page with features and its warnings', ofEachRun('id features warnings parameters { name value }')],
  ['a page with short curves', ofEachRun('id curve(maxPoints: 50) { iteration trainLoss validationLoss }')],
  ['a page with positive classes', ofEachRun('id evaluation { positiveClass }')],
  ['all features that there may be', ofOneRun('features(limit: 90000)')],
  [
    'the statistics and the changes of a dashboard',
    `{ viewer { workspace { usage { runs } runStatistics { count days { day status algorithm count } } } }
      ${named(5, () => 'metricsSummary(filter: { datasetName: "x" }) { count latestChange { verdict metric } }')} }`,
  ],
])('an operation of an ordinary page passes: %s', async (_, query) => {
  const client = await server.signUp();
  expect((await client.request(query)).errors).toEqual([]);
});

test('a comparison with all fields passes, except for nested lists of its runs', async () => {
  const client = await server.signUp();
  const { errors } = await client.request(
    `query ($ids: [ID!]!) { compareRuns(ids: $ids) { runs { id algorithm features curve { iteration trainLoss } }
      metrics { name higherIsBetter values bestRunId significant } parameters { name values differs } warnings } }`,
    { ids: [randomUUID()] },
  );
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
});

const EVENTS = 'trainingRuns(first: $n) { edges { node { events(first: $m) { seq } } } }';

test('missing variables count by their defaults, and others by their values', async () => {
  const client = await server.signUp();
  const query = `query ($n: Int! = 100, $m: Int = 1000) { ${EVENTS} }`;
  for (const variables of [{}, { n: 100 }, { m: 1_000 }]) {
    const { errors } = await client.request(query, variables);
    expect(errors[0]?.message).toContain('values');
  }
  expect((await client.request(query, { n: 10 })).errors).toEqual([]);
  expect((await client.request(query, { m: 10 })).errors).toEqual([]);
});

test('the same limits apply over a socket', async () => {
  const client = await server.signUp();
  const follow = async (query: string, variables = {}) => {
    for await (const answer of client.subscribe(query, variables)) return answer;
    return null;
  };
  const events = `query ($n: Int! = 100, $m: Int! = 1000) { ${EVENTS} }`;
  await expect(follow(events)).rejects.toMatchObject([{ message: expect.stringContaining('values') }]);
  expect(await follow(events, { n: 10 })).toEqual({ trainingRuns: { edges: [] } });
  const changes = `subscription ($n: Int! = 1000) { trainingRunChanges { run { ${named(101, () => 'events(first: $n) { seq }')} } } }`;
  await expect(follow(changes)).rejects.toMatchObject([{ message: expect.stringContaining('values') }]);
});

test('a document of thousands of tokens is not even parsed', async () => {
  const { errors } = await server.anonymous().request(`{ ${'health { status } '.repeat(1_500)} }`);
  expect(errors[0]?.extensions.code).toBe('GRAPHQL_PARSE_FAILED');
});

test('an operation with dozens of sign-ins is refused', async () => {
  const guess = (index: number) =>
    `g${index}: signIn(input: { email: "a@example.com", password: "${index}" }) { accessToken }`;
  const { errors } = await server.anonymous().request(`mutation { ${guess(1)} ${guess(2)} }`);
  expect(errors[0]?.message).toContain('signIn');
});

test('the rows of predict count, in the document and in a variable', async () => {
  const client = await server.signUp();
  const labels = named(40, () => 'warnings { column code message }');
  const query = `query ($rows: [JSONObject!]!) { predict(artifactId: "${randomUUID()}", rows: $rows) { predictions { ${labels} } } }`;
  const rows = (count: number) => Array.from({ length: count }, () => ({ a: 1 }));
  const few = await client.request(query, { rows: rows(2) });
  expect(few.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  const refused = {
    message: expect.stringMatching(/ values; at most/),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  };
  expect((await client.request(query, { rows: rows(1_000) })).errors).toMatchObject([refused]);
  const written = query.replace('($rows: [JSONObject!]!)', '').replace('$rows', `[${'{}'.repeat(900)}]`);
  expect((await client.request(written)).errors).toMatchObject([refused]);
});

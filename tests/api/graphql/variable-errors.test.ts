import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { startFlowerServer } from '../../support/flower-server.ts';
import { START, UPLOAD } from '../../support/operations.ts';
import { errorsOf, openSession } from '../../support/raw-socket.ts';
import type { AnswerError, TestClient } from '../../support/test-client.ts';
import type { TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  ({ server, client, datasetId } = await startFlowerServer());
});

afterAll(() => server.close());

/** The errors that an operation is answered with, the same over HTTP and over a socket. */
async function errors(query: string, variables: object): Promise<readonly AnswerError[]> {
  const { errors } = await client.request(query, variables);
  const socket = await openSession(server.url, { authorization: `Bearer ${client.token}` });
  const overSocket = errorsOf(await socket.ask('1', { query, variables }));
  socket.terminate();
  const comparable = (all: readonly AnswerError[]) =>
    all.map(({ message, path, extensions: { requestId: _, ...extensions } }) => ({ message, path, extensions }));
  expect(comparable(overSocket)).toEqual(comparable(errors));
  for (const { extensions } of errors) expect(extensions.code).toBe('BAD_USER_INPUT');
  return errors;
}

const byName = (left = '', right = '') => left.localeCompare(right);

const argumentsOf = (errors: readonly AnswerError[]) => errors.map(({ extensions }) => extensions.argument);

/** An operation that begins a training with the variables in other places. */
const PIECES = `mutation ($split: SplitInput, $strategy: SplitStrategy, $feature: String = "soil", $id: ID!, $trees: Int) {
  a: startTraining(input: { datasetId: $id, split: $split }) { id }
  b: startTraining(input: { datasetId: $id, split: { strategy: $strategy } }) { id }
  ...more
}
fragment more on Mutation {
  c: startTraining(input: { datasetId: $id, features: ["petal", $feature], parameters: { trees: $trees } }) { id }
}`;

describe('a value of a wrong type, or outside its enum, names its argument', () => {
  test.each([
    [
      'an unknown strategy',
      START,
      () => ({ input: { datasetId, split: { strategy: 'SIDEWAYS' } } }),
      'input.split.strategy',
    ],
    [
      'a text for a number',
      START,
      () => ({ input: { datasetId, parameters: { trees: 'many' } } }),
      'input.parameters.trees',
    ],
    [
      'a fraction for a whole number',
      START,
      () => ({ input: { datasetId, parameters: { trees: 1.5 } } }),
      'input.parameters.trees',
    ],
    ['a number for a text', START, () => ({ input: { datasetId, target: 5 } }), 'input.target'],
    ['an item of a list', START, () => ({ input: { datasetId, features: ['petal', 7] } }), 'input.features.1'],
    ['null in a list', START, () => ({ input: { datasetId, features: [null] } }), 'input.features.0'],
    ['an unknown field', START, () => ({ input: { datasetId, colour: 'red' } }), 'input'],
    ['an input that is no object', START, () => ({ input: 'flowers' }), 'input'],
    ['an input that is left out', START, () => ({}), 'input'],
    ['an input that is null', START, () => ({ input: null }), 'input'],
    ['a field that is missing', START, () => ({ input: { target: 'kind' } }), 'input'],
    ['a part of an input', PIECES, () => ({ id: datasetId, split: { seed: 'x' } }), 'input.split.seed'],
    ['a value deep in an input', PIECES, () => ({ id: datasetId, strategy: 'random' }), 'input.split.strategy'],
    ['an item, in a fragment', PIECES, () => ({ id: datasetId, feature: 5 }), 'input.features.1'],
    ['null as an item', PIECES, () => ({ id: datasetId, feature: null }), 'input.features.1'],
    ['a value, in a fragment', PIECES, () => ({ id: datasetId, trees: 2 ** 31 }), 'input.parameters.trees'],
    [
      'an argument of another name',
      'query ($many: Int) { datasets(first: $many) { totalCount } }',
      () => ({ many: '20' }),
      'first',
    ],
    [
      'an enum of a filter',
      'query ($filter: TrainingRunFilter) { trainingRuns(filter: $filter) { totalCount } }',
      () => ({ filter: { statuses: ['QUEUED', 'DONE'] } }),
      'filter.statuses.1',
    ],
    [
      'a condition',
      'query ($wanted: Boolean!) { viewer { id @include(if: $wanted) } }',
      () => ({ wanted: 'yes' }),
      'if',
    ],
    [
      'null where a default may be left out, but nothing may be null',
      'query ($id: ID = "x") { dataset(id: $id) { id } }',
      () => ({ id: null }),
      'id',
    ],
  ])('an invalid variable gives an error that names its argument: %s', async (_, query, variables, argument) => {
    expect(argumentsOf(await errors(query, variables()))).toEqual([argument]);
  });

  test('an invalid variable of an upload gives an error that names its argument', async () => {
    const { errors } = await client.requestWithFile(UPLOAD, flowersCsv(), { input: { csv: { dateOrder: 'DYM' } } });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'input.csv.dateOrder' });
  });

  test('a text in place of a file gives an error that names its argument', async () => {
    expect(argumentsOf(await errors(UPLOAD, { file: 'flowers.csv' }))).toEqual(['file']);
  });
});

describe('what is right is not blamed', () => {
  test.each([
    ['a default', 'query ($first: Int = 3) { datasets(first: $first) { totalCount } }', {}],
    ['null where it is a value', 'query ($after: String) { datasets(after: $after) { totalCount } }', { after: null }],
    ['a variable that nobody declared', '{ datasets { totalCount } }', { other: 5 }],
    [
      'a single item for a list',
      'query ($s: [RunStatus!]) { trainingRuns(filter: { statuses: $s }) { totalCount } }',
      { s: 'QUEUED' },
    ],
    [
      'null for another operation’s variable',
      'query A { viewer { id } } query B($id: ID = "x") { ...f } fragment f on Query { dataset(id: $id) { id } }',
      { id: null },
    ],
  ])('a valid variable gives no error: %s', async (_, query, variables) => {
    const { errors } = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
      body: JSON.stringify({ query, variables, ...(query.includes('query A') ? { operationName: 'A' } : {}) }),
    }).then((response) => response.json() as Promise<{ errors?: unknown }>);
    expect(errors).toBeUndefined();
  });
});

test('the error of an invalid variable says what was wrong, where, and what is expected', async () => {
  const [error] = await errors(START, { input: { datasetId, split: { strategy: 'RANDUM' } } });
  expect(error?.message).toBe(
    'Variable "$input" got invalid value at "input.split.strategy": Value "RANDUM" does not exist in "SplitStrategy" enum. Did you mean the enum value "RANDOM"?',
  );
});

test('all errors in the variables are reported together, up to ten', async () => {
  const input = {
    datasetId,
    task: 'GUESS',
    algorithm: 'MAGIC',
    parameters: { trees: 'many', classWeight: 'HEAVY' },
    split: { strategy: 'SIDEWAYS', testFraction: 'half' },
  };
  expect(argumentsOf(await errors(START, { input })).toSorted(byName)).toEqual([
    'input.algorithm',
    'input.parameters.classWeight',
    'input.parameters.trees',
    'input.split.strategy',
    'input.split.testFraction',
    'input.task',
  ]);
  const features = Array.from({ length: 50_000 }, (_, place) => place);
  expect(await errors(START, { input: { datasetId, features } })).toHaveLength(10);
});

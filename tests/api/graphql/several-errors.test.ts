import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { startFlowerServer } from '../../support/flower-server.ts';
import { START, UPLOAD } from '../../support/operations.ts';
import { errorsOf, openSession } from '../../support/raw-socket.ts';
import type { AnswerError, TestClient } from '../../support/test-client.ts';
import type { TestServer } from '../../support/test-server.ts';

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  ({ server, client, datasetId } = await startFlowerServer());
});

afterAll(() => server.close());

const blamed = (errors: readonly AnswerError[]) =>
  errors.map(({ path, extensions: { code, argument } }) => ({ code, path, argument }));

const errorsAt = (path: readonly (string | number)[], places: readonly string[]) =>
  places.map((argument) => ({ code: 'BAD_USER_INPUT', path, argument }));

describe('all that is wrong with the arguments of a field is told at once', () => {
  const EVERYTHING = {
    target: 'nothing',
    features: ['petal', 'leaf', 'root'],
    algorithm: 'DECISION_TREE',
    parameters: { maxDepth: -3, trees: 5, minSamplesLeaf: 2 },
    split: { strategy: 'LAST', testFraction: 3, seed: -1, column: 'soil' },
    idempotencyKey: 'two words',
  };
  const PLACES = [
    'input.idempotencyKey',
    'input.target',
    'input.parameters.maxDepth',
    'input.parameters.trees',
    'input.split.testFraction',
    'input.split.seed',
    'input.split.column',
    'input.features',
  ];

  test('all invalid arguments of startTraining are reported at once, over HTTP and over a socket', async () => {
    const input = { datasetId, ...EVERYTHING };
    const { data, errors } = await client.request(START, { input });
    expect(data).toEqual({ startTraining: null });
    expect(blamed(errors)).toEqual(errorsAt(['startTraining'], PLACES));
    expect(errors.at(-1)?.message).toBe('The dataset has no columns "leaf", "root".');
    expect(new Set(errors.map(({ extensions }) => extensions.requestId)).size).toBe(1);
    const socket = await openSession(server.url, { authorization: `Bearer ${client.token}` });
    const overSocket = errorsOf(await socket.ask('1', { query: START, variables: { input } }));
    socket.terminate();
    expect(blamed(overSocket)).toEqual(blamed(errors));
  });

  test('invalid arguments of one field do not affect the results of other fields', async () => {
    const query = `mutation ($bad: StartTrainingInput!, $good: StartTrainingInput!) {
      bad: startTraining(input: $bad) { id } good: startTraining(input: $good) { status } }`;
    const bad = { datasetId, target: 'nothing', split: { seed: -1 } };
    const { status, data, errors } = await client.request(query, { bad, good: { datasetId } });
    expect({ status, data }).toEqual({ status: 200, data: { bad: null, good: { status: 'QUEUED' } } });
    expect(blamed(errors)).toEqual(errorsAt(['bad'], ['input.target', 'input.split.seed']));
  });

  test('all invalid arguments of signUp are reported at once', async () => {
    const input = { email: 'nobody', password: 'short', name: 'a\u200bb' };
    const { errors } = await server.anonymous().request(SIGN_UP, { input });
    expect(blamed(errors)).toEqual(errorsAt(['signUp'], ['input.email', 'input.password', 'input.name']));
  });

  test('all invalid options of uploadDataset are reported at once', async () => {
    const input = { name: '', csv: { delimiter: 'ab', quote: '"', encoding: 'klingon' }, idempotencyKey: '' };
    const { errors } = await client.requestWithFile(UPLOAD, flowersCsv(), { input });
    const places = ['input.name', 'input.csv.delimiter', 'input.csv.encoding', 'input.idempotencyKey'];
    expect(blamed(errors)).toEqual(errorsAt(['uploadDataset'], places));
    const together = await client.requestWithFile(UPLOAD, flowersCsv(), {
      input: { csv: { delimiter: ';', quote: ';' } },
    });
    expect(blamed(together.errors)).toEqual(errorsAt(['uploadDataset'], ['input.csv']));
  });

  test('all invalid items of lists and nested inputs are reported at once', async () => {
    const query = `query ($id: ID!) {
      datasets(first: 0, after: "x") { totalCount }
      dataset(id: $id) { columns(offset: -1, limit: -1) { name } } }`;
    const { errors } = await client.request(query, { id: datasetId });
    const places = [
      ...errorsAt(['datasets'], ['first', 'after']),
      ...errorsAt(['dataset', 'columns'], ['offset', 'limit']),
    ];
    expect(new Set(blamed(errors))).toEqual(new Set(places));
    expect(errors).toHaveLength(4);
  });

  test('all invalid texts are reported at once', async () => {
    const query =
      'query ($filter: DatasetFilter, $after: String) { datasets(filter: $filter, after: $after) { totalCount } }';
    const { errors } = await client.request(query, { filter: { name: '\0' }, after: 'x\0' });
    expect(new Set(blamed(errors))).toEqual(new Set(errorsAt(['datasets'], ['filter.name', 'after'])));
  });
});

test('one invalid argument is one error, and a response lists at most ten errors', async () => {
  const one = await client.request(START, { input: { datasetId, split: { seed: -1 } } });
  expect(blamed(one.errors)).toEqual(errorsAt(['startTraining'], ['input.split.seed']));
  const fields = Array.from({ length: 7 }, (_, place) => `d${place}: datasets(first: 0, after: "x") { totalCount }`);
  const { errors } = await client.request(`{ ${fields.join(' ')} }`);
  expect(errors).toHaveLength(10);
  expect(errors.at(-1)?.extensions).toMatchObject({ omittedErrors: 4 });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { START, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let flowers: string;
let houses: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  flowers = (await uploadDataset(client, flowersCsv())).id;
  houses = (await uploadDataset(client, housesCsv())).id;
});

afterAll(() => server.close());

describe('a split is refused with', () => {
  test.each([
    ['a fraction of 0', flowersSplit({ testFraction: 0 }), 'input.split.testFraction'],
    ['a fraction of 1', flowersSplit({ testFraction: 1 }), 'input.split.testFraction'],
    ['a negative seed', flowersSplit({ seed: -1 }), 'input.split.seed'],
    ['an uneven share', flowersSplit({ strategy: 'INTERLEAVED', testFraction: 0.3 }), 'input.split.testFraction'],
    ['COLUMN without a column', flowersSplit({ strategy: 'COLUMN' }), 'input.split.column'],
    ['COLUMN with one that is not there', flowersSplit({ strategy: 'COLUMN', column: 'x' }), 'input.split.column'],
    ['COLUMN with the target', flowersSplit({ strategy: 'COLUMN', column: 'kind' }), 'input.split.column'],
    ['GROUP without a column', flowersSplit({ strategy: 'GROUP' }), 'input.split.column'],
    ['GROUP with the target', flowersSplit({ strategy: 'GROUP', column: 'kind' }), 'input.split.column'],
    ['TIME without a column', flowersSplit({ strategy: 'TIME' }), 'input.split.column'],
    ['TIME with one of labels', flowersSplit({ strategy: 'TIME', column: 'soil' }), 'input.split.column'],
    [
      'TIME with a fraction of 1',
      flowersSplit({ strategy: 'TIME', column: 'petal', testFraction: 1 }),
      'input.split.testFraction',
    ],
    ['a column without COLUMN', flowersSplit({ column: 'soil' }), 'input.split.column'],
  ])('an invalid split is refused: %s', refuses);
});

describe('what cannot be trained is refused at once', () => {
  test.each([
    ['an unknown target', () => ({ datasetId: flowers, target: 'nothing' }), 'input.target'],
    ['REGRESSION of labels', () => ({ datasetId: flowers, target: 'kind', task: 'REGRESSION' }), 'input.task'],
    [
      'a positive class that the target does not have',
      () => ({ datasetId: flowers, target: 'kind', positiveClass: 'Rose' }),
      'input.positiveClass',
    ],
    [
      'a positive class of more than two labels',
      () => ({ datasetId: flowers, target: 'petal', task: 'CLASSIFICATION', positiveClass: '4' }),
      'input.positiveClass',
    ],
    [
      'a positive class of numbers',
      () => ({ datasetId: flowers, target: 'petal', task: 'REGRESSION', positiveClass: '4' }),
      'input.positiveClass',
    ],
    ['an unknown feature', () => ({ datasetId: flowers, features: ['petal', 'nothing'] }), 'input.features'],
    ['no feature', () => ({ datasetId: flowers, features: [] }), 'input.features'],
    ['the target as a feature', () => ({ datasetId: flowers, features: ['petal', 'kind'] }), 'input.features'],
    [
      'the column of the split as a feature',
      () => ({ datasetId: flowers, features: ['petal', 'soil'], split: { strategy: 'COLUMN', column: 'soil' } }),
      'input.features',
    ],
    [
      'the groups of the split as a feature',
      () => ({ datasetId: flowers, features: ['petal', 'soil'], split: { strategy: 'GROUP', column: 'soil' } }),
      'input.features',
    ],
    [
      'a parameter of another algorithm',
      () => ({ datasetId: flowers, algorithm: 'LINEAR', parameters: { maxDepth: 3 } }),
      'input.parameters.maxDepth',
    ],
    [
      'a parameter out of its range',
      () => ({ datasetId: flowers, algorithm: 'DECISION_TREE', parameters: { maxDepth: -3 } }),
      'input.parameters.maxDepth',
    ],
    [
      'a learning rate of 0',
      () => ({ datasetId: flowers, parameters: { learningRate: 0 } }),
      'input.parameters.learningRate',
    ],
    [
      'leaves with slopes for labels',
      () => ({ datasetId: flowers, target: 'kind', parameters: { linearLeaves: true } }),
      'input.parameters.linearLeaves',
    ],
    [
      'leaves with slopes for counts',
      () => ({
        ...{ datasetId: houses, target: 'price' },
        parameters: { linearLeaves: true, loss: 'POISSON' },
      }),
      'input.parameters.linearLeaves',
    ],
    [
      'leaves with slopes under constraints',
      () => ({
        ...{ datasetId: houses, target: 'price', parameters: { linearLeaves: true } },
        monotone: [{ column: 'size', direction: 'INCREASING' }],
      }),
      'input.parameters.linearLeaves',
    ],
    [
      'any parameter of the baseline',
      () => ({ datasetId: flowers, algorithm: 'BASELINE', parameters: { seed: 1 } }),
      'input.parameters.seed',
    ],
  ])('an invalid training request is refused at once: %s', refuses);

  test('a target with too many labels is refused, whatever the requested task', async () => {
    const lines = Array.from({ length: 1_100 }, (_, row) => `${row % 7},label ${row % 550}`);
    const { id } = await uploadDataset(client, { name: 'labels.csv', content: `size,label\n${lines.join('\n')}\n` });
    for (const task of [undefined, 'CLASSIFICATION']) {
      await refuses('', () => ({ datasetId: id, target: 'label', task }), 'input.target');
    }
  });

  test('a refused parameter is reported with its range and its value', async () => {
    const input = { datasetId: flowers, algorithm: 'DECISION_TREE', parameters: { maxDepth: -3 } };
    const { errors } = await client.request(START, { input });
    expect(errors[0]?.message).toBe('maxDepth must be a whole number from 1 to 32; got -3.');
  });

  test('training on an unknown dataset is refused', async () => {
    for (const datasetId of ['00000000-0000-4000-8000-000000000000', 'nothing', '']) {
      const { data, errors } = await client.request(START, { input: { datasetId } });
      expect(data).toEqual({ startTraining: null });
      expectError(errors, 'NOT_FOUND');
    }
  });

  test('a refused request leaves no run', async () => {
    const user = await server.signUp();
    await user.request(START, { input: { datasetId: flowers } });
    expect(await user.execute('{ trainingRuns { totalCount } }')).toEqual({ trainingRuns: { totalCount: 0 } });
  });
});

function flowersSplit(split: object) {
  return () => ({ datasetId: flowers, algorithm: 'BASELINE', split });
}

async function refuses(_: string, input: () => object, argument: string): Promise<void> {
  const { data, errors } = await client.request(START, { input: input() });
  expect(data).toEqual({ startTraining: null });
  expect(errors).toMatchObject([{ path: ['startTraining'], extensions: { code: 'BAD_USER_INPUT', argument } }]);
}

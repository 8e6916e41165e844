import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEARNER_NAMES } from '../../src/ml/learners/learner-names.ts';
import { createRandom } from '../../src/ml/random.ts';
import { ALGORITHMS, type AlgorithmName } from '../../src/ml/registry.ts';
import type { TrainedModel } from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { outputCount } from '../../src/runtime/model.ts';
import { bindModel } from '../../src/runtime/predict/predict.ts';
import type { Table } from '../../src/tabular/types/column.ts';
import { numbers, request, table, texts, train } from './made-tables.ts';

/** Those that ask questions, by what they let one choose. */
const TREES = ALGORITHMS.filter(({ parameters }) => parameters.some(({ name }) => name === 'minSamplesLeaf')).map(
  ({ name }) => name,
);
const LEARNERS = LEARNER_NAMES.filter((name) => name !== 'BASELINE');

/** Few trees where there are any. */
function quick(algorithm: AlgorithmName): Readonly<Record<string, number>> {
  const hasTrees = ALGORITHMS.some(
    ({ name, parameters }) => name === algorithm && parameters.some((parameter) => parameter.name === 'trees'),
  );
  return hasTrees ? { trees: 20 } : {};
}

/** Every fifth row is a test row. */
function trainingRows(data: Table): Int32Array {
  return Int32Array.from({ length: data.rowCount }, (_, row) => row).filter((row) => row % 5 !== 4);
}

/** Probabilities row after row, or values. */
function outputsOf(trained: TrainedModel, data: Table, rows: Int32Array): Float64Array {
  const predictions = bindModel(parseModel(trained.modelBytes), data)(rows);
  return predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
}

function accuracyOf(trained: TrainedModel): number {
  if (trained.metrics.task !== 'CLASSIFICATION') throw new Error('a classification was asked for');
  return trained.metrics.accuracy;
}

function uniformNumbers(count: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.uniform() * 2 - 1);
}

describe('whether two numbers have the same sign', () => {
  const x = uniformNumbers(4000, 1);
  const y = uniformNumbers(4000, 2);
  const label = x.map((value, row) => (value * y[row]! > 0 ? 'same' : 'other'));
  const data = table(numbers('x', x), numbers('y', y), texts('label', label));
  const accuracy = (algorithm: AlgorithmName): number =>
    accuracyOf(train(request(data, 'label', 'CLASSIFICATION', algorithm, ['x', 'y'], quick(algorithm))).trained);

  test.each(TREES)('%s learns whether two numbers have the same sign', (algorithm) => {
    expect(accuracy(algorithm)).toBeGreaterThan(0.95);
  });

  test('LINEAR cannot learn whether two numbers have the same sign', () => {
    expect(accuracy('LINEAR')).toBeLessThan(0.6);
  });
});

describe('the four points of XOR, all equally often', () => {
  const points = Array.from({ length: 200 }, (_, row) => ({ x: row & 1, y: (row >> 1) & 1 }));
  const data = table(
    numbers(
      'x',
      points.map(({ x }) => x),
    ),
    numbers(
      'y',
      points.map(({ y }) => y),
    ),
    texts(
      'two',
      points.map(({ x, y }) => (x === y ? 'same' : 'other')),
    ),
    texts(
      'three',
      points.map(({ x, y }) => (x === y ? `both ${x}` : 'other')),
    ),
  );

  // No first question gains anything: boosting cannot begin, here as elsewhere.
  test.each([
    ['DECISION_TREE', 'two'],
    ['DECISION_TREE', 'three'],
    ['RANDOM_FOREST', 'two'],
    ['RANDOM_FOREST', 'three'],
    ['EXTRA_TREES', 'two'],
    ['EXTRA_TREES', 'three'],
  ] as const)('%s solves XOR on four equally frequent points: %s', (algorithm, target) => {
    const { trained } = train(request(data, target, 'CLASSIFICATION', algorithm, ['x', 'y']));
    expect(accuracyOf(trained)).toBe(1);
  });
});

test('boosting without a penalty does not run away where labels are rare', () => {
  const data = table(
    numbers(
      'x',
      Array.from({ length: 500 }, (_, row) => (row % 10 < 3 ? null : row % 40)),
    ),
    texts(
      'label',
      Array.from({ length: 500 }, (_, row) => (row % 40 >= 37 && row % 3 === 0 ? 'rare' : 'usual')),
    ),
  );
  for (const learningRate of [0.3, 0.5, 1]) {
    const parameters = { trees: 200, learningRate, l2: 0 };
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['x'], parameters));
    const losses = trained.curve.map(({ trainLoss }) => trainLoss ?? Number.POSITIVE_INFINITY);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  }
});

const rowsOfNumbers = fc.array(
  fc.record({
    x: fc.integer({ min: -20, max: 20 }),
    y: fc.option(fc.integer({ min: 0, max: 3 })),
    kind: fc.constantFrom('a', 'b', 'c'),
    label: fc.constantFrom('p', 'q', 'r'),
    amount: fc.integer({ min: -1000, max: 1000 }),
  }),
  { minLength: 20, maxLength: 80 },
);

type MadeRow = typeof rowsOfNumbers extends fc.Arbitrary<readonly (infer Row)[]> ? Row : never;

/** With the number of the row as a feature, so that no two rows are alike. */
function tableOf(rows: readonly MadeRow[]): Table {
  return table(
    ...[
      numbers('row', [...rows.keys()]),
      numbers(
        'x',
        rows.map(({ x }) => x),
      ),
      numbers(
        'y',
        rows.map(({ y }) => y),
      ),
    ],
    ...[
      texts(
        'kind',
        rows.map(({ kind }) => kind),
      ),
      texts(
        'label',
        rows.map(({ label }) => label),
      ),
    ],
    numbers(
      'amount',
      rows.map(({ amount }) => amount),
    ),
  );
}

const FEATURES = ['row', 'x', 'y', 'kind'];

/** How much of the truth about the training rows the model misses: errors in all, or squared errors in all. */
function trainingError(
  trained: TrainedModel,
  data: Table,
  rows: readonly MadeRow[],
  target: 'label' | 'amount',
): number {
  const kept = trainingRows(data);
  const predictions = bindModel(parseModel(trained.modelBytes), data)(kept);
  let error = 0;
  for (const [i, row] of kept.entries()) {
    const actual = rows[row]!;
    if (predictions.task === 'CLASSIFICATION') {
      error += predictions.labels[predictions.predicted[i]!] === actual[target] ? 0 : 1;
    } else error += (predictions.values[i]! - actual.amount) ** 2;
  }
  return error;
}

/** Whether the training rows have at least two labels: one alone is refused. */
function hasTwoLabels(rows: readonly MadeRow[]): boolean {
  return new Set(rows.filter((_, row) => row % 5 !== 4).map(({ label }) => label)).size > 1;
}

describe('a tree on rows of which no two are alike', () => {
  const UNLIMITED = { maxDepth: 32, minSamplesLeaf: 1 };

  test.each([
    ['label', 'CLASSIFICATION'],
    ['amount', 'REGRESSION'],
  ] as const)('a tree without limits makes no error in %s on distinct training rows', (target, task) => {
    fc.assert(
      fc.property(rowsOfNumbers, (rows) => {
        fc.pre(target === 'amount' || hasTwoLabels(rows));
        const data = tableOf(rows);
        const { trained } = train(request(data, target, task, 'DECISION_TREE', FEATURES, UNLIMITED));
        expect(trainingError(trained, data, rows, target)).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test('each further level of a tree reduces the training error, or keeps it', () => {
    fc.assert(
      fc.property(rowsOfNumbers, (rows) => {
        const data = tableOf(rows);
        const errors = [1, 2, 3, 5, 8].map((maxDepth) => {
          const parameters = { maxDepth, minSamplesLeaf: 1 };
          const { trained } = train(request(data, 'amount', 'REGRESSION', 'DECISION_TREE', FEATURES, parameters));
          return trainingError(trained, data, rows, 'amount');
        });
        for (const [i, error] of errors.entries()) {
          expect(error).toBeLessThanOrEqual((errors[i - 1] ?? Infinity) + 1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(LEARNERS)('%s on rows without any order', (algorithm) => {
  test('on random rows probabilities sum to 1, and gains are not negative and sum to 1', () => {
    fc.assert(
      fc.property(rowsOfNumbers, (rows) => {
        fc.pre(hasTwoLabels(rows));
        const data = tableOf(rows);
        const { trained } = train(request(data, 'label', 'CLASSIFICATION', algorithm, FEATURES, quick(algorithm)));
        const outputs = outputsOf(trained, data, trainingRows(data));
        const width = outputCount(parseModel(trained.modelBytes));
        for (let at = 0; at < outputs.length; at += width) {
          const probabilities = outputs.subarray(at, at + width);
          expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
          expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 12);
        }
        const gains = trained.featureImportances.map(({ gain }) => gain);
        expect(Math.min(...gains)).toBeGreaterThanOrEqual(0);
        expect(gains.reduce((sum, gain) => sum + gain, 0)).toBeCloseTo(1, 9);
      }),
      { numRuns: 25 },
    );
  });

  test('on random rows permuted labels are predicted no better than chance', () => {
    const random = createRandom(11);
    const label = Array.from({ length: 3000 }, () => ['a', 'b', 'c'][random.below(3)]!);
    const features = ['x', 'y'];
    const data = table(
      numbers('x', uniformNumbers(3000, 3)),
      numbers('y', uniformNumbers(3000, 4)),
      texts('label', label),
    );
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', algorithm, features, quick(algorithm)));
    // 600 test rows: four standard errors of a share of a third.
    expect(Math.abs(accuracyOf(trained) - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 600));
    const { metrics, baseline } = trained;
    if (metrics.task !== 'CLASSIFICATION' || baseline.task !== 'CLASSIFICATION') {
      throw new Error('labels were asked for');
    }
    expect(metrics.logLoss!).toBeGreaterThan(baseline.logLoss! - 0.01);
  });
});

describe('what a person would call the same table', () => {
  const x = uniformNumbers(400, 5);
  const y = uniformNumbers(400, 6);
  const noise = uniformNumbers(400, 7);
  const label = x.map((value, row) => (value + 0.5 * y[row]! ** 2 + 0.4 * noise[row]! > 0.2 ? 'yes' : 'no'));
  const plain = table(numbers('x', x), numbers('y', y), texts('label', label));
  const rows = trainingRows(plain);
  const outputsFor = (data: Table, algorithm: AlgorithmName, features: readonly string[]): Float64Array => {
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', algorithm, features, quick(algorithm)));
    return outputsOf(trained, data, rows);
  };
  const expectAlike = (actual: Float64Array, expected: Float64Array, digits: number): void => {
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits);
  };

  test.each(LEARNERS)('%s: other names of the columns give the same predictions', (algorithm) => {
    const renamed = table(numbers('first', x), numbers('second', y), texts('label', label));
    expect(outputsFor(renamed, algorithm, ['first', 'second'])).toEqual(outputsFor(plain, algorithm, ['x', 'y']));
  });

  test.each(TREES)('%s: a monotone transformation of the numbers gives the same predictions', (algorithm) => {
    const curved = table(
      numbers(
        'x',
        x.map((value) => Math.exp(3 * value)),
      ),
      numbers('y', y),
      texts('label', label),
    );
    expect(outputsFor(curved, algorithm, ['x', 'y'])).toEqual(outputsFor(plain, algorithm, ['x', 'y']));
  });

  test('LINEAR: another unit of the numbers gives the same predictions', () => {
    const converted = table(
      numbers(
        'x',
        x.map((value) => 32 + 1.8e6 * value),
      ),
      numbers('y', y),
      texts('label', label),
    );
    expectAlike(outputsFor(converted, 'LINEAR', ['x', 'y']), outputsFor(plain, 'LINEAR', ['x', 'y']), 6);
  });

  test.each(LEARNERS)('%s: other names of the labels, in the other order, give the same predictions', (algorithm) => {
    const swapped = table(
      ...[numbers('x', x), numbers('y', y)],
      texts(
        'label',
        label.map((text) => (text === 'yes' ? 'A' : 'B')),
      ),
    );
    const outputs = outputsFor(swapped, algorithm, ['x', 'y']);
    const mirrored = outputs.map((_, i) => outputs[i ^ 1]!);
    // Boosting rounds its gradients by chance, which falls otherwise when they change their signs.
    expectAlike(mirrored, outputsFor(plain, algorithm, ['x', 'y']), algorithm === 'GRADIENT_BOOSTING' ? 1 : 6);
  });
});

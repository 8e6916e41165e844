import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LearnerName } from '../../src/ml/learners/learner-names.ts';
import type { Task } from '../../src/ml/task.ts';
import { TrainingDataError, type TrainingRequest } from '../../src/ml/train-model.ts';
import { quantileOf, weightedQuantile } from '../../src/ml/tree/boosting/regression-loss.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../src/runtime/predict/predict.ts';
import type { Table } from '../../src/tabular/types/column.ts';
import { errorOf } from '../support/error-of.ts';
import { numbers, request, table, texts, train } from './made-tables.ts';

/** Made by reference/make_weights_reference.py. */
const reference: {
  readonly columns: Readonly<Record<'x' | 'z' | 'weight' | 'amount' | 'count' | 'yes', readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
} = JSON.parse(readFileSync(new URL('./reference/weights.json', import.meta.url), 'utf8'));

const ROWS = 240;
const at = Array.from({ length: ROWS }, (_, i) => i);
const x = at.map((i) => (i * 37) % 40);
const z = at.map((i) => ((i * 53) % 23) / 4);
const place = at.map((i) => ['Bern', 'Lima', 'Oslo', 'Rome'][(i * 29) % 4]!);
const noise = at.map((i) => ((i * 7919) % 101) / 101);
const amount = at.map((i) => x[i]! / 4 + (z[i]! > 3 ? 4 : 0) + (place[i] === 'Lima' ? 3 : 0) + 2 * noise[i]!);
const FEATURES = ['x', 'z', 'place'];

/** A row that reads "test" is a test row. */
const part = at.map((i) => (i % 6 === 5 ? 'test' : 'train'));

/** The table of these rows of the one above, each as often as it is named, and a column of weights beside it. */
function rowsOf(rows: readonly number[], weights: readonly number[]): Table {
  const of = <T>(values: readonly T[]): T[] => rows.map((row) => values[row]!);
  return table(
    numbers('x', of(x)),
    numbers('z', of(z)),
    texts('place', of(place)),
    texts('part', of(part)),
    numbers('amount', of(amount)),
    numbers('count', of(amount.map(Math.floor))),
    texts('yes', of(amount.map((value) => (value > 7.5 ? 'yes' : 'no')))),
    texts('size', of(amount.map((value) => (value > 10 ? 'large' : value > 6 ? 'middle' : 'small')))),
    numbers('weight', weights),
  );
}

/** Without sampling, so that weights and repeated rows see the same random numbers, and no minimum that counts rows. */
const WHOLE = { minSamplesLeaf: 1, rowFraction: 1 };
const CASES: readonly (readonly [LearnerName, Readonly<Record<string, unknown>>])[] = [
  ['BASELINE', {}],
  ['LINEAR', {}],
  ['LINEAR', { l2: 0 }],
  ['DECISION_TREE', { minSamplesLeaf: 1, maxDepth: 4 }],
  ['EXTRA_TREES', { ...WHOLE, trees: 8, maxDepth: 3 }],
  ['GRADIENT_BOOSTING', { ...WHOLE, trees: 12, learningRate: 0.3, maxDepth: 3, featureFraction: 1 }],
];
const TARGETS: readonly (readonly [string, Task])[] = [
  ['amount', 'REGRESSION'],
  ['yes', 'CLASSIFICATION'],
  ['size', 'CLASSIFICATION'],
];
const EACH = CASES.flatMap(([algorithm, parameters]) =>
  TARGETS.map(([target, task]) => ({ algorithm, parameters, target, task, name: JSON.stringify(parameters) })),
);
type Case = Pick<(typeof EACH)[number], 'algorithm' | 'parameters' | 'target' | 'task'>;

function requestOf(
  data: Table,
  { algorithm, parameters, target, task }: Case,
  weightColumn: string | null,
): TrainingRequest {
  const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'part', seed: 0 } as const;
  return { ...request(data, target, task, algorithm, FEATURES, parameters), split, weightColumn };
}

/** What the model that is trained on this table says of all rows of the first one. */
function outputs(data: Table, wanted: Case, weightColumn: string | null = 'weight'): Float64Array {
  const { trained } = train(requestOf(data, wanted, weightColumn));
  const predictions = predictTable(parseModel(trained.modelBytes), rowsOf(at, at));
  return predictions.task === 'REGRESSION' ? predictions.values : predictions.probabilities;
}

function expectClose(found: Float64Array, wanted: Float64Array, digits: number): void {
  expect(found).toHaveLength(wanted.length);
  const largest = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
  expect(largest).toBeLessThan(10 ** -digits);
}

const repeats = at.map((i) => 1 + ((i * 13) % 3));
const repeated = at.flatMap((i) => Array.from({ length: repeats[i]! }, () => i));
const ones = at.map(() => 1);

describe.each(EACH)('$algorithm $name on $target', (wanted) => {
  test('whole weights are as rows that are repeated', () => {
    const weighted = outputs(rowsOf(at, repeats), wanted);
    const asRows = outputs(rowsOf(repeated, repeated), wanted, null);
    // The solver of several classes stops where five iterations gain no more than a millionth.
    expectClose(weighted, asRows, wanted.algorithm === 'LINEAR' && wanted.target === 'size' ? 2 : 6);
    expect(weighted).not.toEqual(outputs(rowsOf(at, ones), wanted));
  });

  test('a row of weight 0 is as one that is left out', () => {
    const weights = at.map((i) => (i % 4 === 0 ? 0 : 1 + (i % 3) / 2));
    const kept = at.filter((i) => weights[i]! > 0 || part[i] === 'test');
    const without = rowsOf(
      kept,
      kept.map((i) => weights[i]!),
    );
    expect(outputs(rowsOf(at, weights), wanted)).toEqual(outputs(without, wanted));
  });

  test('weights of 1 are as none', () => {
    expect(outputs(rowsOf(at, ones), wanted)).toEqual(outputs(rowsOf(at, ones), wanted, null));
  });

  test('what counts as a row changes with all weights only where penalties and priors count rows', () => {
    const weights = at.map((i) => 1 + ((i * 13) % 7) / 4);
    const [one, eight] = [weights, weights.map((weight) => 8 * weight)].map((each) =>
      outputs(rowsOf(at, each), wanted),
    );
    const penalised =
      (wanted.algorithm === 'LINEAR' && wanted.parameters['l2'] !== 0) ||
      wanted.algorithm === 'GRADIENT_BOOSTING' ||
      (wanted.algorithm === 'DECISION_TREE' && wanted.task === 'CLASSIFICATION');
    const largest = one!.reduce((most, value, i) => Math.max(most, Math.abs(value - eight![i]!)), 0);
    // Categories of a forest are put in order with twenty rows of the whole beside each.
    expect(penalised ? largest > 1e-4 : largest < 1e-3).toBe(true);
  });
});

describe('boosting by weights', () => {
  const boosting = CASES.find(([name]) => name === 'GRADIENT_BOOSTING')![1];
  test.each([
    { target: 'count', parameters: { loss: 'POISSON' } },
    { target: 'amount', parameters: { loss: 'QUANTILE', quantile: 0.8, trees: 3, maxDepth: 2 } },
    { target: 'amount', parameters: { l1: 0.5, l2: 0, minLeafHessian: 0 } },
  ])('whole weights are as rows that are repeated: $parameters', ({ target, parameters }) => {
    const wanted = {
      ...({ algorithm: 'GRADIENT_BOOSTING', task: 'REGRESSION', target } as const),
      parameters: { ...boosting, ...parameters },
    };
    expectClose(outputs(rowsOf(at, repeats), wanted), outputs(rowsOf(repeated, repeated), wanted, null), 6);
  });

  test('the loss that early stopping watches is by weight', () => {
    const parameters = { ...boosting, earlyStoppingRounds: 3, trees: 4, l2: 0, minLeafHessian: 0 };
    const wanted = { algorithm: 'GRADIENT_BOOSTING', task: 'REGRESSION', target: 'amount', parameters } as const;
    const curveOf = (weights: readonly number[]) =>
      train({ ...requestOf(rowsOf(at, weights), wanted, 'weight'), features: ['x', 'z'] }).trained.curve;
    const [plain, doubled, other] = [ones, ones.map(() => 2), repeats].map(curveOf);
    for (const [i, { validationLoss }] of plain!.entries()) {
      expect(doubled![i]!.validationLoss).toBeCloseTo(validationLoss!, 6);
      expect(other![i]!.validationLoss).not.toBeCloseTo(validationLoss!, 3);
    }
  });
});

test('balanced classes are balanced by weight', () => {
  for (const algorithm of ['LINEAR', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const) {
    const found = CASES.find(([name]) => name === algorithm)![1];
    const parameters = { ...found, classWeight: 'BALANCED' };
    const wanted = { algorithm, task: 'CLASSIFICATION', target: 'yes', parameters } as const;
    const asRows = outputs(rowsOf(repeated, repeated), wanted, null);
    const weighted = outputs(rowsOf(at, repeats), wanted);
    const differing = weighted.filter((value, i) => Math.abs(value - asRows[i]!) > 1e-3).length;
    expect(differing, algorithm).toBeLessThan(weighted.length / 10);
  }
});

test('a forest leans to rows of large weight, and its out-of-bag loss is by weight', () => {
  const wanted = {
    ...({ algorithm: 'RANDOM_FOREST', task: 'REGRESSION', target: 'amount' } as const),
    parameters: { trees: 30, minSamplesLeaf: 40 },
  };
  const heavy = at.map((i) => (noise[i]! > 0.5 ? 20 : 1));
  const [plain, leaning] = [ones, heavy].map((each) => outputs(rowsOf(at, each), wanted));
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value / values.length, 0);
  // The noise is 0.5 larger in those rows, and counts twice.
  expect(mean(leaning!) - mean(plain!)).toBeGreaterThan(0.3);
  expect(mean(leaning!) - mean(plain!)).toBeLessThan(0.7);
  const lossOf = (weights: readonly number[]) =>
    train(requestOf(rowsOf(at, weights), wanted, 'weight')).trained.curve.at(-1)!.validationLoss!;
  expect(lossOf(ones.map(() => 4))).toBeCloseTo(lossOf(ones), 9);
  expect(lossOf(heavy)).not.toBeCloseTo(lossOf(ones), 3);
});

test('weights follow rows into folds, whose scores and interval count rows alike', () => {
  const wanted = { algorithm: 'BASELINE', task: 'REGRESSION', target: 'amount', parameters: { folds: 2 } } as const;
  const weights = at.map((i) => (i % 2 === 0 ? 1000 : 1));
  const { trained } = train(requestOf(rowsOf(at, weights), wanted, 'weight'));
  const { outOfFold } = trained;
  if (outOfFold?.task !== 'REGRESSION') throw new Error('It was to be numbers.');
  const heavy = at.filter((i) => i % 2 === 0 && part[i] === 'train');
  const meanOfHeavy = heavy.reduce((sum, i) => sum + amount[i]! / heavy.length, 0);
  // Each fold predicts about the mean of the heavy rows of the other one.
  for (const value of new Set(outOfFold.predicted)) expect(Math.abs(value - meanOfHeavy)).toBeLessThan(0.8);
  expect(outOfFold.rows).toHaveLength(part.filter((each) => each === 'train').length);
});

describe('scikit-learn and XGBoost', () => {
  const { columns } = reference;
  const tested = [...columns.x.map(() => 'train'), 'test'];
  const withTest = (values: readonly number[]) => [...values, values[0]!];
  const data = table(
    numbers('x', withTest(columns.x)),
    numbers('z', withTest(columns.z)),
    numbers('weight', withTest(columns.weight)),
    numbers('amount', withTest(columns.amount)),
    numbers('count', withTest(columns.count)),
    texts(
      'yes',
      withTest(columns.yes).map((value) => (value === 1 ? 'yes' : 'no')),
    ),
    texts('part', tested),
  );
  const small = { trees: 3, learningRate: 0.3, maxDepth: 2, featureFraction: 1, rowFraction: 1, l2: 0 };
  const asScikit = { ...small, minSamplesLeaf: 4, minLeafHessian: 0 };
  const asXgboost = { ...small, minSamplesLeaf: 1, minLeafHessian: 2 };
  test.each([
    ['ridge', 'LINEAR', 'amount', { l2: 2 }],
    ['logistic', 'LINEAR', 'yes', { l2: 2 }],
    ['tree', 'DECISION_TREE', 'amount', { maxDepth: 3, minSamplesLeaf: 4 }],
    ['squared', 'GRADIENT_BOOSTING', 'amount', asScikit],
    ['squared_l2', 'GRADIENT_BOOSTING', 'amount', { ...asScikit, l2: 1.5 }],
    ['poisson', 'GRADIENT_BOOSTING', 'count', { ...asScikit, loss: 'POISSON' }],
    ['xgboost', 'GRADIENT_BOOSTING', 'amount', asXgboost],
    ['xgboost_labels', 'GRADIENT_BOOSTING', 'yes', asXgboost],
  ] as const)('%s gives the same with the same weights', (name, algorithm, target, parameters) => {
    const task = target === 'yes' ? 'CLASSIFICATION' : 'REGRESSION';
    const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'part', seed: 0 } as const;
    const wanted = { ...request(data, target, task, algorithm, ['x', 'z'], parameters), split, weightColumn: 'weight' };
    const predictions = predictTable(parseModel(train(wanted).trained.modelBytes), data);
    const found =
      predictions.task === 'REGRESSION' ? predictions.values : predictions.probabilities.filter((_, i) => i % 2 === 1);
    expectClose(found.slice(0, columns.x.length), Float64Array.from(reference.outputs[name]!), 4);
  });
});

test('a weighted quantile is that of values as often as their weights say, and of any step', () => {
  const cell = fc.record({ value: fc.double({ min: -9, max: 9, noNaN: true }), count: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0.5, 0.001),
      (cells, share, step) => {
        const values = Float64Array.from(cells, ({ value }) => value);
        const counts = Float64Array.from(cells, ({ count }) => count);
        const each = cells.flatMap(({ value, count }) => Array.from({ length: count }, () => value));
        expect(weightedQuantile(values, counts, share)).toBeCloseTo(quantileOf(Float64Array.from(each), share), 9);
        const alike = counts.map(() => step);
        expect(weightedQuantile(values, alike, share)).toBeCloseTo(quantileOf(values.slice(), share), 9);
      },
    ),
  );
});

describe('a column of weights that cannot be one', () => {
  const wanted = { algorithm: 'BASELINE', task: 'REGRESSION', target: 'amount', parameters: {} } as const;
  const refusal = (weights: readonly (number | null)[], column = 'weight') => {
    const columns = rowsOf(at, ones).columns.map((each) =>
      each.name === 'weight' ? numbers('weight', weights) : each,
    );
    return errorOf(() => train(requestOf(table(...columns), wanted, column)));
  };
  const but = (row: number, value: number | null) => at.map((i) => (i === row ? value : 1));

  test.each([
    ['missing', but(3, null), 'weight', /row 4 has none/],
    ['missing in a test row', but(5, null), 'weight', /row 6 has none/],
    ['negative', but(3, -0.1), 'weight', /row 4 has a negative one/],
    ['infinite', but(3, Number.POSITIVE_INFINITY), 'weight', /row 4 has an infinite one/],
    ['0 in all rows', at.map(() => 0), 'weight', /is 0 in all rows/],
    ['0 in all training rows', part.map((each) => (each === 'test' ? 1 : 0)), 'weight', /is 0 in all training rows/],
    ['beyond all sums', at.map(() => Number.MAX_VALUE), 'weight', /so large that sums of them fail/],
    ['next to nothing', at.map(() => Number.MIN_VALUE), 'weight', /so small that sums of them fail/],
    ['of texts', ones, 'place', /holds texts/],
    ['unknown', ones, 'nothing', /there is no column nothing/],
  ])('%s', (_, weights, column, message) => {
    const error = refusal(weights, column);
    expect(error).toBeInstanceOf(TrainingDataError);
    expect(error).toMatchObject({ code: 'WEIGHTS_UNUSABLE', message: expect.stringMatching(message) });
  });

  test('a row without a target needs no weight, and a tiny weight is as none', () => {
    const gone = amount.map((value, i) => (i === 3 ? null : value));
    const data = (weights: readonly (number | null)[]) =>
      table(numbers('x', x), texts('part', part), numbers('amount', gone), numbers('weight', weights));
    const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'part', seed: 0 } as const;
    const trained = (weights: readonly (number | null)[]) =>
      train({ ...request(data(weights), 'amount', 'REGRESSION', 'LINEAR', ['x']), split, weightColumn: 'weight' })
        .trained;
    expect(trained(but(3, null)).trainRows).toBe(199);
    const without = trained(at.map((i) => (i === 4 ? 0 : 1)));
    expect(without.trainRows).toBe(198);
    expect(without.warnings).toContain('1 training row of weight 0 left out');
    expect(trained(at.map((i) => (i === 4 ? 1e-9 : 1))).modelBytes).toEqual(without.modelBytes);
    expect(trained(at.map((i) => (i === 4 ? 1e-9 : 1000))).warnings.join()).toMatch(/weigh 1000 on average/);
  });
});

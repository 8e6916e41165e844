import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TestRows } from '../../../src/ml/evaluation/evaluate-model.ts';
import type { FeatureImportance } from '../../../src/ml/importances/feature-importance.ts';
import { PERMUTATIONS } from '../../../src/ml/importances/permutation.ts';
import { permutationImportances } from '../../../src/ml/importances/permutation-importances.ts';
import { PermutationLosses } from '../../../src/ml/importances/permutation-losses.ts';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';
import { importanceRequest } from './slow-importances.ts';

const LEARNERS = LEARNER_NAMES.filter((name) => name !== 'BASELINE');

afterEach(() => {
  vi.restoreAllMocks();
});

/** Two columns that count, and so many that do not; an amount, and a label of about as many yes as no. */
function noisyTable(rowCount: number, noiseColumns: number, seed: number): Table {
  const random = createRandom(seed);
  const draw = () => Array.from({ length: rowCount }, () => random.uniform());
  const [first, second] = [draw(), draw()];
  const amount = first.map((value, i) => 2 * value + (second[i]! > 0.5 ? 1 : 0) + 0.3 * random.uniform());
  const noise = Array.from({ length: noiseColumns }, (_, c) => numbers(`noise ${c}`, draw()));
  return table(
    ...noise,
    numbers('first', first),
    texts(
      'second',
      second.map((value) => (value > 0.5 ? 'high' : 'low')),
    ),
    numbers('amount', amount),
    texts(
      'label',
      amount.map((value) => (value > 1.65 ? 'yes' : 'no')),
    ),
  );
}

function featuresOf(data: Table): string[] {
  return data.columns.map(({ name }) => name).filter((name) => name !== 'amount' && name !== 'label');
}

function importanceOf(importances: readonly FeatureImportance[], name: string): FeatureImportance {
  return importances.find(({ feature }) => feature === name)!;
}

describe.each(LEARNERS)('%s', (algorithm) => {
  test.each([
    ['label', 'CLASSIFICATION'],
    ['amount', 'REGRESSION'],
  ] as const)('importances separate signal from noise: %s', (target, task) => {
    const parameters = ['RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'].includes(algorithm) ? { trees: 30 } : {};
    let noisy = 0;
    const seeds = 5;
    for (let seed = 0; seed < seeds; seed++) {
      const data = noisyTable(1_000, 8, seed);
      const { trained } = train(request(data, target, task, algorithm, featuresOf(data), parameters));
      const { featureImportances } = trained;
      for (const name of ['first', 'second']) {
        const { importance, isNoise } = importanceOf(featureImportances, name);
        expect(importance).toBeGreaterThan(0.1);
        expect(isNoise).toBe(false);
      }
      const noise = featureImportances.filter(({ feature }) => feature.startsWith('noise'));
      expect(Math.max(...noise.map(({ importance }) => Math.abs(importance)))).toBeLessThan(0.05);
      noisy += noise.filter(({ isNoise }) => isNoise).length;
      expect(featureImportances.reduce((sum, { gain }) => sum + gain, 0)).toBeCloseTo(1, 9);
    }
    // One in a hundred may pass for something; of 40 more than two hardly ever do.
    expect(noisy).toBeGreaterThanOrEqual(8 * seeds - 2);
  });

  test('a column that is the same in all test rows loses nothing, and is noise', () => {
    const plain = noisyTable(500, 1, 3);
    const flag = numbers(
      'flag',
      Array.from({ length: 500 }, (_, i) => (i % 5 === 4 ? 1 : i % 2)),
    );
    const data = table(flag, ...plain.columns);
    const { trained } = train(request(data, 'amount', 'REGRESSION', algorithm, featuresOf(data)));
    expect(importanceOf(trained.featureImportances, 'flag')).toMatchObject({ importance: 0, stddev: 0, isNoise: true });
  });

  test('the same request gives the same importances', () => {
    const data = mixedTable(400);
    const wanted = request(data, 'size', 'CLASSIFICATION', algorithm);
    expect(train(wanted).trained.featureImportances).toEqual(train(wanted).trained.featureImportances);
  });
});

test('beyond 50 columns those of largest gain are shuffled, and the others have their gain', () => {
  const data = noisyTable(600, 70, 1);
  const { trained } = train(request(data, 'amount', 'REGRESSION', 'LINEAR', featuresOf(data)));
  const shuffled = trained.featureImportances.slice(0, 50);
  const others = trained.featureImportances.slice(50);
  expect(others.length).toBe(22);
  for (const { method, stddev, isNoise } of shuffled) {
    expect(method).toBe('PERMUTATION');
    expect(stddev).toBeGreaterThanOrEqual(0);
    expect(isNoise).toBeTypeOf('boolean');
  }
  const losses = shuffled.map(({ importance }) => importance);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  expect(Math.min(...shuffled.map(({ gain }) => gain))).toBeGreaterThanOrEqual(others[0]!.gain);
  for (const [i, other] of others.entries()) {
    expect(other).toMatchObject({ method: 'GAIN', importance: other.gain, stddev: null, isNoise: null });
    expect(other.gain).toBeLessThanOrEqual(others[Math.max(0, i - 1)]!.gain);
  }
});

test('on a target of which one label is rare, what counts is told from noise', () => {
  const data = noisyTable(4_000, 4, 9);
  const amount = data.columns.find(({ name }) => name === 'amount')!;
  const amounts = amount.storage === 'number' ? [...amount.values] : [];
  const threshold = amounts.toSorted((a, b) => b - a)[800]!;
  const random = createRandom(4);
  // The rare label is nowhere more likely than the other one: the model never says it, and accuracy loses nothing.
  const rare = amounts.map((value) => (random.uniform() < (value > threshold ? 0.3 : 0.005) ? 'fraud' : 'legit'));
  const whole = table(...data.columns, texts('rare', rare));
  const names = featuresOf(whole).filter((name) => name !== 'rare');
  const { trained } = train(request(whole, 'rare', 'CLASSIFICATION', 'LINEAR', names));
  const legit = rare.filter((label, i) => i % 5 === 4 && label === 'legit').length / 800;
  expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBeLessThanOrEqual(legit);
  const noisy = trained.featureImportances.filter(({ isNoise }) => isNoise);
  expect(noisy.map(({ feature }) => feature).sort()).toEqual(['noise 0', 'noise 1', 'noise 2', 'noise 3']);
});

test.each(LEARNERS)('%s: a standard error is what other rows and other shuffles move an importance by', (algorithm) => {
  const data = noisyTable(6_000, 2, 11);
  const { trained } = train(request(data, 'label', 'CLASSIFICATION', algorithm, featuresOf(data)));
  // Samples of 150 of 1,200 rows hardly overlap.
  const found = Array.from({ length: 40 }, (_, seed) => {
    const wanted = { ...importanceRequest(data, trained.modelBytes, 'label', seed), sampleRows: 150 };
    return importanceOf(runToEnd(permutationImportances(wanted)).importances, 'first');
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = mean(found.map(({ importance }) => importance));
  const moved = Math.sqrt(mean(found.map(({ importance }) => (importance - centre) ** 2)));
  const said = mean(found.map(({ stddev }) => stddev!));
  expect(said / moved).toBeGreaterThan(0.7);
  expect(said / moved).toBeLessThan(1.5);
  expect(found.every(({ rows }) => rows === 150)).toBe(true);
});

test('a column that no question is about loses exactly nothing, and is noise', () => {
  const data = noisyTable(500, 3, 2);
  const { trained } = train(
    request(data, 'label', 'CLASSIFICATION', 'DECISION_TREE', featuresOf(data), { maxDepth: 1 }),
  );
  const unused = trained.featureImportances.filter(({ gain }) => gain === 0);
  expect(unused.length).toBe(4);
  for (const column of unused) {
    expect(column).toMatchObject({ method: 'PERMUTATION', importance: 0, stddev: 0, isNoise: true });
  }
});

describe('where the test rows do not allow it', () => {
  const data = noisyTable(200, 1, 4);
  const { trained } = train(request(data, 'amount', 'REGRESSION', 'LINEAR', featuresOf(data)));
  const whole = importanceRequest(data, trained.modelBytes, 'amount', 1);
  const { rows, actual } = whole.testSet;
  const some = (tested: TestRows) => runToEnd(permutationImportances({ ...whole, testSet: tested }));
  const numbersOf = (count: number, value: (i: number) => number): TestRows => ({
    task: 'REGRESSION',
    rows: rows.slice(0, count),
    actual: Float64Array.from({ length: count }, (_, i) => value(i)),
  });
  const allGains = (importances: readonly FeatureImportance[]) =>
    importances.every(({ method, importance, gain }) => method === 'GAIN' && importance === gain);

  test('with one test row there are gains, and a warning', () => {
    const { importances, warnings } = some(numbersOf(1, () => 1));
    expect(allGains(importances)).toBe(true);
    expect(warnings).toEqual(['the importances are by gain, not by permutation: there is only one test row']);
  });

  test.each([
    ['the same target in all rows', () => 3],
    ['targets beyond the range of a double when squared', (i: number) => (i % 2 === 0 ? 1e300 : -1e300)],
  ])('with an undefined metric there are gains, and a warning: %s', (_, value) => {
    const { importances, warnings } = some(numbersOf(40, value));
    expect(allGains(importances)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('R2 is undefined')]);
  });

  test('with two test rows everything is noise', () => {
    const { importances, warnings } = some(numbersOf(2, (i) => actual[i]!));
    expect(warnings).toEqual([]);
    expect(importances.every(({ method, isNoise }) => method === 'PERMUTATION' && isNoise === true)).toBe(true);
  });

  test('what a single extreme row decides is noise', () => {
    const far = noisyTable(500, 0, 5);
    const outlier = { ...importanceRequest(far, trained.modelBytes, 'amount', 1) };
    const target = Float64Array.from(outlier.testSet.actual);
    target[7] = 1e6;
    const tested: TestRows = { task: 'REGRESSION', rows: outlier.testSet.rows, actual: target };
    const { importances } = runToEnd(permutationImportances({ ...outlier, testSet: tested }));
    for (const { importance, isNoise } of importances) {
      expect(Number.isFinite(importance)).toBe(true);
      expect(isNoise).toBe(true);
    }
  });

  test('with test rows of one class, importances measure what keeps the model right', () => {
    const labelled = train(request(data, 'label', 'CLASSIFICATION', 'DECISION_TREE', featuresOf(data))).trained;
    const yes = importanceRequest(data, labelled.modelBytes, 'label', 1);
    const kept = Array.from(yes.testSet.rows.keys()).filter((i) => yes.testSet.actual[i] === 1);
    const tested: TestRows = {
      task: 'CLASSIFICATION',
      rows: Int32Array.from(kept, (i) => yes.testSet.rows[i]!),
      actual: new Int32Array(kept.length).fill(1),
      unknownLabels: [],
    };
    const { importances, warnings } = runToEnd(permutationImportances({ ...yes, testSet: tested }));
    expect(warnings).toEqual([]);
    expect(importances.every(({ importance }) => Number.isFinite(importance))).toBe(true);
  });
});

describe('when the training is stopped', () => {
  const data = noisyTable(5_000, 2, 6);
  const { trained } = train(
    request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', featuresOf(data), { trees: 50 }),
  );
  const wanted = importanceRequest(data, trained.modelBytes, 'amount', 1);
  /** Time goes on by so many milliseconds whenever somebody looks. */
  const clock = (milliseconds: number) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += milliseconds));
  };

  test('if the training is stopped, the finished rows count, and a warning says how many', () => {
    clock(5);
    const steps = permutationImportances({ ...wanted, stopReason: () => 'STOPPED' });
    const { importances, warnings } = runToEnd(steps);
    expect(warnings).toEqual([expect.stringMatching(/^the importances are of \d+ test rows only/)]);
    expect(importances.every(({ method }) => method === 'PERMUTATION')).toBe(true);
  });

  test('if the training is stopped before any row, there are gains', () => {
    clock(300);
    const { importances, warnings } = runToEnd(permutationImportances({ ...wanted, stopReason: () => 'TIME_BUDGET' }));
    expect(warnings).toEqual(['the importances are by gain, not by permutation: the training was stopped']);
    expect(importances.every(({ method }) => method === 'GAIN')).toBe(true);
  });
});

describe('noise', () => {
  /** One column; `losing` rows of so many become wrong in every shuffle, `winning` become right. */
  const isNoise = (rowCount: number, losing: number, winning: number): boolean => {
    const actual: TestRows = {
      task: 'CLASSIFICATION',
      rows: new Int32Array(rowCount),
      actual: new Int32Array(rowCount),
      unknownLabels: [],
    };
    const losses = new PermutationLosses(
      1,
      actual,
      Int32Array.from({ length: rowCount }, (_, i) => i),
    );
    const variants = PERMUTATIONS + 1;
    const predicted = new Int32Array(rowCount * variants);
    for (let i = 0; i < losing; i++) predicted.fill(1, i * variants, i * variants + PERMUTATIONS);
    for (let i = losing; i < losing + winning; i++) predicted[i * variants + PERMUTATIONS] = 1;
    const probabilities = Float64Array.from({ length: 2 * predicted.length }, (_, i) =>
      predicted[i >> 1] === i % 2 ? 1 : 0,
    );
    losses.add({ task: 'CLASSIFICATION', labels: ['a', 'b'], probabilities, predicted });
    return losses.results()![0]!.isNoise;
  };

  test('noise is what a sign test finds no more than chance', () => {
    expect(isNoise(1_000, 7, 0)).toBe(true);
    expect(isNoise(1_000, 8, 0)).toBe(false);
    expect(isNoise(1_000, 40, 30)).toBe(true);
    expect(isNoise(1_000, 60, 30)).toBe(false);
    expect(isNoise(3, 3, 0)).toBe(true);
  });

  test('a column whose shuffling loses nothing is noise', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.nat(300), (losing, more, idle) => {
        expect(isNoise(losing + losing + more + idle + 1, losing, losing + more)).toBe(true);
      }),
    );
  });
});

test.each([1e-90, 1, 1e76, 1e80, 1e140])(
  'what counts is told from noise whatever the target is measured in: %d',
  (unit) => {
    const data = noisyTable(500, 1, 8);
    const amount = data.columns.find(({ name }) => name === 'amount')!;
    const amounts = amount.storage === 'number' ? Array.from(amount.values, (value) => value * unit) : [];
    const scaled = table(...data.columns.filter(({ name }) => name !== 'amount'), numbers('amount', amounts));
    const { trained } = train(request(scaled, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', featuresOf(scaled)));
    const { featureImportances } = trained;
    expect(importanceOf(featureImportances, 'first').isNoise).toBe(false);
    expect(importanceOf(featureImportances, 'second').isNoise).toBe(false);
    expect(importanceOf(featureImportances, 'noise 0').isNoise).toBe(true);
  },
);

test('the baseline has none', () => {
  const { trained } = train(request(mixedTable(100), 'yes', 'CLASSIFICATION', 'BASELINE', MIXED_FEATURES));
  expect(trained.featureImportances).toEqual([]);
});

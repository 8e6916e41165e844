import { describe, expect, test } from 'vitest';
import { PERMUTATIONS } from '../../../src/ml/importances/permutation.ts';
import { permutationImportances } from '../../../src/ml/importances/permutation-importances.ts';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { writeModel } from '../../../src/runtime/format/write-model-file.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { blendedModel } from '../blended-model.ts';
import { mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';
import reference from '../reference/importances.json' with { type: 'json' };
import { importanceRequest, slowImportances } from './slow-importances.ts';

const SMALL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  RANDOM_FOREST: { trees: 12 },
  EXTRA_TREES: { trees: 12 },
  GRADIENT_BOOSTING: { trees: 12 },
};

const DAY = 86_400_000;

/**
 * The mixed table with a column of dates, of which a model reads several parts, and a target of twelve labels: leaves of a
 * forest are added up otherwise where labels are many.
 */
function datedTable(rowCount: number): Table {
  const random = createRandom(5);
  const days = Array.from({ length: rowCount }, () => (random.uniform() < 0.05 ? null : random.below(3000) * DAY));
  const mixed = mixedTable(rowCount);
  const amount = mixed.columns.find(({ name }) => name === 'amount');
  const amounts = amount?.storage === 'number' ? [...amount.values] : [];
  return table(
    ...mixed.columns,
    { ...numbers('day', days), kind: 'DATETIME' } as Column,
    texts(
      'grade',
      amounts.map((value) => `grade ${Math.min(11, Math.max(0, Math.floor(value)))}`),
    ),
  );
}

describe.each(LEARNER_NAMES.filter((name) => name !== 'BASELINE'))('importances of %s', (algorithm) => {
  const data = datedTable(1_000);
  const names = ['x', 'y', 'place', 'day'];

  test.each([
    ['yes', 'CLASSIFICATION'],
    ['size', 'CLASSIFICATION'],
    ['grade', 'CLASSIFICATION'],
    ['amount', 'REGRESSION'],
  ] as const)('importances equal those of moving the cells and predicting again: %s', (target, task) => {
    const { trained } = train(request(data, target, task, algorithm, names, SMALL[algorithm]));
    for (const sampleRows of [10_000, 70]) {
      const wanted = { ...importanceRequest(data, trained.modelBytes, target, 1), sampleRows };
      const { importances, warnings } = runToEnd(permutationImportances(wanted));
      const expected = slowImportances({ ...wanted, random: createRandom(1) }, target, names);
      expect(warnings).toEqual([]);
      expect(importances.map(({ feature }) => feature).sort()).toEqual([...names].sort());
      for (const { feature, importance, stddev, method } of importances) {
        expect(method).toBe('PERMUTATION');
        expect(importance).toBeCloseTo(expected.get(feature)!.importance, 11);
        expect(stddev).toBeCloseTo(expected.get(feature)!.stddev, 11);
      }
      // The model is as it was.
      expect(Buffer.from(writeModel(wanted.model)).equals(trained.modelBytes)).toBe(true);
    }
  });
});

test.each([
  ['yes', 'CLASSIFICATION', 1.4],
  ['grade', 'CLASSIFICATION', 1],
  ['amount', 'REGRESSION', 1],
] as const)(
  'importances of a blend equal those of moving the cells and predicting again: %s',
  (target, task, temperature) => {
    const data = datedTable(600);
    const names = ['x', 'y', 'place', 'day'];
    const members = (['GRADIENT_BOOSTING', 'LINEAR', 'BASELINE', 'RANDOM_FOREST'] as const).map((algorithm) =>
      parseModel(train(request(data, target, task, algorithm, names, SMALL[algorithm])).trained.modelBytes),
    );
    const blend = writeModel(blendedModel(members, [0.4, 0.3, 0.1, 0.2], temperature));
    const wanted = importanceRequest(data, blend, target, 1);
    const { importances, warnings } = runToEnd(permutationImportances(wanted));
    const expected = slowImportances({ ...wanted, random: createRandom(1) }, target, names);
    expect(warnings).toEqual([]);
    for (const { feature, importance, stddev } of importances) {
      expect(importance).toBeCloseTo(expected.get(feature)!.importance, 11);
      expect(stddev).toBeCloseTo(expected.get(feature)!.stddev, 11);
    }
    expect(importances).toHaveLength(names.length);
  },
);

test('importances of leaves with slopes equal those of moving the cells and predicting again', () => {
  const data = datedTable(1_000);
  const names = ['x', 'y', 'place', 'day'];
  const parameters = { trees: 20, linearLeaves: true };
  const { trained } = train(request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', names, parameters));
  const { estimator } = parseModel(trained.modelBytes);
  expect(estimator).toMatchObject({ combine: 'LINEAR_MARGINS' });
  for (const sampleRows of [10_000, 70]) {
    const wanted = { ...importanceRequest(data, trained.modelBytes, 'amount', 1), sampleRows };
    const { importances } = runToEnd(permutationImportances(wanted));
    const expected = slowImportances({ ...wanted, random: createRandom(1) }, 'amount', names);
    for (const { feature, importance, stddev } of importances) {
      expect(importance).toBeCloseTo(expected.get(feature)!.importance, 11);
      expect(stddev).toBeCloseTo(expected.get(feature)!.stddev, 11);
    }
  }
});

test('a value beside which all others vanish takes nothing from the rows that lend it another', () => {
  const names = ['far', 'near'];
  const random = createRandom(7);
  const near = Array.from({ length: 200 }, () => random.uniform() - 0.5);
  // Of the test rows each second one is far away.
  const far = near.map((_, i) => (i % 10 === 4 ? 1e25 : random.uniform() - 0.5));
  const label = near.map((value, i) => `${value + (i % 10 === 4 ? 0 : 0.3 * far[i]!) > 0}`);
  const data = table(numbers('far', far), numbers('near', near), texts('label', label));
  const { trained } = train(request(data, 'label', 'CLASSIFICATION', 'LINEAR', names));
  const wanted = importanceRequest(data, trained.modelBytes, 'label', 1);
  const { importances } = runToEnd(permutationImportances(wanted));
  const expected = slowImportances({ ...wanted, random: createRandom(1) }, 'label', names);
  for (const { feature, importance, stddev } of importances) {
    expect(importance).toBeCloseTo(expected.get(feature)!.importance, 11);
    expect(stddev).toBeCloseTo(expected.get(feature)!.stddev, 11);
  }
});

describe('importances of LINEAR', () => {
  const names = ['a', 'b', 'c', 'd'];
  const data = table(
    ...reference.columns.map((values, c) => numbers(names[c]!, values)),
    numbers('number', reference.number),
    texts('label', reference.label.map(String)),
  );

  /** The importances of so many seeds, and what each column comes to on average. */
  const averagesOf = (target: string, modelBytes: Uint8Array, seeds: number) => {
    const found = new Map<string, number[]>(names.map((name) => [name, []]));
    for (let seed = 0; seed < seeds; seed++) {
      const wanted = importanceRequest(data, modelBytes, target, seed);
      for (const { feature, importance } of runToEnd(permutationImportances(wanted)).importances) {
        found.get(feature)!.push(importance);
      }
    }
    return found;
  };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('importances of LINEAR are on average those of scikit-learn: number', () => {
    const expected = reference.regression;
    const { trained } = train(request(data, 'number', 'REGRESSION', 'LINEAR', names, { l2: 0 }));
    const { metrics } = trained;
    expect(metrics.task === 'REGRESSION' && metrics.r2).toBeCloseTo(expected.score, 9);
    const seeds = 60;
    const found = averagesOf('number', trained.modelBytes, seeds);
    for (const [c, name] of names.entries()) {
      // The standard error of the difference of two means over shuffles.
      const error = expected.deviations[c]! * Math.sqrt(1 / (seeds * PERMUTATIONS) + 1 / reference.repeats);
      expect(Math.abs(mean(found.get(name)!) - expected.means[c]!)).toBeLessThan(4 * error);
    }
  });

  test('importances of LINEAR are on average the loss with the value of each other row: label', () => {
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', 'LINEAR', names, { l2: 2 }));
    const { metrics } = trained;
    expect(metrics.task === 'CLASSIFICATION' && metrics.accuracy).toBeCloseTo(reference.classification.score, 9);
    const found = averagesOf('label', trained.modelBytes, 60);
    const { model, testSet: tested } = importanceRequest(data, trained.modelBytes, 'label', 0);
    const rows = [...tested.rows];
    const lossOf = (moved: number | null): number => {
      // Row after row, with each other row's value of the moved column.
      const pairs = rows.flatMap((row, i) => rows.map((lender) => ({ row, lender, actual: tested.actual[i]! })));
      const columns = reference.columns.map((values, c) =>
        numbers(
          names[c]!,
          pairs.map(({ row, lender }) => values[c === moved ? lender : row]!),
        ),
      );
      const predictions = predictTable(model, { rowCount: pairs.length, columns });
      if (predictions.task === 'REGRESSION') throw new Error('labels were trained');
      const { labels, probabilities } = predictions;
      return mean(pairs.map(({ actual }, i) => -Math.log(Math.max(0.001, probabilities[i * labels.length + actual]!))));
    };
    const unmoved = lossOf(null);
    for (const [c, name] of names.entries()) {
      const values = found.get(name)!;
      const centre = mean(values);
      const error = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / values.length);
      expect(Math.abs(centre - (lossOf(c) - unmoved))).toBeLessThan(4 * error);
    }
  });
});

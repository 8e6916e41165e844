import fc from 'fast-check';
import LogisticRegression from 'ml-logistic-regression';
import { describe, expect, test } from 'vitest';
import { exportToMlLogisticRegression } from '../../../src/ml/export/ml-logistic-regression.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { LinearModel, Model } from '../../../src/runtime/model.ts';
import { mixedTable, request, train } from '../made-tables.ts';
import { codeOfRefusal } from './code-of-refusal.ts';
import { linearCase, predictRows, preparedMatrix, type Rows } from './made-models.ts';

const NONE_MISSING: ReadonlySet<string> = new Set();

function written(model: Model): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(exportToMlLogisticRegression(model, NONE_MISSING)));
}

function codeFor(model: Model, columnsWithMissing = NONE_MISSING): string {
  return codeOfRefusal(() => exportToMlLogisticRegression(model, columnsWithMissing));
}

/** The model's labels, but for rows whose two largest margins lie so close that rounding decides between them. */
function expectTheSame(model: Model, rows: Rows): void {
  const own = predictRows(model, rows);
  if (own.task !== 'CLASSIFICATION' || model.estimator.kind !== 'LINEAR') {
    throw new Error('a linear classifier is needed');
  }
  const loaded = LogisticRegression.load(written(model)).predict(preparedMatrix(rows, 1));
  expect(loaded).toHaveLength(rows.length);
  const { estimator } = model;
  const wrong = rows.filter((row, i) => loaded[i] !== own.predicted[i] && !isClose(estimator, row));
  expect(wrong).toEqual([]);
}

/**
 * Whether the largest margin leads by no more than 1e-10 of the sizes that were added up, or that are added up in a row one
 * deviation from the mean, to which the export fits the digits of the library's scores.
 */
function isClose({ marginCount, intercepts, terms }: LinearModel, row: readonly number[]): boolean {
  let size = 0;
  const margins = Array.from(intercepts, (intercept, k) => {
    size = Math.max(size, Math.abs(intercept));
    return terms.reduce((sum, { mean, scale, weights }, f) => {
      const slope = weights[k]! / scale;
      size = Math.max(size, Math.abs(weights[k]!), Math.abs(slope * mean), Math.abs(slope * row[f]!));
      return sum + slope * (row[f]! - mean);
    }, intercept);
  });
  if (marginCount === 1) margins.push(0);
  const [first = 0, second = 0] = margins.sort((a, b) => b - a);
  return first - second <= 1e-10 * Math.max(1, size);
}

function trained(target: string, features: readonly string[], seed = 1, algorithm: AlgorithmName = 'LINEAR'): Model {
  const task = target === 'amount' ? 'REGRESSION' : 'CLASSIFICATION';
  return parseModel(train(request(mixedTable(120, seed), target, task, algorithm, features)).trained.modelBytes);
}

/** A classifier of three labels and one feature. */
function threeLabels(slopes: readonly number[], mean = 0, scale = 1): Model {
  return {
    ...trained('size', ['x']),
    estimator: {
      kind: 'LINEAR',
      marginCount: 3,
      intercepts: new Float64Array(3),
      terms: [{ mean, scale, weights: Float64Array.from([...slopes, 0, 0, 0]) }],
    },
  };
}

describe('a linear classifier in the form of ml-logistic-regression predicts the same there', () => {
  test('random linear classifiers exported to ml-logistic-regression predict the same there', () => {
    fc.assert(fc.property(linearCase(), ({ model, rows }) => expectTheSame(model, rows)));
  });

  test('trained linear classifiers exported to ml-logistic-regression predict the same there', () => {
    const number = fc.double({ min: -5, max: 15, noNaN: true });
    const rows = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.constantFrom('yes', 'size'), fc.nat(), rows, (target, seed, some) =>
        expectTheSame(trained(target, ['x', 'amount'], seed), some),
      ),
      { numRuns: 30 },
    );
  });

  test('of equal margins the first label is predicted', () => {
    const model = threeLabels([-1, 2, 2]);
    expect(LogisticRegression.load(written(model)).predict(preparedMatrix([[3], [0], [-3]], 1))).toEqual([1, 0, 0]);
  });

  test('exported classifiers predict the same far from the training rows, where the logistic function is 0', () => {
    const model = threeLabels([0, 1, 2]);
    const rows = [[1000], [100_000], [-100_000]];
    expect(LogisticRegression.load(written(model)).predict(preparedMatrix(rows, 1))).toEqual([2, 2, 0]);
  });
});

test('the file names features and labels', () => {
  expect(written(trained('size', ['x']))).toMatchObject({
    name: 'LogisticRegression',
    numberClasses: 3,
    features: ['x'],
    labels: ['large', 'middle', 'small'],
  });
});

describe('what the form cannot carry is refused', () => {
  test('categories cannot be exported to ml-logistic-regression', () => {
    expect(codeFor(trained('yes', ['x', 'place']))).toBe('CATEGORY_FEATURE');
  });

  test('missing values cannot be exported to ml-logistic-regression', () => {
    expect(codeFor(trained('yes', ['x', 'y']))).toBe('MISSING_VALUES');
    expect(codeFor(trained('yes', ['x']), new Set(['x']))).toBe('MISSING_VALUES');
    expect(codeFor(trained('yes', ['x']), new Set(['y']))).toBe('none');
  });

  test('regression cannot be exported to ml-logistic-regression', () => {
    expect(codeFor(trained('amount', ['x']))).toBe('ESTIMATOR_NOT_SUPPORTED');
  });

  test.each(['BASELINE', 'DECISION_TREE', 'GRADIENT_BOOSTING'] as const)(
    'a model is not exported to ml-logistic-regression: %s',
    (algorithm) => {
      expect(codeFor(trained('yes', ['x'], 1, algorithm))).toBe('ESTIMATOR_NOT_SUPPORTED');
    },
  );

  test.each([
    ['slopes that overflow', threeLabels([1e300, 0, 0], 0, 1e-300)],
    ['a constant that overflows', threeLabels([1e300, 0, 0], 1e300, 1)],
    ['numbers far from 0 for their spread', threeLabels([1, 0, 0], 1e12, 0.001)],
  ])('weights are not exported to ml-logistic-regression: %s', (_, model) => {
    expect(codeFor(model)).toBe('NUMBERS_OUT_OF_RANGE');
  });
});

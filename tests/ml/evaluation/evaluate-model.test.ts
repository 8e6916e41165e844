import { describe, expect, test } from 'vitest';
import { evaluateClasses } from '../../../src/ml/evaluation/evaluate-classes.ts';
import { evaluateModel, type TestRows } from '../../../src/ml/evaluation/evaluate-model.ts';
import { residualPoints } from '../../../src/ml/evaluation/residuals.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import type { Task } from '../../../src/ml/task.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';

const always = (labels: readonly string[] | null, ...outputs: number[]): Model => ({
  task: labels === null ? 'REGRESSION' : 'CLASSIFICATION',
  algorithm: 'BASELINE',
  target: 'y',
  labels,
  features: [],
  reading: currentReading(),
  estimator: { kind: 'CONSTANT', outputs: Float64Array.from(outputs) },
});
const data = table(numbers('x', [1, 2, 3, 4, 5, 6]));

describe('the predictions that a test leaves', () => {
  const tested: TestRows = {
    task: 'CLASSIFICATION',
    rows: Int32Array.of(0, 2, 3, 5),
    actual: Int32Array.of(0, 1, 2, 3),
    unknownLabels: ['rare', 'rarer'],
  };

  test('the test predictions of two labels have the probabilities of the true and of the positive label', () => {
    const { metrics, evaluation, predictions } = runToEnd(
      evaluateModel(always(['no', 'yes'], 0.25, 0.75), data, tested),
    );
    expect(predictions).toEqual({
      task: 'CLASSIFICATION',
      rows: tested.rows,
      labels: ['no', 'yes', 'rare', 'rarer'],
      actual: tested.actual,
      predicted: Int32Array.of(1, 1, 1, 1),
      trueProbability: Float32Array.of(0.25, 0.75, 0, 0),
      positive: 1,
      positiveProbability: Float32Array.of(0.75, 0.75, 0.75, 0.75),
    });
    expect(evaluation).toMatchObject({
      confusionMatrix: { labels: ['no', 'yes', 'rare', 'rarer'] },
      positiveClass: 'yes',
      calibration: [{ predicted: 0.75, observed: 0.25, count: 4 }],
    });
    expect(metrics).toMatchObject({ task: 'CLASSIFICATION', accuracy: 0.25, rocAuc: 0.5, nSamples: 4, nFeatures: 0 });
  });

  test('the test predictions of two labels may have the first as the positive one', () => {
    const chosen: TestRows = { ...tested, positive: 0 };
    const { metrics, evaluation, predictions } = runToEnd(
      evaluateModel(always(['no', 'yes'], 0.25, 0.75), data, chosen),
    );
    expect(predictions).toMatchObject({
      positive: 0,
      trueProbability: Float32Array.of(0.25, 0.75, 0, 0),
      positiveProbability: Float32Array.of(0.25, 0.25, 0.25, 0.25),
    });
    expect(evaluation).toMatchObject({
      positiveClass: 'no',
      calibration: [{ predicted: 0.25, observed: 0.25, count: 4 }],
      precisionRecallCurve: [
        { recall: 1, precision: 0.25, threshold: 0.25 },
        { recall: 0, precision: 1, threshold: null },
      ],
    });
    // One positive row of four: (0.75 ** 2 + 3 * 0.25 ** 2) / 4.
    expect(metrics).toMatchObject({ averagePrecision: 0.25, brier: 0.1875, rocAuc: 0.5 });
  });

  test('ROC AUC counts rows with unknown labels as ties', () => {
    // Scores of the positive class: 0.9 for the one "yes", 0.1 for the one "no"; ten more rows are of a label of their own.
    const actual = Int32Array.of(1, 0, ...Array.from({ length: 10 }, () => 2));
    const probabilities = Float64Array.from([...actual].flatMap((label) => (label === 1 ? [0.1, 0.9] : [0.9, 0.1])));
    const answers = { actual, predicted: actual, probabilities, labelCount: 2 };
    const evaluated = runToEnd(evaluateClasses(answers, ['no', 'yes', 'other'], 1));
    expect(evaluated.metrics.rocAuc).toBeCloseTo((2 * 1 + 10 * 0.5) / 12, 12);
  });

  test('scores of a forest that differ by rounding alone are ties, with a threshold that all of them reach', () => {
    const scores = [0.1 + 0.2, 0.3, 0.6, 3 * 0.2];
    const answers = {
      actual: Int32Array.of(1, 0, 0, 1),
      predicted: Int32Array.of(0, 0, 1, 1),
      probabilities: Float64Array.from(scores.flatMap((p) => [1 - p, p])),
      labelCount: 2,
    };
    const area = (areSums: boolean) => runToEnd(evaluateClasses({ ...answers, areSums }, ['no', 'yes'], 1));
    expect(new Set(scores).size).toBe(4);
    expect(area(true).metrics.rocAuc).toBe(0.5);
    expect(area(true).evaluation.precisionRecallCurve?.map(({ threshold }) => threshold)).toEqual([
      Math.min(scores[0]!, scores[1]!),
      Math.min(scores[2]!, scores[3]!),
      null,
    ]);
    // Of other models each digit counts.
    expect(area(false).evaluation.precisionRecallCurve).toHaveLength(5);
  });

  test('the test predictions of three labels have no positive one', () => {
    const { predictions } = runToEnd(evaluateModel(always(['a', 'b', 'c'], 0.5, 0.25, 0.25), data, tested));
    expect(predictions).toMatchObject({
      labels: ['a', 'b', 'c', 'rare', 'rarer'],
      trueProbability: Float32Array.of(0.5, 0.25, 0.25, 0),
      positiveProbability: null,
    });
  });

  test('the test predictions of a regressor have values', () => {
    const actual = Float64Array.of(1, 2, 3, 4);
    const { evaluation, predictions } = runToEnd(
      evaluateModel(always(null, 2.5), data, { task: 'REGRESSION', rows: tested.rows, actual }),
    );
    const predicted = Float64Array.of(2.5, 2.5, 2.5, 2.5);
    expect(predictions).toEqual({ task: 'REGRESSION', rows: tested.rows, actual, predicted });
    expect(evaluation).toEqual({
      task: 'REGRESSION',
      residuals: [1, 2, 3, 4].map((actual) => ({ actual, predicted: 2.5 })),
    });
  });
});

test.each([
  [Int32Array.of(0, 0), 'the test rows all have the same label'],
  [Int32Array.of(0, 2), 'no test row has the positive label'],
  [Int32Array.of(2, 3), 'no test row has a label of the model'],
])('why a binary model has no ROC AUC: labels %j', (actual, reason) => {
  const tested: TestRows = { task: 'CLASSIFICATION', rows: Int32Array.of(0, 1), actual, unknownLabels: ['p', 'q'] };
  const { metrics, evaluation } = runToEnd(evaluateModel(always(['no', 'yes'], 0.5, 0.5), data, tested));
  expect(metrics.undefinedMetrics).toEqual([
    { name: 'ROC_AUC', reason },
    { name: 'AVERAGE_PRECISION', reason },
  ]);
  expect(evaluation).toMatchObject({ rocCurve: null, precisionRecallCurve: null, calibration: [{ count: 2 }] });
});

test('residuals are at most 500 rows, evenly over all of them, without what is not finite', () => {
  const actual = Float64Array.from({ length: 5000 }, (_, i) => i);
  const points = residualPoints(
    actual,
    actual.map((value) => value + 1),
  );
  expect(points.length).toBe(500);
  expect(points.every(({ actual, predicted }) => predicted === actual + 1)).toBe(true);
  const gaps = points.slice(1).map(({ actual }, i) => actual - points[i]!.actual);
  expect(new Set(gaps)).toEqual(new Set([10]));
  expect(residualPoints(actual.subarray(0, 3), Float64Array.of(1, Number.POSITIVE_INFINITY, 2))).toEqual([
    { actual: 0, predicted: 1 },
    { actual: 2, predicted: 2 },
  ]);
});

describe('a training has the predictions that its metrics are of', () => {
  const trainOn = (target: string, task: Task) =>
    train(request(mixedTable(300), target, task, 'DECISION_TREE', MIXED_FEATURES)).trained;
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  test.each(['yes', 'size'])('a training returns the predictions behind its metrics: labels: %s', (target) => {
    const { metrics, evaluation, predictions, testRows } = trainOn(target, 'CLASSIFICATION');
    if (predictions.task !== 'CLASSIFICATION') throw new Error('the wrong task');
    expect(predictions.rows.length).toBe(testRows);
    const hits = Array.from(predictions.actual, (label, i) => (label === predictions.predicted[i] ? 1 : 0));
    const losses = Array.from(predictions.trueProbability, (p) => -Math.log(Math.max(p, 1e-15)));
    expect(metrics).toMatchObject({
      accuracy: expect.closeTo(meanOf(hits), 12),
      // The probabilities are kept in single precision.
      logLoss: expect.closeTo(meanOf(losses), 4),
    });
    expect(evaluation).toMatchObject({ task: 'CLASSIFICATION', confusionMatrix: { labels: predictions.labels } });
  });

  test('a training returns the predictions behind its metrics: numbers', () => {
    const { metrics, evaluation, predictions, testRows } = trainOn('amount', 'REGRESSION');
    if (predictions.task !== 'REGRESSION') throw new Error('the wrong task');
    expect(predictions.rows.length).toBe(testRows);
    const errors = Array.from(predictions.actual, (value, i) => Math.abs(value - predictions.predicted[i]!));
    expect(metrics).toMatchObject({ mae: expect.closeTo(meanOf(errors), 9) });
    expect(evaluation).toMatchObject({ task: 'REGRESSION' });
  });
});

test('labels of all kinds keep their names', () => {
  const labels = ['__proto__', 'constructor'];
  const rows = table(texts('y', labels), numbers('x', [0, 1]));
  const tested: TestRows = {
    task: 'CLASSIFICATION',
    rows: Int32Array.of(0, 1),
    actual: Int32Array.of(0, 1),
    unknownLabels: [],
  };
  const { evaluation } = runToEnd(evaluateModel(always(labels, 0.6, 0.4), rows, tested));
  expect(evaluation).toMatchObject({
    confusionMatrix: {
      labels,
      counts: [
        [1, 0],
        [1, 0],
      ],
    },
    positiveClass: 'constructor',
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logLoss } from '../../../src/ml/evaluation/classification-metrics.ts';
import { evaluateClasses } from '../../../src/ml/evaluation/evaluate-classes.ts';
import {
  type ClassificationMetrics,
  HIGHER_IS_BETTER,
  METRIC_NAMES,
  type RegressionMetrics,
} from '../../../src/ml/evaluation/metrics.ts';
import { regressionMetrics as regressionMetricsSteps } from '../../../src/ml/evaluation/regression-metrics.ts';
import { rocAuc, sortScores } from '../../../src/ml/evaluation/sorted-scores.ts';
import { runToEnd } from '../../../src/ml/steps.ts';

interface ClassificationCase {
  readonly labelCount: number;
  readonly actual: readonly number[];
  readonly probabilities: readonly number[];
  readonly predicted: readonly number[];
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly logLoss: number;
  readonly rocAuc: number;
}
interface RegressionCase {
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
  readonly r2: number;
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
}
const reference: { classification: ClassificationCase[]; regression: RegressionCase[] } = JSON.parse(
  readFileSync(new URL('../reference/metrics.json', import.meta.url), 'utf8'),
);

function classificationMetrics(
  actual: Int32Array,
  predicted: Int32Array,
  probabilities: Float64Array,
  labelCount: number,
): ClassificationMetrics {
  const size = 1 + actual.reduce((a, b) => Math.max(a, b), labelCount - 1);
  const labels = Array.from({ length: size }, (_, k) => `label ${k}`);
  return runToEnd(evaluateClasses({ actual, predicted, probabilities, labelCount }, labels, 3)).metrics;
}

function regressionMetrics(actual: Float64Array, predicted: Float64Array): RegressionMetrics {
  return runToEnd(regressionMetricsSteps(actual, predicted, 3));
}

describe('as scikit-learn', () => {
  test.each(reference.classification)(
    'classification metrics of $labelCount labels equal those of scikit-learn',
    (wanted) => {
      const metrics = classificationMetrics(
        Int32Array.from(wanted.actual),
        Int32Array.from(wanted.predicted),
        Float64Array.from(wanted.probabilities),
        wanted.labelCount,
      );
      for (const name of ['accuracy', 'precision', 'recall', 'f1', 'logLoss', 'rocAuc'] as const) {
        expect(metrics[name], name).toBeCloseTo(wanted[name], 12);
      }
      expect(metrics.nSamples).toBe(wanted.actual.length);
    },
  );

  test.each(reference.regression)('regression metrics equal those of scikit-learn', (wanted) => {
    const metrics = regressionMetrics(Float64Array.from(wanted.actual), Float64Array.from(wanted.predicted));
    for (const name of ['r2', 'mse', 'rmse', 'mae'] as const) expect(metrics[name], name).toBeCloseTo(wanted[name], 9);
  });
});

describe('at the edges', () => {
  test('a label that the model does not know has probability 0, and counts in the means', () => {
    const metrics = classificationMetrics(
      Int32Array.of(0, 1, 2),
      Int32Array.of(0, 1, 1),
      Float64Array.of(1, 0, 0, 1, 0, 1),
      2,
    );
    expect(metrics.accuracy).toBeCloseTo(2 / 3, 12);
    expect(metrics.recall).toBeCloseTo((1 + 1 + 0) / 3, 12);
    expect(metrics.precision).toBeCloseTo((1 + 1 / 2 + 0) / 3, 12);
    expect(metrics.logLoss).toBeCloseTo(-Math.log(1e-15) / 3, 9);
  });

  test('a single label has no ROC AUC, with a reason', () => {
    const metrics = classificationMetrics(
      Int32Array.of(1, 1),
      Int32Array.of(1, 0),
      Float64Array.of(0.4, 0.6, 0.7, 0.3),
      2,
    );
    expect(metrics.rocAuc).toBeNull();
    expect(metrics.averagePrecision).toBeNull();
    const reason = 'the test rows all have the same label';
    expect(metrics.undefinedMetrics).toEqual([
      { name: 'ROC_AUC', reason },
      { name: 'AVERAGE_PRECISION', reason },
    ]);
  });

  test('a constant target has no R2, and errors beyond the range of a double are null, never infinite', () => {
    const constant = regressionMetrics(Float64Array.of(5, 5), Float64Array.of(5, 6));
    expect(constant.r2).toBeNull();
    expect(constant.mse).toBe(0.5);
    const huge = regressionMetrics(Float64Array.of(0, 1), Float64Array.of(1e200, -1e200));
    expect([huge.r2, huge.mse, huge.rmse]).toEqual([null, null, null]);
    expect(huge.mae).toBe(1e200);
    expect(huge.undefinedMetrics.map(({ name }) => name)).toEqual(['R2', 'MSE', 'RMSE', 'MAPE']);
  });

  test('a target of 0 has no relative error, and is why there is no MAPE', () => {
    const reason = 'a test row has the target 0, of which no error is a share';
    expect(regressionMetrics(Float64Array.of(0, 2), Float64Array.of(0, 1)).mape).toBeNull();
    expect(regressionMetrics(Float64Array.of(0, 2), Float64Array.of(5, 1)).undefinedMetrics).toEqual([
      { name: 'MAPE', reason },
    ]);
    expect(regressionMetrics(Float64Array.of(-4, 2), Float64Array.of(-3, 3)).mape).toBe((1 / 4 + 1 / 2) / 2);
  });

  test('every metric has a direction', () => {
    expect(Object.keys(HIGHER_IS_BETTER)).toEqual([...METRIC_NAMES]);
  });
});

const scored = fc.array(fc.record({ positive: fc.boolean(), score: fc.integer({ min: 0, max: 8 }) }), {
  minLength: 2,
  maxLength: 40,
});

describe('always', () => {
  test('ROC AUC is the share of correctly ranked pairs, ties counting half', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const actual = Int32Array.from(rows, (row) => (row.positive ? 0 : 1));
        const probabilities = Float64Array.from(rows, (row) => row.score / 8);
        let won = 0;
        let pairs = 0;
        for (const a of rows.filter((row) => row.positive)) {
          for (const b of rows.filter((row) => !row.positive)) {
            pairs++;
            won += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
          }
        }
        expect(rocAuc(runToEnd(sortScores({ actual, predicted: actual, probabilities, labelCount: 1 }, 0)))).toEqual(
          pairs === 0 ? null : won / pairs,
        );
      }),
    );
  });

  test('log-loss is finite and at least 0, whatever the probabilities', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (probabilities) => {
        const pairs = Float64Array.from(probabilities.flatMap((p) => [1 - p, p]));
        const actual = Int32Array.from(probabilities, (_, i) => i % 3);
        const loss = logLoss({ actual, predicted: actual, probabilities: pairs, labelCount: 2 });
        expect(Number.isFinite(loss)).toBe(true);
        expect(loss).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

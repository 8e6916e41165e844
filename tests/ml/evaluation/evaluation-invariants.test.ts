import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClassifierOutput } from '../../../src/ml/evaluation/classifier-output.ts';
import { type EvaluatedClasses, evaluateClasses } from '../../../src/ml/evaluation/evaluate-classes.ts';
import { sortInSteps } from '../../../src/ml/evaluation/sort-in-steps.ts';
import { averagePrecision, sortScores, thresholdCounts } from '../../../src/ml/evaluation/sorted-scores.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { expectHonestMetrics } from './expect-honest-metrics.ts';

interface Row {
  readonly actual: number;
  readonly scores: readonly number[];
}

/** Rows of a model of `labelCount` labels, and of up to two that it does not know; few different scores, so many ties. */
function rowsOf(labelCount: number): fc.Arbitrary<Row[]> {
  return fc.array(
    fc.record({
      actual: fc.integer({ min: 0, max: labelCount + 1 }),
      scores: fc
        .array(fc.integer({ min: 0, max: 6 }), { minLength: labelCount, maxLength: labelCount })
        .map((parts) => (parts.every((part) => part === 0) ? parts.map(() => 1) : parts))
        .map((parts) => parts.map((part) => part / parts.reduce((sum, each) => sum + each, 0))),
    }),
    { minLength: 1, maxLength: 60 },
  );
}

const tests = fc
  .integer({ min: 2, max: 5 })
  .chain((labelCount) => rowsOf(labelCount).map((rows) => ({ labelCount, rows })));

function answersOf(rows: readonly Row[], labelCount: number): ClassifierOutput {
  return {
    actual: Int32Array.from(rows, ({ actual }) => actual),
    predicted: Int32Array.from(rows, ({ scores }) => scores.indexOf(Math.max(...scores))),
    probabilities: Float64Array.from(rows.flatMap(({ scores }) => scores)),
    labelCount,
  };
}

function evaluate(rows: readonly Row[], labelCount: number): EvaluatedClasses {
  const labels = Array.from({ length: labelCount + 2 }, (_, k) => `label ${k}`);
  return runToEnd(evaluateClasses(answersOf(rows, labelCount), labels, 1));
}

describe('of any test of a classifier', () => {
  test('exactly the undefined metrics are named', () => {
    fc.assert(fc.property(tests, ({ labelCount, rows }) => expectHonestMetrics(evaluate(rows, labelCount).metrics)));
  });

  test('the matrix sums to the rows, its rows to the support, its diagonal to the correct predictions', () => {
    fc.assert(
      fc.property(tests, ({ labelCount, rows }) => {
        const { metrics, evaluation } = evaluate(rows, labelCount);
        const counts = evaluation.confusionMatrix!.counts;
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        expect(sum(counts.flat())).toBe(rows.length);
        expect(counts.map(sum)).toEqual(evaluation.perClass!.map(({ support }) => support));
        const right = sum(counts.map((row, k) => row[k]!));
        expect(metrics.accuracy).toBe(right / rows.length);
        expect(metrics.weightedRecall).toBeCloseTo(metrics.accuracy, 12);
        for (const [k, { precision }] of evaluation.perClass!.entries()) {
          const chosen = sum(counts.map((row) => row[k]!));
          expect(precision).toBe(chosen === 0 ? 0 : counts[k]![k]! / chosen);
        }
      }),
    );
  });

  test('the order of the test rows does not matter', () => {
    fc.assert(
      fc.property(tests, ({ labelCount, rows }) => {
        const one = evaluate(rows, labelCount);
        const other = evaluate([...rows].reverse(), labelCount);
        expect(other.evaluation.confusionMatrix).toEqual(one.evaluation.confusionMatrix);
        expect(other.evaluation.perClass).toEqual(one.evaluation.perClass);
        expect(other.evaluation.rocCurve).toEqual(one.evaluation.rocCurve);
        expect(other.evaluation.precisionRecallCurve).toEqual(one.evaluation.precisionRecallCurve);
        expect(other.metrics.interval).toEqual(one.metrics.interval);
        expect(other.metrics.rocAuc).toBe(one.metrics.rocAuc);
        expect(other.metrics.logLoss).toBeCloseTo(one.metrics.logLoss!, 12);
      }),
    );
  });

  test('more than 500 labels have no matrix, and all their metrics', () => {
    const evaluated = (labelCount: number, unknown: number): EvaluatedClasses => {
      const actual = Int32Array.from({ length: labelCount + unknown }, (_, i) => i);
      const predicted = actual.map((label) => Math.min(label, labelCount - 1));
      const probabilities = new Float64Array(actual.length * labelCount).fill(1 / labelCount);
      const labels = Array.from(actual, String);
      return runToEnd(evaluateClasses({ actual, predicted, probabilities, labelCount }, labels, 1));
    };
    expect(evaluated(498, 2).evaluation.confusionMatrix?.labels.length).toBe(500);
    expect(evaluated(498, 2).evaluation.perClass?.at(-1)).toMatchObject({ label: '499', recall: 0, support: 1 });
    const beyond = evaluated(498, 3);
    expect(beyond.evaluation).toMatchObject({ confusionMatrix: null, perClass: null });
    expect(beyond.metrics.accuracy).toBe(498 / 501);
    expect(beyond.metrics.undefinedMetrics).toEqual([
      { name: 'AVERAGE_PRECISION', reason: 'it is of two labels' },
      { name: 'BRIER', reason: 'it is of two labels' },
    ]);
  });
});

describe('of any test of a binary model', () => {
  test('the area under the points of the ROC curve is ROC AUC', () => {
    fc.assert(
      fc.property(rowsOf(2), (rows) => {
        const { metrics, evaluation } = evaluate(rows, 2);
        const points = evaluation.rocCurve ?? [];
        expect(points.length === 0).toBe(metrics.rocAuc === null);
        let area = 0;
        for (const [i, { falsePositiveRate: x, truePositiveRate: y }] of points.entries()) {
          const before = points[i - 1] ?? { falsePositiveRate: 0, truePositiveRate: 0 };
          area += ((x - before.falsePositiveRate) * (y + before.truePositiveRate)) / 2;
        }
        const unknown = rows.filter(({ actual }) => actual > 1).length / rows.length;
        const expected = area * (1 - unknown) + unknown / 2;
        expect(metrics.rocAuc ?? expected).toBeCloseTo(expected, 12);
      }),
    );
  });

  test('average precision is the mean, over the positive rows, of the precision at their own scores', () => {
    fc.assert(
      fc.property(rowsOf(2), (rows) => {
        const positives = rows.filter(({ actual }) => actual === 1);
        const precisions = positives.map(({ scores }) => {
          const atLeast = rows.filter((row) => row.scores[1]! >= scores[1]!);
          return atLeast.filter(({ actual }) => actual === 1).length / atLeast.length;
        });
        const found = averagePrecision(thresholdCounts(runToEnd(sortScores(answersOf(rows, 2), 1))));
        const isDefined = positives.length > 0 && positives.length < rows.length;
        expect(found !== null).toBe(isDefined);
        const mean = isDefined ? precisions.reduce((sum, p) => sum + p, 0) / positives.length : 0;
        expect(found ?? 0).toBeCloseTo(mean, 12);
      }),
    );
  });

  test('the bins of the calibration contain every row, in order, and give back the mean of the scores', () => {
    fc.assert(
      fc.property(rowsOf(2), (rows) => {
        const bins = evaluate(rows, 2).evaluation.calibration!;
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        expect(sum(bins.map(({ count }) => count))).toBe(rows.length);
        const positives = rows.filter(({ actual }) => actual === 1).length;
        expect(sum(bins.map(({ count, observed }) => count * observed))).toBeCloseTo(positives, 9);
        const scores = sum(rows.map((row) => row.scores[1]!));
        expect(sum(bins.map(({ count, predicted }) => count * predicted))).toBeCloseTo(scores, 9);
        const means = bins.map(({ predicted }) => predicted);
        expect(means).toEqual([...means].sort((a, b) => a - b));
      }),
    );
  });
});

test('sorting in steps is sorting', () => {
  const random = createRandom(3);
  for (const length of [0, 1, 2, 1000, 65_536, 65_537, 131_072, 200_001]) {
    const numbers = Float64Array.from({ length }, () => Math.floor(random.uniform() * 5000) / 5000);
    expect(runToEnd(sortInSteps(numbers.slice()))).toEqual(numbers.slice().sort());
  }
});

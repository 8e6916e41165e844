import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accuracyInterval } from '../../../src/ml/evaluation/accuracy-interval.ts';
import { evaluateClasses } from '../../../src/ml/evaluation/evaluate-classes.ts';
import { regressionMetrics } from '../../../src/ml/evaluation/regression-metrics.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { expectHonestMetrics } from './expect-honest-metrics.ts';

interface BinaryMetrics {
  readonly brier: number;
  /** Mean probabilities, shares of positives, counts. */
  readonly calibration: readonly [readonly number[], readonly number[], readonly number[]];
  readonly averagePrecision: number | null;
  /** False and true positive rates, thresholds. */
  readonly rocCurve: Curve | null;
  /** Recalls, precisions, thresholds. */
  readonly precisionRecallCurve: Curve | null;
}
type Curve = readonly [readonly number[], readonly number[], readonly (number | null)[]];
type Means = readonly [precision: number, recall: number, f1: number];

interface ClassificationCase {
  readonly name: string;
  readonly labelCount: number;
  readonly of: number;
  readonly actual: readonly number[];
  readonly parts: readonly number[];
  readonly predicted: readonly number[];
  readonly matrix: readonly (readonly number[])[];
  readonly perClass: readonly [readonly number[], readonly number[], readonly number[], readonly number[]];
  readonly accuracy: number;
  readonly macro: Means;
  readonly weighted: Means;
  readonly logLoss: number;
  readonly rocAuc: number | null;
  readonly binary: BinaryMetrics | null;
}
interface RegressionCase {
  readonly name: string;
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
  readonly r2: number | null;
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly mape: number | null;
}
interface Reference {
  readonly classification: readonly ClassificationCase[];
  readonly regression: readonly RegressionCase[];
  readonly accuracyIntervals: readonly (readonly [rows: number, hits: number, low: number, high: number])[];
  readonly r2Intervals: readonly { rows: number; noise: number; low: number; high: number }[];
}
const reference: Reference = JSON.parse(readFileSync(new URL('../reference/evaluation.json', import.meta.url), 'utf8'));

function evaluate(wanted: ClassificationCase) {
  const labels = wanted.matrix.map((_, k) => `label ${k}`);
  const answers = {
    actual: Int32Array.from(wanted.actual),
    predicted: Int32Array.from(wanted.predicted),
    probabilities: Float64Array.from(wanted.parts, (part) => part / wanted.of),
    labelCount: wanted.labelCount,
  };
  return runToEnd(evaluateClasses(answers, labels, 1));
}

/** To 1e-10, beside the number itself where it is larger than 1; null where null is wanted. */
function expectNear(got: number | null | undefined, wanted: number | null, name: string): void {
  const isNear =
    wanted === null || typeof got !== 'number'
      ? got === wanted
      : Math.abs(got - wanted) < 1e-10 * Math.max(1, Math.abs(wanted));
  expect(isNear, `${name}: ${got} for ${wanted}`).toBe(true);
}

function expectAllNear(got: readonly (number | null)[], wanted: readonly (number | null)[], name: string): void {
  expect(got.length, name).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expectNear(got[i], value, `${name} ${i}`);
}

describe('a classifier, as scikit-learn has it', () => {
  test.each(reference.classification)('$name', (wanted) => {
    const { metrics, evaluation } = evaluate(wanted);
    expectHonestMetrics(metrics);
    expect(evaluation.confusionMatrix?.counts).toEqual(wanted.matrix);
    const scores = evaluation.perClass ?? [];
    for (const [column, name] of (['precision', 'recall', 'f1', 'support'] as const).entries()) {
      expectAllNear(
        scores.map((score) => score[name]),
        wanted.perClass[column]!,
        name,
      );
    }
    expectNear(metrics.accuracy, wanted.accuracy, 'accuracy');
    expectAllNear([metrics.precision, metrics.recall, metrics.f1], wanted.macro, 'macro');
    const weighted = [metrics.weightedPrecision, metrics.weightedRecall, metrics.weightedF1];
    expectAllNear(weighted, wanted.weighted, 'weighted');
    expectNear(metrics.logLoss, wanted.logLoss, 'logLoss');
    // scikit-learn is given the rows of unknown labels as those of no label; here they count half besides.
    const unknown = wanted.actual.filter((label) => label >= wanted.labelCount).length / wanted.actual.length;
    const area = wanted.rocAuc === null ? null : wanted.rocAuc * (1 - unknown) + unknown / 2;
    expectNear(metrics.rocAuc, area, 'rocAuc');
    expectNear(metrics.brier, wanted.binary?.brier ?? null, 'brier');
    expectNear(metrics.averagePrecision, wanted.binary?.averagePrecision ?? null, 'averagePrecision');
  });

  test.each(reference.classification.filter(({ binary }) => binary !== null))('curves of $name', (wanted) => {
    const { evaluation } = evaluate(wanted);
    const { calibration, rocCurve, precisionRecallCurve } = wanted.binary!;
    expect(evaluation.positiveClass).toBe('label 1');
    const bins = evaluation.calibration ?? [];
    for (const [column, name] of (['predicted', 'observed', 'count'] as const).entries()) {
      expectAllNear(
        bins.map((bin) => bin[name]),
        calibration[column]!,
        name,
      );
    }
    expect(evaluation.rocCurve === null).toBe(rocCurve === null);
    expect(evaluation.precisionRecallCurve === null).toBe(precisionRecallCurve === null);
    for (const [column, name] of (['falsePositiveRate', 'truePositiveRate', 'threshold'] as const).entries()) {
      expectAllNear(evaluation.rocCurve?.map((point) => point[name]) ?? [], rocCurve?.[column] ?? [], name);
    }
    for (const [column, name] of (['recall', 'precision', 'threshold'] as const).entries()) {
      const got = evaluation.precisionRecallCurve?.map((point) => point[name]) ?? [];
      expectAllNear(got, precisionRecallCurve?.[column] ?? [], name);
    }
  });

  test('more than two labels have no curves', () => {
    for (const wanted of reference.classification.filter(({ binary }) => binary === null)) {
      expect(evaluate(wanted).evaluation).toMatchObject({
        positiveClass: null,
        rocCurve: null,
        precisionRecallCurve: null,
        calibration: null,
      });
    }
  });
});

describe('a regressor, as scikit-learn has it', () => {
  test.each(reference.regression)('$name', (wanted) => {
    const metrics = runToEnd(
      regressionMetrics(Float64Array.from(wanted.actual), Float64Array.from(wanted.predicted), 1),
    );
    expectHonestMetrics(metrics);
    for (const name of ['r2', 'mse', 'rmse', 'mae', 'mape'] as const) expectNear(metrics[name], wanted[name], name);
  });
});

test('the interval of the accuracy is the percentiles that scipy gives', () => {
  for (const [rows, hits, low, high] of reference.accuracyIntervals) {
    const interval = accuracyInterval(hits, rows);
    expectNear(interval.low, low, `low of ${hits} in ${rows}`);
    expectNear(interval.high, high, `high of ${hits} in ${rows}`);
  }
});

// Of few rows percentiles of R2 are too narrow: the interval is another one there, see evaluation-intervals.
const manyRows = reference.r2Intervals.filter(({ rows }) => rows > 12);

test.each(manyRows)('the interval of R2 is about a plain bootstrap’s: $rows rows, noise $noise', (wanted) => {
  const actual = Float64Array.from({ length: wanted.rows }, (_, i) => ((i * 7919) % 1009) / 10);
  const predicted = actual.map((value, i) => value + (wanted.noise * (((i * 10_007) % 997) - 498)) / 50);
  const { interval } = runToEnd(regressionMetrics(actual, predicted, 1));
  // The ends of both are drawn: a percentile of 1,000 draws has a standard error of some 2 % of the interval's width.
  const tolerance = 0.05 * (wanted.high - wanted.low);
  expect(Math.abs(interval!.low - wanted.low)).toBeLessThan(tolerance);
  expect(Math.abs(interval!.high - wanted.high)).toBeLessThan(tolerance);
});

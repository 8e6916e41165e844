import { SECOND_LABEL } from '../evaluation/classifier-output.ts';
import type { MetricName } from '../evaluation/metrics.ts';
import { float64ArrayFrom } from '../parallel/typed-arrays.ts';
import { compareAveragePrecision, OTHER_POSITIVE } from './average-precision.ts';
import type { KeptClassPredictions, KeptNumberPredictions, KeptPredictions } from './kept-predictions.ts';
import { compareLabelMetric } from './label-metrics.ts';
import { type PairedTest, pairedTTest, signTestPValue, untested } from './paired-test.ts';
import { compareRocAuc, NOT_BINARY } from './roc-auc.ts';

/** As for the metric itself: probabilities are kept this far from 0 and 1 when their logarithm is taken. */
const SMALLEST_PROBABILITY = 1e-15;

/**
 * Whether two models differ by a metric beyond chance, from what both said of the very same test rows, in the same order.
 * Each metric is taken as a mean over the rows of one number each; the two models' numbers are paired by row, so that what
 * makes a row hard for both does not count. Throws RangeError where the rows are not the same. Cost: at most n log n.
 */
export function compareModels(metric: MetricName, first: KeptPredictions, second: KeptPredictions): PairedTest {
  if (first.actual.length !== second.actual.length) throw new RangeError('the predictions are of different test rows');
  if (first.task === 'CLASSIFICATION' && second.task === 'CLASSIFICATION') {
    return compareClassifiers(metric, first, second);
  }
  if (first.task === 'REGRESSION' && second.task === 'REGRESSION') return compareRegressors(metric, first, second);
  throw new RangeError('the predictions are of different tasks');
}

function compareClassifiers(metric: MetricName, first: KeptClassPredictions, second: KeptClassPredictions): PairedTest {
  switch (metric) {
    case 'ACCURACY':
    // The mean of the labels' recalls by their rows is the share of the rows that are right.
    case 'WEIGHTED_RECALL':
      return compareAccuracy(first, second);
    case 'PRECISION':
    case 'RECALL':
    case 'F1':
    case 'WEIGHTED_PRECISION':
    case 'WEIGHTED_F1':
      return compareLabelMetric(metric, first, second);
    case 'LOG_LOSS':
      return compareLosses(first, (i) => logLossOf(first, i) - logLossOf(second, i));
    case 'ROC_AUC':
      return compareForPositiveClass(first, second, compareRocAuc);
    case 'AVERAGE_PRECISION':
      return compareAveragePrecision(first, second);
    case 'BRIER':
      return compareForPositiveClass(first, second, compareBrier);
    default:
      return untested(`${metric} is no metric of classification`);
  }
}

function compareRegressors(
  metric: MetricName,
  first: KeptNumberPredictions,
  second: KeptNumberPredictions,
): PairedTest {
  const squares = () => compareLosses(first, (i) => errorOf(first, i) ** 2 - errorOf(second, i) ** 2);
  switch (metric) {
    case 'MSE':
      return squares();
    case 'RMSE':
      return withDifference(squares(), Math.sqrt(meanSquare(first)) - Math.sqrt(meanSquare(second)));
    case 'R2': {
      const spread = varianceOf(first.actual);
      if (spread === 0) return untested('the test rows all have the same target');
      return withDifference(squares(), (meanSquare(second) - meanSquare(first)) / spread);
    }
    case 'MAE':
      return compareLosses(first, (i) => Math.abs(errorOf(first, i)) - Math.abs(errorOf(second, i)));
    case 'MAPE':
      if (first.actual.includes(0)) return untested('a test row has the target 0');
      return compareLosses(first, (i) => {
        const difference = Math.abs(errorOf(first, i)) - Math.abs(errorOf(second, i));
        return difference / Math.abs(first.actual[i]!);
      });
    default:
      return untested(`${metric} is no metric of regression`);
  }
}

/** McNemar's test: only rows that one of the two gets right, and the other does not, distinguish them. */
function compareAccuracy(first: KeptClassPredictions, second: KeptClassPredictions): PairedTest {
  const { actual } = first;
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < actual.length; i++) {
    const isFirstRight = first.predicted[i] === actual[i];
    if (isFirstRight === (second.predicted[i] === actual[i])) continue;
    if (isFirstRight) onlyFirst++;
    else onlySecond++;
  }
  const difference = (onlyFirst - onlySecond) / actual.length;
  return { isTested: true, difference, pValue: signTestPValue(onlyFirst, onlySecond) };
}

type CompareClassifiers = (first: KeptClassPredictions, second: KeptClassPredictions) => PairedTest;

/**
 * Figures that are the same of either of two labels: where the runs speak of different ones, the second run's probabilities
 * are turned into those of the first run's label. Rows of further labels are no positive ones of either, so that the figures
 * then differ.
 */
function compareForPositiveClass(
  first: KeptClassPredictions,
  second: KeptClassPredictions,
  compare: CompareClassifiers,
): PairedTest {
  const positive = first.positive ?? SECOND_LABEL;
  if (positive === (second.positive ?? SECOND_LABEL)) return compare(first, second);
  if (first.actual.some((label) => label > SECOND_LABEL)) return untested(OTHER_POSITIVE);
  const positiveProbability = second.positiveProbability?.map((p) => 1 - p) ?? null;
  return compare(first, { ...second, positive, positiveProbability });
}

function compareBrier(first: KeptClassPredictions, second: KeptClassPredictions): PairedTest {
  const [one, other] = [first.positiveProbability, second.positiveProbability];
  if (one === null || other === null) return untested(NOT_BINARY);
  const positive = first.positive ?? SECOND_LABEL;
  return compareLosses(first, (i) => {
    const actual = first.actual[i] === positive ? 1 : 0;
    return (one[i]! - actual) ** 2 - (other[i]! - actual) ** 2;
  });
}

/** Metrics that are means of a loss over the rows. */
function compareLosses({ actual }: KeptPredictions, differenceOf: (i: number) => number): PairedTest {
  return pairedTTest(float64ArrayFrom(actual.length, differenceOf));
}

/**
 * On the same rows R2 and RMSE are better exactly where the mean square is smaller: its test is theirs, with the difference
 * in their own units.
 */
function withDifference(test: PairedTest, difference: number): PairedTest {
  return test.isTested ? { ...test, difference } : test;
}

function logLossOf({ trueProbability }: KeptClassPredictions, i: number): number {
  return -Math.log(Math.min(Math.max(trueProbability[i]!, SMALLEST_PROBABILITY), 1 - SMALLEST_PROBABILITY));
}

function errorOf({ actual, predicted }: KeptNumberPredictions, i: number): number {
  return predicted[i]! - actual[i]!;
}

function meanSquare(predictions: KeptNumberPredictions): number {
  let sum = 0;
  for (let i = 0; i < predictions.actual.length; i++) sum += errorOf(predictions, i) ** 2;
  return sum / predictions.actual.length;
}

/** The mean square of the distance from the mean. */
function varianceOf(values: Float64Array): number {
  const { length } = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
}

import { accuracyInterval } from './accuracy-interval.ts';
import { brierScore } from './calibration.ts';
import type { ClassifierOutput } from './classifier-output.ts';
import { type LabelCounts, labelMeans } from './label-counts.ts';
import type { ClassificationMetrics, MetricName, UndefinedMetric } from './metrics.ts';
import { averagePrecision, rocAuc, sortScores, type ThresholdCounts } from './sorted-scores.ts';

/** Probabilities are kept this far from 0 and 1 when their logarithm is taken. */
const SMALLEST_PROBABILITY = 1e-15;

/**
 * Scores a classifier. `areaUnderRoc` is meanRocAuc's or, for a binary model, that of its positive label; `thresholds` are
 * a binary model's, else null.
 */
export function classificationMetrics(
  output: ClassifierOutput,
  counts: LabelCounts,
  areaUnderRoc: number | null,
  thresholds: ThresholdCounts | null,
  nFeatures: number,
): ClassificationMetrics {
  const nSamples = output.actual.length;
  const undefinedMetrics: UndefinedMetric[] = [];
  const named = (name: MetricName, value: number | null, reason: () => string): number | null => {
    if (value === null) undefinedMetrics.push({ name, reason: reason() });
    return value;
  };
  const rankingReason = (): string => whyNotRanked(output);
  const binaryReason = (): string => (thresholds === null ? 'it is of two labels' : rankingReason());
  const means = labelMeans(counts);
  return {
    task: 'CLASSIFICATION',
    nSamples,
    nFeatures,
    ...means,
    logLoss: logLoss(output),
    rocAuc: named('ROC_AUC', areaUnderRoc, rankingReason),
    averagePrecision: named('AVERAGE_PRECISION', thresholds && averagePrecision(thresholds), binaryReason),
    brier: named('BRIER', thresholds && brierScore(output), binaryReason),
    interval: accuracyInterval(Math.round(means.accuracy * nSamples), nSamples),
    undefinedMetrics,
  };
}

/** Why no label has test rows both with it and without it. */
function whyNotRanked({ actual, labelCount }: ClassifierOutput): string {
  if (actual.every((label) => label === actual[0])) return 'the test rows all have the same label';
  return labelCount === 2 && actual.some((label) => label < labelCount)
    ? 'no test row has the positive label'
    : 'no test row has a label of the model';
}

/** The mean of -ln p(true label), p kept within [1e-15, 1 - 1e-15]; a label that the model does not know has p = 0. */
export function logLoss({ actual, probabilities, labelCount }: ClassifierOutput): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    const p = actual[i]! < labelCount ? probabilities[i * labelCount + actual[i]!]! : 0;
    sum -= Math.log(Math.min(Math.max(p, SMALLEST_PROBABILITY), 1 - SMALLEST_PROBABILITY));
  }
  return sum / actual.length;
}

/**
 * The plain mean of the areas of one label against the rest, over the model's labels that have test rows with and without
 * them; null if there is none. Yields before each label. Cost: for each label a sort of the rows.
 */
export function* meanRocAuc(output: ClassifierOutput): Generator<void, number | null> {
  let sum = 0;
  let areas = 0;
  for (let k = 0; k < output.labelCount; k++) {
    yield;
    const area = rocAuc(yield* sortScores(output, k));
    if (area === null) continue;
    sum += area;
    areas++;
  }
  return areas === 0 ? null : sum / areas;
}

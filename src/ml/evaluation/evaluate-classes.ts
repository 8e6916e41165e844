import { calibrationBins } from './calibration.ts';
import { classificationMetrics, meanRocAuc } from './classification-metrics.ts';
import { type ClassifierOutput, SECOND_LABEL } from './classifier-output.ts';
import { precisionRecallCurve, rocCurve } from './curves.ts';
import type { ClassificationEvaluation } from './evaluation.ts';
import { confusionMatrix, countLabels, perClass } from './label-counts.ts';
import type { ClassificationMetrics } from './metrics.ts';
import { rocAuc, sortScores, type ThresholdCounts, thresholdCounts } from './sorted-scores.ts';

/** A classifier's figures. */
export interface EvaluatedClasses {
  readonly metrics: ClassificationMetrics;
  readonly evaluation: ClassificationEvaluation;
}

/**
 * Scores a classifier. `labels` are the model's, then those that it does not know: of a binary model, rows of these are
 * not positive. Yields between steps of one pass or one sort of the rows. Cost: some passes, and for each label a sort of
 * the rows; for two labels one sort in all.
 */
export function* evaluateClasses(
  output: ClassifierOutput,
  labels: readonly string[],
  nFeatures: number,
): Generator<void, EvaluatedClasses> {
  const ranked = output.labelCount === 2 ? yield* rankRows(output) : null;
  const area = countUnknown(ranked === null ? yield* meanRocAuc(output) : ranked.area, output);
  const thresholds = ranked?.thresholds ?? null;
  const counts = countLabels(output, labels.length);
  yield;
  const metrics = classificationMetrics(output, counts, area, thresholds, nFeatures);
  yield;
  const matrix = { confusionMatrix: confusionMatrix(output, labels), perClass: perClass(counts, labels) };
  yield;
  const curves =
    thresholds === null ? NO_CURVES : yield* binaryCurves(output, thresholds, labels[output.positive ?? SECOND_LABEL]!);
  return { metrics, evaluation: { task: 'CLASSIFICATION', ...matrix, ...curves } };
}

/**
 * The area with the rows of labels that the model does not know: it gives them no probability, so that nothing ranks them, and
 * they count half, as ties do. Without them the area would describe only the few other rows.
 */
function countUnknown(area: number | null, { actual, labelCount }: ClassifierOutput): number | null {
  if (area === null) return null;
  const unknown = actual.reduce((count, label) => count + (label >= labelCount ? 1 : 0), 0) / actual.length;
  return unknown === 0 ? area : area * (1 - unknown) + unknown / 2;
}

interface RankedRows {
  readonly thresholds: ThresholdCounts;
  /** Under the ROC curve. */
  readonly area: number | null;
}

/** Of a binary model's rows, by one sort. */
function* rankRows(output: ClassifierOutput): Generator<void, RankedRows> {
  const scores = yield* sortScores(output, output.positive ?? SECOND_LABEL);
  yield;
  const thresholds = thresholdCounts(scores);
  yield;
  return { thresholds, area: rocAuc(scores) };
}

type BinaryCurves = Omit<ClassificationEvaluation, 'task' | 'confusionMatrix' | 'perClass'>;

const NO_CURVES: BinaryCurves = { positiveClass: null, rocCurve: null, precisionRecallCurve: null, calibration: null };

function* binaryCurves(
  output: ClassifierOutput,
  thresholds: ThresholdCounts,
  positiveClass: string,
): Generator<void, BinaryCurves> {
  const roc = rocCurve(thresholds);
  yield;
  const precisionRecall = precisionRecallCurve(thresholds);
  yield;
  return {
    positiveClass,
    rocCurve: roc,
    precisionRecallCurve: precisionRecall,
    calibration: calibrationBins(output),
  };
}

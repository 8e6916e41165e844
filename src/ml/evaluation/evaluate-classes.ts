import { calibrationBins } from './calibration.ts';
import { type ClassAnswers, POSITIVE } from './class-answers.ts';
import { classificationMetrics, meanRocAuc } from './classification-metrics.ts';
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
  answers: ClassAnswers,
  labels: readonly string[],
  nFeatures: number,
): Generator<void, EvaluatedClasses> {
  const isBinary = answers.labelCount === 2;
  let thresholds: ThresholdCounts | null = null;
  let area: number | null;
  if (isBinary) {
    const scores = sortScores(answers, POSITIVE);
    yield;
    area = rocAuc(scores);
    thresholds = thresholdCounts(scores);
    yield;
  } else {
    area = yield* meanRocAuc(answers);
  }
  const counts = countLabels(answers, labels.length);
  const metrics = classificationMetrics(answers, counts, area, thresholds, nFeatures);
  yield;
  return {
    metrics,
    evaluation: {
      task: 'CLASSIFICATION',
      confusionMatrix: confusionMatrix(answers, labels),
      perClass: perClass(counts, labels),
      positiveClass: isBinary ? labels[POSITIVE]! : null,
      rocCurve: thresholds && rocCurve(thresholds),
      precisionRecallCurve: thresholds && precisionRecallCurve(thresholds),
      calibration: isBinary ? calibrationBins(answers) : null,
    },
  };
}

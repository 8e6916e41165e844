import type { CrossValidation, Evaluation } from '../../ml/evaluation/evaluation.ts';
import { HIGHER_IS_BETTER } from '../../ml/evaluation/metrics.ts';
import { toMetrics } from '../runs/training-run.mapper.ts';
import { truncateLabels } from '../runs/truncate-labels.ts';
import type { CrossValidationType, EvaluationType } from './evaluation.type.ts';

const NOTHING: EvaluationType = {
  confusionMatrix: null,
  perClass: null,
  positiveClass: null,
  rocCurve: null,
  precisionRecallCurve: null,
  calibration: null,
  thresholds: null,
  residuals: null,
  interval: null,
  crossValidation: null,
};

/** A run's evaluation as the API shows it. */
export function toEvaluation(evaluation: Evaluation): EvaluationType {
  const { crossValidation, ...others } = truncateLabels(evaluation);
  return { ...NOTHING, ...others, crossValidation: crossValidation ? toCrossValidation(crossValidation) : null };
}

function toCrossValidation({ folds, metrics, scores }: CrossValidation): CrossValidationType {
  return {
    folds,
    foldsDone: scores[0]?.values.length ?? 0,
    metrics: toMetrics(metrics),
    scores: scores.map((score) => ({ ...score, higherIsBetter: HIGHER_IS_BETTER[score.name] })),
  };
}

import type { Evaluation } from '../../ml/evaluation/evaluation.ts';
import { truncateLabels } from '../runs/truncate-labels.ts';
import type { EvaluationType } from './evaluation.type.ts';

const NOTHING: EvaluationType = {
  confusionMatrix: null,
  perClass: null,
  positiveClass: null,
  rocCurve: null,
  precisionRecallCurve: null,
  calibration: null,
  residuals: null,
};

/** A run's evaluation as the API shows it. */
export function toEvaluation(evaluation: Evaluation): EvaluationType {
  return { ...NOTHING, ...truncateLabels(evaluation) };
}

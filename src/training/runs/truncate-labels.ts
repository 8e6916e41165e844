import type { Evaluation } from '../../ml/evaluation/evaluation.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';

/** An evaluation with labels truncated to 200 characters: a label may be a megabyte long. */
export function truncateLabels(evaluation: Evaluation): Evaluation {
  if (evaluation.task !== 'CLASSIFICATION') return evaluation;
  const { confusionMatrix, perClass, positiveClass } = evaluation;
  return {
    ...evaluation,
    confusionMatrix: confusionMatrix && { ...confusionMatrix, labels: confusionMatrix.labels.map(cutValue) },
    perClass: perClass?.map((ofClass) => ({ ...ofClass, label: cutValue(ofClass.label) })) ?? null,
    positiveClass: positiveClass === null ? null : cutValue(positiveClass),
  };
}

import type { RowPrediction } from './loaded-model.ts';
import type { Predicted } from './prediction.service.ts';
import type { PredictionResultType, PredictionType } from './prediction.type.ts';

/** The predictions of a model as the API shows them. */
export function toPredictionResult(artifactId: string, { labels, predictions }: Predicted): PredictionResultType {
  return {
    artifactId,
    task: labels === null ? 'REGRESSION' : 'CLASSIFICATION',
    predictions: predictions.map((prediction) => toPrediction(prediction, labels)),
  };
}

function toPrediction(row: RowPrediction, labels: readonly string[] | null): PredictionType {
  const { label, value, probabilities, warnings } = row;
  return {
    label,
    value,
    probabilities: labels && rankedProbabilities(labels, probabilities),
    warnings: [...warnings],
  };
}

/** The most probable label first; of equally probable ones, in the model's order. */
function rankedProbabilities(labels: readonly string[], probabilities: readonly number[]) {
  return labels
    .map((label, k) => ({ label, probability: probabilities[k] ?? 0 }))
    .sort((one, other) => other.probability - one.probability);
}

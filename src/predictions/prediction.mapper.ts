import type { RowExplanation } from '../runtime/contributions/explain-row.ts';
import type { JsonRow } from './check-rows.ts';
import type { RowPrediction } from './loaded-model.ts';
import type { ModelInputType } from './model-input.type.ts';
import type { RankedInput } from './model-inputs.service.ts';
import type { Predicted } from './prediction.service.ts';
import type { ContributionType, PredictionResultType, PredictionType } from './prediction.type.ts';

/** The predictions of a model as the API shows them. */
export function toPredictionResult(
  artifactId: string,
  rows: readonly JsonRow[],
  { labels, predictions }: Predicted,
): PredictionResultType {
  return {
    artifactId,
    task: labels === null ? 'REGRESSION' : 'CLASSIFICATION',
    predictions: predictions.map((prediction, index) => {
      // As many predictions as rows.
      return { ...toPrediction(prediction, labels), query: { artifactId, row: rows[index]! } };
    }),
  };
}

function toPrediction(row: RowPrediction, labels: readonly string[] | null): Omit<PredictionType, 'query'> {
  const { label, value, low, high, probabilities, warnings } = row;
  return {
    label,
    value,
    low,
    high,
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

/** Characters of a value that a contribution shows. */
const SHOWN_CHARACTERS = 200;

/** The largest contributions, with the row's values. */
export function toContributions({ contributions }: RowExplanation, row: JsonRow, limit: number): ContributionType[] {
  return contributions.slice(0, limit).map(({ column, contribution }) => {
    return { feature: column, value: shownValue(row[column]), contribution };
  });
}

/** A value of a row as a text; null for a missing one. Of a row that was predicted no value is a list or an object. */
function shownValue(value: unknown): string | null {
  const isShown = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isShown ? String(value).slice(0, SHOWN_CHARACTERS) : null;
}

/** A column that a model reads, as the API shows it. */
export function toModelInput({ name, kind, range, categories, importance }: RankedInput): ModelInputType {
  const { min, max, median } = range ?? { min: null, max: null, median: null };
  return { name, kind, min, max, median, importance, allCategories: categories ?? [] };
}

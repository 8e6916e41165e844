import type { InputTable } from '../../runtime/input-column.ts';
import { type Model, outputCount } from '../../runtime/model.ts';
import { bindModel } from '../../runtime/predict.ts';
import { classificationMetrics } from './classification-metrics.ts';
import type { Metrics } from './metrics.ts';
import { regressionMetrics } from './regression-metrics.ts';

/** Rows of a table to test a model on, and the truth about them. */
export type TestRows =
  | {
      readonly task: 'CLASSIFICATION';
      readonly rows: Int32Array;
      /** For each row the number of its label in the model's list, or beyond it the place in `unknownLabels`. */
      readonly truth: Int32Array;
      /** Labels that the model does not know. */
      readonly unknownLabels: readonly string[];
    }
  | { readonly task: 'REGRESSION'; readonly rows: Int32Array; readonly truth: Float64Array };

/** Rows predicted between two breaths: 30 ms with 5,000 trees. */
const ROWS_PER_STEP = 256;

/** Predicts the rows and scores the predictions. Yields the share done, 0 to 1. */
export function* evaluateModel(model: Model, table: InputTable, tested: TestRows): Generator<number, Metrics> {
  const predict = bindModel(model, table);
  const { rows } = tested;
  const width = outputCount(model);
  const outputs = new Float64Array(rows.length * width);
  const chosen = new Int32Array(rows.length);
  for (let start = 0; start < rows.length; start += ROWS_PER_STEP) {
    yield start / rows.length;
    const part = predict(rows.subarray(start, start + ROWS_PER_STEP));
    outputs.set(part.task === 'CLASSIFICATION' ? part.probabilities : part.values, start * width);
    if (part.task === 'CLASSIFICATION') chosen.set(part.predicted, start);
  }
  const nFeatures = new Set(model.features.map(({ name }) => name)).size;
  if (tested.task === 'REGRESSION') return regressionMetrics(tested.truth, outputs, nFeatures);
  const scoring = classificationMetrics(tested.truth, chosen, outputs, width, nFeatures);
  let scored = scoring.next();
  for (; !scored.done; scored = scoring.next()) yield 1;
  return scored.value;
}

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

/**
 * A breath is taken after some 20 ms of predicting: the parts grow and shrink by two until they last so long. A forest's
 * rows take a thousand times as long as a line's; and many rows together take less than the same rows in small parts.
 */
const SHORT_PART = 10;
const LONG_PART = 40;
const FIRST_ROWS = 256;
const MOST_ROWS = 65_536;

/** Predicts the rows and scores the predictions. Yields the share done, 0 to 1. */
export function* evaluateModel(model: Model, table: InputTable, tested: TestRows): Generator<number, Metrics> {
  const predict = bindModel(model, table);
  const { rows } = tested;
  const width = outputCount(model);
  const outputs = new Float64Array(rows.length * width);
  const chosen = new Int32Array(rows.length);
  let partRows = FIRST_ROWS;
  for (let start = 0, end = 0; start < rows.length; start = end) {
    yield start / rows.length;
    const began = performance.now();
    end = Math.min(start + partRows, rows.length);
    const part = predict(rows.subarray(start, end));
    outputs.set(part.task === 'CLASSIFICATION' ? part.probabilities : part.values, start * width);
    if (part.task === 'CLASSIFICATION') chosen.set(part.predicted, start);
    const milliseconds = performance.now() - began;
    if (milliseconds < SHORT_PART && partRows < MOST_ROWS) partRows *= 2;
    else if (milliseconds > LONG_PART && partRows > 1) partRows /= 2;
  }
  const nFeatures = new Set(model.features.map(({ name }) => name)).size;
  if (tested.task === 'REGRESSION') return regressionMetrics(tested.truth, outputs, nFeatures);
  const scoring = classificationMetrics(tested.truth, chosen, outputs, width, nFeatures);
  let scored = scoring.next();
  for (; !scored.done; scored = scoring.next()) yield 1;
  return scored.value;
}

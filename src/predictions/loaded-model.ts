import { parseModel } from '../runtime/format/model-file-schema.ts';
import type { Predictions } from '../runtime/predict/predict.ts';
import { createRowPredictor } from '../runtime/predict/predict-row.ts';
import { createRowChecker, type JsonRow, type PredictionWarning, type RowFault } from './check-rows.ts';

/** At most so many faults are told at once; the others once these are mended. */
const MAX_FAULTS = 20;

/** Rows that are predicted before other requests of the thread get a turn. */
const ROWS_AT_ONCE = 32;

/** What a model says of one row. */
export interface RowPrediction {
  /** The most probable label; null for regression. */
  readonly label: string | null;
  /** Of every label, in the model's order; empty for regression. */
  readonly probabilities: readonly number[];
  /** Null for classification. */
  readonly value: number | null;
  readonly warnings: readonly PredictionWarning[];
}

/** The predictions of all rows, or what is wrong with some of them. */
export type PredictedRows =
  | { readonly labels: readonly string[] | null; readonly predictions: readonly RowPrediction[] }
  | { readonly faults: readonly RowFault[] };

/** A model in memory, bound for predicting rows of JSON. */
export class LoadedModel {
  readonly #labels: readonly string[] | null;
  readonly #check: ReturnType<typeof createRowChecker>;
  readonly #predict: ReturnType<typeof createRowPredictor>;

  /** Throws ModelFormatError for a file that is no model. */
  constructor(file: Uint8Array) {
    const model = parseModel(file);
    this.#labels = model.labels;
    this.#check = createRowChecker(model);
    this.#predict = createRowPredictor(model);
  }

  /** Predicts all rows, or none if something is wrong with any. Other work gets its turn between them. */
  async predict(rows: readonly JsonRow[]): Promise<PredictedRows> {
    const checked = rows.map((row, index) => this.#check(row, index));
    const faults = checked.flatMap((row) => row.faults);
    if (faults.length > 0) return { faults: faults.slice(0, MAX_FAULTS) };
    const predictions: RowPrediction[] = [];
    for (const [index, row] of rows.entries()) {
      if (index > 0 && index % ROWS_AT_ONCE === 0) await new Promise(setImmediate);
      predictions.push({ ...predictionOf(this.#predict(row)), warnings: checked[index]!.warnings });
    }
    return { labels: this.#labels, predictions };
  }
}

/** The prediction of one row. */
function predictionOf(predictions: Predictions): Omit<RowPrediction, 'warnings'> {
  if (predictions.task === 'REGRESSION') return { label: null, probabilities: [], value: predictions.values[0]! };
  const { labels, probabilities, predicted } = predictions;
  return { label: labels[predicted[0]!]!, probabilities: [...probabilities], value: null };
}

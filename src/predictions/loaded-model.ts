import { createRowExplainer, type Explainable, type RowExplanation } from '../runtime/contributions/explain-row.ts';
import { parseModel } from '../runtime/format/model-file-schema.ts';
import type { Model, ModelFeature } from '../runtime/model.ts';
import { createRowPredictor } from '../runtime/predict/predict-row.ts';
import type { Predictions } from '../runtime/predict/predictions.ts';
import type { ColumnProfile, NumberRange } from '../runtime/training-profile.ts';
import { createRowChecker, type JsonRow, type PredictionWarning, type RowFault } from './check-rows.ts';
import { type IntervalEnds, intervalEnds } from './interval-ends.ts';

/** At most so many faults are told at once; the others once these are mended. */
const MAX_FAULTS = 20;

/** Rows that are predicted before other requests of the thread get a turn. */
const ROWS_AT_ONCE = 32;

/**
 * Steps of one request for contributions, and of one of its rows: about ten seconds, and two. A row is not divided, so that it
 * holds up the other requests of its thread.
 */
const MAX_STEPS = 2_000_000_000;
const MAX_STEPS_OF_ROW = 500_000_000;

/** What a model says of one row. */
export interface RowPrediction extends IntervalEnds {
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
  | {
      readonly labels: readonly string[] | null;
      /** Whether values have intervals. */
      readonly hasInterval: boolean;
      readonly predictions: readonly RowPrediction[];
    }
  | { readonly faults: readonly RowFault[] };

/** A column that a model reads, and what the training rows had in it. */
export interface DescribedInput {
  readonly name: string;
  readonly kind: 'NUMERIC' | 'DATETIME' | 'CATEGORICAL' | 'BOOLEAN' | 'TEXT';
  /** Of numbers; of dates in milliseconds since 1970. Null for categories, and where the model's file does not tell. */
  readonly range: NumberRange | null;
  /** The categories that the model tells apart, most frequent first; null for numbers, dates and free texts. */
  readonly categories: readonly string[] | null;
}

export interface ModelDescription {
  readonly labels: readonly string[] | null;
  /** Whether its values have intervals. */
  readonly hasInterval: boolean;
  readonly inputs: readonly DescribedInput[];
}

/** A row, and the label that is asked about; null for the predicted one, and for regression. */
export interface ExplainedRow {
  readonly row: JsonRow;
  readonly label: string | null;
}

/** Why rows cannot be explained. */
export type ExplanationRefusal = 'UNKNOWN_LABEL' | 'TOO_MANY_LEAVES' | 'TOO_MANY_ROWS';

/** What moves the output of each row; null where the model's file does not tell enough. */
export type ExplainedRows =
  | { readonly explanations: readonly (RowExplanation | null)[] }
  | { readonly refusal: ExplanationRefusal };

/** A model in memory, bound for predicting rows of JSON. */
export class LoadedModel {
  readonly model: Model;
  #explainable: Explainable | null | undefined;
  readonly #check: ReturnType<typeof createRowChecker>;
  readonly #predict: ReturnType<typeof createRowPredictor>;

  /** Throws ModelFormatError for a file that is no model. */
  constructor(file: Uint8Array) {
    const model = parseModel(file);
    this.model = model;
    this.#check = createRowChecker(model);
    this.#predict = createRowPredictor(model);
  }

  /** Predicts all rows, or none if something is wrong with any. Other work gets its turn between them. */
  async predict(rows: readonly JsonRow[]): Promise<PredictedRows> {
    const steps = this.#predictSteps(rows);
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      await new Promise(setImmediate);
    }
  }

  /** The same without a turn for others: for a few rows. */
  predictAtOnce(rows: readonly JsonRow[]): PredictedRows {
    const steps = this.#predictSteps(rows);
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }

  *#predictSteps(rows: readonly JsonRow[]): Generator<undefined, PredictedRows, undefined> {
    const checked = rows.map((row, index) => this.#check(row, index));
    const faults = checked.flatMap((row) => row.faults);
    if (faults.length > 0) return { faults: faults.slice(0, MAX_FAULTS) };
    const predictions: RowPrediction[] = [];
    for (const [index, row] of rows.entries()) {
      if (index > 0 && index % ROWS_AT_ONCE === 0) yield;
      predictions.push({ ...this.#predictionOf(row), warnings: checked[index]!.warnings });
    }
    return { labels: this.model.labels, hasInterval: this.model.interval !== undefined, predictions };
  }

  /** What the model reads, and the labels that it tells apart. */
  describe(): ModelDescription {
    const { labels, features, profile, interval } = this.model;
    const profiles = new Map(profile?.map((column) => [column.name, column]));
    const byName = new Map(features.map((feature) => [feature.name, feature]));
    const inputs = Array.from(byName.values(), (feature) => inputOf(feature, profiles.get(feature.name)));
    return { labels, hasInterval: interval !== undefined, inputs };
  }

  /** Explains rows that have been predicted. Other work gets its turn between them. */
  async explain(rows: readonly ExplainedRow[]): Promise<ExplainedRows> {
    const { labels } = this.model;
    this.#explainable ??= createRowExplainer(this.model);
    if (this.#explainable === null) return { explanations: rows.map(() => null) };
    const { explain, stepsPerRow } = this.#explainable;
    if (stepsPerRow > MAX_STEPS_OF_ROW) return { refusal: 'TOO_MANY_LEAVES' };
    if (rows.length * stepsPerRow > MAX_STEPS) return { refusal: 'TOO_MANY_ROWS' };
    const explanations: RowExplanation[] = [];
    for (const { row, label } of rows) {
      const output = labels === null ? 0 : labels.indexOf(label ?? this.#predictedLabel(row));
      if (output < 0 || (labels === null && label !== null)) return { refusal: 'UNKNOWN_LABEL' };
      explanations.push(explain(row, output));
      await new Promise(setImmediate);
    }
    return { explanations };
  }

  #predictedLabel(row: JsonRow): string {
    return predictionOf(this.#predict(row)).label ?? '';
  }

  #predictionOf(row: JsonRow): Omit<RowPrediction, 'warnings'> {
    const prediction = predictionOf(this.#predict(row));
    return { ...prediction, ...intervalEnds(this.model, prediction.value) };
  }
}

function inputOf(feature: ModelFeature, profile: ColumnProfile | undefined): DescribedInput {
  const { name } = feature;
  if (feature.kind === 'CATEGORY') {
    const kind = profile?.kind === 'BOOLEAN' ? 'BOOLEAN' : 'CATEGORICAL';
    return { name, kind, range: null, categories: feature.categories };
  }
  if (feature.kind === 'TEXT') return { name, kind: 'TEXT', range: null, categories: null };
  const kind = feature.kind === 'DATETIME' ? 'DATETIME' : 'NUMERIC';
  return { name, kind, range: profile !== undefined && 'range' in profile ? profile.range : null, categories: null };
}

/** The prediction of one row. */
function predictionOf(predictions: Predictions): Pick<RowPrediction, 'label' | 'probabilities' | 'value'> {
  if (predictions.task === 'REGRESSION') return { label: null, probabilities: [], value: predictions.values[0]! };
  const { labels, probabilities, predicted } = predictions;
  return { label: labels[predicted[0]!]!, probabilities: [...probabilities], value: null };
}

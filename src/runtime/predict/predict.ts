import { type Model, outputCount } from '../model.ts';
import type { InputColumn, InputTable } from './input-column.ts';
import { linearMargins } from './predict-linear.ts';
import { treeOutputs } from './predict-trees.ts';
import { softmaxInPlace } from './softmax.ts';

/** What a model says about some rows, in the order in which they were asked for. */
export type Predictions =
  | {
      readonly task: 'CLASSIFICATION';
      readonly labels: readonly string[];
      /** One probability for each row and label, row after row; each row's sum to 1. */
      readonly probabilities: Float64Array;
      /** For each row the number of its most probable label; of equal ones the first. */
      readonly predicted: Int32Array;
    }
  | { readonly task: 'REGRESSION'; readonly values: Float64Array };

/** Predicts the rows of one table, named by their 0-based numbers. */
export type Predictor = (rows: Int32Array) => Predictions;

/**
 * Binds a model to a table: finds each feature's column by its name and translates its labels once. A feature without a
 * column is missing in every row; columns that are no features are not looked at.
 *
 * The one predictor: the evaluation of a training, single and batch predictions and the browser all come through here.
 */
export function bindModel(model: Model, table: InputTable): Predictor {
  const columnOf = new Map(table.columns.map((column) => [column.name, column]));
  const columns = model.features.map((feature): InputColumn | null => columnOf.get(feature.name) ?? null);
  const sumsOf = bindEstimator(model, columns);
  return (rows) => predictionsFromSums(model, sumsOf(rows));
}

/**
 * What a model says where the sums over its terms or trees are these: margins (one for each row, or for more than two labels
 * one for each row and label), or outputs where its estimator has none. Reuses the array.
 */
export function predictionsFromSums(model: Model, sums: Float64Array): Predictions {
  const { labels, estimator } = model;
  if (labels === null) return { task: 'REGRESSION', values: sums };
  const hasMargins = estimator.kind === 'LINEAR' || (estimator.kind === 'TREES' && estimator.combine === 'MARGINS');
  const probabilities = hasMargins ? probabilitiesFromMargins(sums, labels.length) : sums;
  return { task: 'CLASSIFICATION', labels, probabilities, predicted: mostProbable(probabilities, labels.length) };
}

/** Predicts every row of the table. */
export function predictTable(model: Model, table: InputTable): Predictions {
  const rows = new Int32Array(table.rowCount);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  return bindModel(model, table)(rows);
}

function bindEstimator(model: Model, columns: readonly (InputColumn | null)[]): (rows: Int32Array) => Float64Array {
  const { estimator } = model;
  const outputs = outputCount(model);
  switch (estimator.kind) {
    case 'CONSTANT':
      return (rows) => repeat(estimator.outputs, rows.length);
    case 'LINEAR':
      return linearMargins(estimator, model, columns);
    case 'TREES':
    case 'FOREST':
      return treeOutputs(estimator, model, columns, outputs);
  }
}

function probabilitiesFromMargins(margins: Float64Array, labelCount: number): Float64Array {
  if (labelCount > 2) {
    for (let at = 0; at < margins.length; at += labelCount) softmaxInPlace(margins, at, labelCount);
    return margins;
  }
  const probabilities = new Float64Array(margins.length * 2);
  for (let row = 0; row < margins.length; row++) {
    // The smaller one from its own side: 1 - p would lose the digits of a small probability.
    const margin = margins[row]!;
    const power = Math.exp(-Math.abs(margin));
    const larger = 1 / (1 + power);
    const smaller = power / (1 + power);
    probabilities[2 * row] = margin < 0 ? larger : smaller;
    probabilities[2 * row + 1] = margin < 0 ? smaller : larger;
  }
  return probabilities;
}

function repeat(outputs: Float64Array, times: number): Float64Array {
  const repeated = new Float64Array(outputs.length * times);
  for (let i = 0; i < times; i++) repeated.set(outputs, i * outputs.length);
  return repeated;
}

function mostProbable(probabilities: Float64Array, labelCount: number): Int32Array {
  const predicted = new Int32Array(probabilities.length / labelCount);
  for (let row = 0; row < predicted.length; row++) {
    let best = 0;
    for (let k = 1; k < labelCount; k++) {
      if (probabilities[row * labelCount + k]! > probabilities[row * labelCount + best]!) best = k;
    }
    predicted[row] = best;
  }
  return predicted;
}

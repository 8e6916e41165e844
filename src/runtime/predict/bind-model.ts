import { type ForestModel, type MemberModel, type Model, outputCount, type TreesModel } from '../model.ts';
import { columnsOf, type InputColumn, type InputTable } from './input-column.ts';
import { linearMargins } from './predict-linear.ts';
import { blendOutputs, outputsFromSums, type Predictions, predictionsOf } from './predictions.ts';
import { repeatNumbers } from './repeat-numbers.ts';

/** Predicts the rows of one table, named by their 0-based numbers. */
export type Predictor = (rows: Int32Array) => Predictions;

/** What predicts with trees: row after row their margins or, where they have none, their outputs, of which there are `outputs`. */
export type TreesBinder = (
  model: TreesModel | ForestModel,
  reading: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
  outputs: number,
) => RowNumbers;

/** Row after row what a model computes of them. */
type RowNumbers = (rows: Int32Array) => Float64Array;

/**
 * Binds a model to a table: finds each feature's column by its name and translates its labels once. A feature without a
 * column is missing in every row; columns that are no features are not looked at.
 *
 * The one predictor: the evaluation of a training, single and batch predictions and the browser all come through here. They
 * differ in how many rows `bindTrees` is made for, so that a program that predicts single rows need not load the code for many.
 */
export function bindModelBy(bindTrees: TreesBinder, model: Model, table: InputTable): Predictor {
  const columns = columnsOf(model.features, table.columns);
  const { estimator, labels } = model;
  const bind = (member: MemberModel): RowNumbers => {
    const sumsOf = bindSums(bindTrees, model, member, columns);
    return (rows) => outputsFromSums(member, labels, sumsOf(rows));
  };
  if (estimator.kind !== 'BLEND') {
    const outputsOf = bind(estimator);
    return (rows) => predictionsOf(labels, outputsOf(rows));
  }
  const members = estimator.members.map((member) => bind(member.model));
  return (rows) =>
    predictionsOf(
      labels,
      blendOutputs(estimator, labels, (i) => members[i]!(rows)),
    );
}

function bindSums(
  bindTrees: TreesBinder,
  model: Model,
  estimator: MemberModel,
  columns: readonly (InputColumn | null)[],
): RowNumbers {
  switch (estimator.kind) {
    case 'CONSTANT':
      return (rows) => repeatNumbers(estimator.outputs, rows.length);
    case 'LINEAR':
      return linearMargins(estimator, model, columns);
    case 'TREES':
    case 'FOREST':
      return bindTrees(estimator, model, columns, outputCount(model));
  }
}

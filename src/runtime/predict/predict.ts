import type { Model } from '../model.ts';
import { bindModelBy, type Predictor } from './bind-model.ts';
import type { InputTable } from './input-column.ts';
import { treeOutputs } from './predict-many-trees.ts';
import type { Predictions } from './predictions.ts';

/** Binds a model to a table, for any number of rows. */
export function bindModel(model: Model, table: InputTable): Predictor {
  return bindModelBy(treeOutputs, model, table);
}

/** Predicts every row of the table. */
export function predictTable(model: Model, table: InputTable): Predictions {
  const rows = new Int32Array(table.rowCount);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  return bindModel(model, table)(rows);
}

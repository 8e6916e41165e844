import type { Model } from '../../runtime/model.ts';
import type { InputColumn, InputTable } from '../../runtime/predict/input-column.ts';
import type { ColumnProfile } from '../../runtime/training-profile.ts';
import { firstFeatures } from '../known-rows/known-rows.ts';
import { withLeafRows } from '../leaf-rows.ts';
import { withTrainingProfile } from '../training-profile.ts';
import type { ImportDataset } from './imported-columns.ts';

/** As many rows, and columns, as are counted of a training. */
const MAX_ROWS = 10_000;
const MAX_COLUMNS = 10_000;

/**
 * The model with what is known of the rows of a dataset, in place of those that it was trained on: what drift, contributions and
 * forms are measured against. One column is in memory at a time, and of all of them an even sample of rows.
 */
export function withDatasetFacts(model: Model, dataset: ImportDataset): Model {
  if (model.features.length > MAX_COLUMNS) return model;
  const { rowCount } = dataset;
  const rows = Int32Array.from({ length: rowCount }, (_, row) => row);
  const step = Math.max(1, Math.ceil(rowCount / MAX_ROWS));
  const sample = rows.filter((row) => row % step === 0);
  const profile: ColumnProfile[] = [];
  const sampled: InputColumn[] = [];
  // One column may be read by several features.
  for (const { feature } of firstFeatures(model.features)) {
    const column = dataset.column(feature.name);
    const table: InputTable = { rowCount, columns: [column] };
    profile.push(...(withTrainingProfile({ ...model, features: [feature] }, table, rows).profile ?? []));
    sampled.push(
      column.storage === 'number'
        ? { storage: 'number', name: column.name, values: Float64Array.from(sample, (row) => column.values[row]!) }
        : {
            storage: 'label',
            name: column.name,
            codes: Int32Array.from(sample, (row) => column.codes[row]!),
            labels: column.labels,
          },
    );
  }
  const table: InputTable = { rowCount: sample.length, columns: sampled };
  const counted = withLeafRows(
    model,
    table,
    sample.map((_, index) => index),
  );
  return { ...counted, profile };
}

import type { DatasetRow } from '../../datasets/dataset.store.ts';
import { badInput } from '../../errors.ts';

/** Throws BAD_USER_INPUT for a dataset that has too few rows to train on. It can be predicted all the same. */
export function requireRows(dataset: Pick<DatasetRow, 'rowCount'>, minRows: number): void {
  const { rowCount } = dataset;
  if (rowCount >= minRows) return;
  throw badInput(
    'input.datasetId',
    `The dataset has ${rowCount.toLocaleString('en-US')} data ${rowCount === 1 ? 'row' : 'rows'}; a training requires at least ${minRows}.`,
    'Upload a file with more rows to train on. To predict these rows with a model that exists, use startBatchPrediction.',
  );
}

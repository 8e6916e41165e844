import type { ColumnType, DatasetType } from './dataset.type.ts';
import type { DatasetContents, ListedDataset } from './dataset-list.store.ts';

/** Maps a row to the API type, with its contents if they were read; field resolvers load the rest. */
export function toDataset(row: ListedDataset & Partial<DatasetContents>): DatasetType {
  return row;
}

export function toColumn(column: Omit<ColumnType, 'missingRatio'>, rowCount: number): ColumnType {
  const { name, index, kind, missing, distinct, approximate, numeric, topValues } = column;
  return {
    name,
    index,
    kind,
    missing,
    missingRatio: rowCount === 0 ? 0 : missing / rowCount,
    distinct,
    approximate,
    numeric,
    topValues,
  };
}

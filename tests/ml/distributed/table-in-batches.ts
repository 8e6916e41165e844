import type { TableStream } from '../../../src/ml/distributed/table-stream.ts';
import type { Table } from '../../../src/tabular/types/column.ts';

/** A table in memory, read as a stream of batches of so many rows. */
export function tableInBatches({ rowCount, columns }: Table, batchRows: number): TableStream {
  const batches = Array.from({ length: Math.ceil(rowCount / batchRows) }, (_, batch) => {
    return Math.min(batchRows, rowCount - batch * batchRows);
  });
  return {
    rowCount,
    columns: columns.map(({ name, kind, ...column }) => {
      return { name, kind, storage: column.storage, labelCount: column.storage === 'label' ? column.labels.length : 0 };
    }),
    batches,
    numbers(at, batch) {
      const column = columns[at];
      if (column?.storage !== 'number') throw new TypeError(`column ${at} holds no numbers`);
      return column.values.slice(batch * batchRows, (batch + 1) * batchRows);
    },
    codes(at, batch) {
      const column = columns[at];
      if (column?.storage !== 'label') throw new TypeError(`column ${at} holds no labels`);
      return column.codes.slice(batch * batchRows, (batch + 1) * batchRows);
    },
    labels(at) {
      const column = columns[at];
      return column?.storage === 'label' ? column.labels : [];
    },
  };
}

import { closeSync, openSync } from 'node:fs';
import { writeNullCounts } from '../scan/null-counts.ts';
import type { Column, Table } from '../types/column.ts';
import { rangeOf, storeRows, typeOfCodes, typeOfNumbers } from '../types/store-rows.ts';
import { type StoredColumn, writeFrame } from './arrow-file.ts';
import { ArrowFileReader } from './arrow-file-reader.ts';

/**
 * Writes a table as an Arrow IPC file, which pandas, polars and R read as well. Reading it back gives the same
 * table, bit for bit. Missing values become nulls, labels an Arrow dictionary, numbers the narrowest exact type,
 * and the kind of each column is kept in the metadata of its field. Memory: one column beside the table, and the
 * labels once more.
 *
 * @throws the file system's error; RangeError where the labels of one column take more than 2 GiB
 */
export function writeTableFile(path: string, table: Table): void {
  const layouts = writeFrame(path, table.columns.map(storedForm), table.rowCount);
  const descriptor = openSync(path, 'r+');
  try {
    table.columns.forEach((column, index) => {
      storeRows(descriptor, layouts[index]!, column);
    });
  } finally {
    closeSync(descriptor);
  }
  writeNullCounts(path, layouts, table.rowCount);
}

function storedForm(column: Column): StoredColumn {
  const { name, kind } = column;
  let missing = 0;
  if (column.storage === 'label') {
    for (const code of column.codes) if (code < 0) missing++;
    return { name, kind, type: typeOfCodes(column.labels.length), labels: column.labels, missing };
  }
  for (const value of column.values) if (Number.isNaN(value)) missing++;
  return { name, kind, type: typeOfNumbers(kind === 'DATETIME', rangeOf(column.values)), labels: null, missing };
}

/**
 * Reads a table, or some of its columns, in the order of the file. Only the bytes of those columns are read.
 *
 * @param columnNames the columns wanted; all of them where left out
 * @throws Error where a column is not in the table, or the file was not written by writeTableFile
 */
export function readTableFile(path: string, columnNames?: readonly string[]): Table {
  const reader = new ArrowFileReader(path);
  try {
    const known = new Set(reader.names);
    for (const name of columnNames ?? []) if (!known.has(name)) throw new Error(`the table has no column "${name}"`);
    const wanted = columnNames === undefined ? known : new Set(columnNames);
    const columns = reader.names.flatMap((name, index) => (wanted.has(name) ? [reader.column(index)] : []));
    return { rowCount: reader.rowCount, columns };
  } finally {
    reader.close();
  }
}

import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArrowTableStream } from '../../../src/tabular/table-file/arrow-table-stream.ts';
import { writeTableFile } from '../../../src/tabular/table-file/table-file.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { BATCH_ROWS } from '../../../src/tabular/types/stored-rows.ts';

/** A table with columns of every stored type, with and without missing values. */
function tableOf(rowCount: number, seed: number): Table {
  const column = (name: string, valueAt: (row: number) => number, kind: Column['kind'] = 'NUMERIC'): Column => {
    return { storage: 'number', name, kind, values: Float64Array.from({ length: rowCount }, (_, row) => valueAt(row)) };
  };
  const isMissing = (row: number) => (row * 7 + seed) % 5 === 0;
  const codes = Int32Array.from({ length: rowCount }, (_, row) => (isMissing(row) ? -1 : (row + seed) % 3));
  return {
    rowCount,
    columns: [
      column('small', (row) => row % 100),
      column('holes', (row) => (isMissing(row) ? Number.NaN : row * 1_000)),
      column('fraction', (row) => Math.sqrt(row + seed)),
      column('moment', (row) => (isMissing(row) ? Number.NaN : row * 86_400_000 + seed), 'DATETIME'),
      { storage: 'label', name: 'kind', kind: 'CATEGORICAL', codes, labels: ['a', 'b', 'c'] },
    ],
  };
}

/** Everything that a stream reads of a table, one batch after the other. */
function collected(path: string, maxRows: number): Table {
  const stream = new ArrowTableStream(path, maxRows);
  try {
    expect(Math.max(0, ...stream.batches)).toBeLessThanOrEqual(maxRows);
    const columns = stream.columns.map(({ name, kind, storage }, index): Column => {
      const batches = [...stream.batches.keys()];
      if (storage === 'number') {
        return {
          storage,
          name,
          kind,
          values: Float64Array.from(batches.flatMap((at) => [...stream.numbers(index, at)])),
        };
      }
      const codes = Int32Array.from(batches.flatMap((at) => [...stream.codes(index, at)]));
      return { storage, name, kind, codes, labels: stream.labels(index) };
    });
    return { rowCount: stream.rowCount, columns };
  } finally {
    stream.close();
  }
}

test('a table file is read in batches of any size', async () => {
  const path = join(tmpdir(), `stream-${process.pid}.arrow`);
  try {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.nat(9),
        fc.integer({ min: 1, max: 40 }),
        (rows, seed, eights) => {
          const table = tableOf(rows, seed);
          writeTableFile(path, table);
          expect(collected(path, eights * 8)).toEqual(table);
        },
      ),
      { numRuns: 50 },
    );
    const large = tableOf(BATCH_ROWS + 1_001, 3);
    writeTableFile(path, large);
    expect(collected(path, 50_000)).toEqual(large);
  } finally {
    await rm(path, { force: true });
  }
});

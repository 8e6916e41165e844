/** A process that benchmarks/shards.ts starts: writes the file of a made-up table. */
import { writeTableFile } from '../../src/tabular/table-file/table-file.ts';
import { report } from '../support/child.ts';
import { madeTable } from '../support/made-table.ts';

export interface TableOrder {
  readonly path: string;
  readonly rowCount: number;
  readonly columnCount: number;
}

const { path, rowCount, columnCount } = JSON.parse(process.argv[2] ?? '') as TableOrder;
const categoryCount = Math.floor(columnCount / 4);
const numberCount = columnCount - categoryCount;
const { table, features } = madeTable({ rowCount, numberCount, categoryCount, missingShare: 0.05, seed: 1 });
writeTableFile(path, table);
report({ features });

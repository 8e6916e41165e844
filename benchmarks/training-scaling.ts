/**
 * Claim: the time of boosting grows with rows and columns as they do, and no faster.
 *
 *   node benchmarks/training-scaling.ts [--rows 100000,4000000] [--columns 10,100,1000] [--threads 2]
 *
 * GRADIENT_BOOSTING with 100 trees of depth 6 on a made-up table in memory (made-table.ts): of the columns, for the rows
 * 12, a quarter are categories, and a twentieth of the cells are missing. Each size in a process of its own. "fit" is all
 * between the table and the fitted model; memory is the most that the process had resident, the table included, which
 * "before" is without. Bar: a row costs at 4,000,000 rows no more than 1.5 times what it costs at 100,000. Exit code 1 if
 * that is missed.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runChild } from './support/child.ts';
import type { ScalingOrder, ScalingReport } from './support/train-made-table.ts';

/** Where rows are many, so many columns; where columns are many, so many rows. */
const COLUMNS_OF_ROWS = 12;
const ROWS_OF_COLUMNS = 100_000;

const MAX_TIMES_PER_ROW = 1.5;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000,4000000' },
    columns: { type: 'string', default: '10,100,1000' },
    threads: { type: 'string', default: '2' },
  },
});

const [load = 0] = loadavg();
let usedThreads = 0;
print('rows', 'columns', 'fit, s', 'cores, s', 'us/row', 'ns/cell', 'before', 'most, MB', 'log-loss');
const perRow = numbersIn(values.rows).map((rowCount) => measure(rowCount, COLUMNS_OF_ROWS).secondsPerRow);
for (const columnCount of numbersIn(values.columns)) measure(ROWS_OF_COLUMNS, columnCount);
const times = (perRow.at(-1) ?? Number.NaN) / (perRow[0] ?? Number.NaN);
const holds = times <= MAX_TIMES_PER_ROW;
console.log(
  `\na row costs ${times.toFixed(2)} times as much where rows are most; bar ${MAX_TIMES_PER_ROW}: ${holds ? 'holds' : 'MISSED'}`,
);
console.log(
  `node ${process.version}; threads of training: ${usedThreads}; load of the machine before: ${load.toFixed(1)}`,
);
process.exitCode = holds ? 0 : 1;

function measure(rowCount: number, columnCount: number): { readonly secondsPerRow: number } {
  const outcome = runChild<ScalingReport>(new URL('support/train-made-table.ts', import.meta.url), {
    rowCount,
    columnCount,
    threads: Number(values.threads),
  } satisfies ScalingOrder);
  if (outcome.kind !== 'REPORTED') throw new Error(`${rowCount} x ${columnCount}: ${JSON.stringify(outcome)}`);
  const { fit, cpu, megabytesBefore, megabytes, metrics, threads } = outcome.report;
  usedThreads = threads;
  const trainRows = 0.8 * rowCount;
  print(
    `${rowCount}`,
    `${columnCount}`,
    fit.toFixed(2),
    cpu.toFixed(2),
    ((1e6 * fit) / trainRows).toFixed(2),
    ((1e9 * fit) / trainRows / columnCount).toFixed(0),
    megabytesBefore.toFixed(0),
    megabytes.toFixed(0),
    metrics.task === 'CLASSIFICATION' ? (metrics.logLoss?.toFixed(4) ?? '') : '',
  );
  return { secondsPerRow: fit / trainRows };
}

function numbersIn(list: string): number[] {
  return list.split(',').map(Number);
}

function print(...cells: readonly string[]): void {
  console.log(cells.map((cell) => cell.padStart(9)).join(' '));
}

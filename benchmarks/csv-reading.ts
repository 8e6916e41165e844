/**
 * How fast a CSV file is read and inspected on one core.
 *
 *   node benchmarks/csv-reading.ts FILE
 *   node benchmarks/csv-reading.ts --rows 1000000      (writes such a file to the temporary folder first)
 *
 * "reading" is bytes to typed columns, "inspection" that and the profile, the kinds and the issues; "table file"
 * writes and reads back the Arrow form. Best of three runs.
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectCsv } from '../src/tabular/inspect-csv.ts';
import { readCsv } from '../src/tabular/reader/csv-reader.ts';
import { CHUNK_BYTES } from '../src/tabular/scan/scan-file.ts';
import { sniffFile } from '../src/tabular/sniffer/sniff-file.ts';
import { readTableFile, writeTableFile } from '../src/tabular/table-file/table-file.ts';

const RUNS = 3;
const LIMITS = { minDataRows: 1, maxEmptyRatio: 1 };

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'csv-reading-'));
  try {
    const [first, second] = process.argv.slice(2);
    const path = first === '--rows' ? join(folder, 'made.csv') : first;
    if (path === undefined) throw new Error('usage: node benchmarks/csv-reading.ts FILE | --rows NUMBER');
    if (first === '--rows') writeMadeFile(path, Number(second));
    measure(path, join(folder, 'table.arrow'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(path: string, tablePath: string): void {
  const megabytes = statSync(path).size / 1e6;
  const report = (name: string, seconds: number, size = megabytes) => {
    console.log(`${name.padEnd(18)} ${seconds.toFixed(3)} s  ${(size / seconds).toFixed(0).padStart(5)} MB/s`);
  };
  const reading = bestOf(() => {
    const prepared = sniffFile(path, {}, CHUNK_BYTES);
    if ('issue' in prepared) throw new Error(prepared.issue.message);
    return readCsv(prepared.task, () => {});
  });
  const inspection = bestOf(() => inspectCsv(path, {}, LIMITS));
  const { table, rowCount, columnCount } = inspection.result;
  if (table === null) throw new Error(inspection.result.issues.map(({ message }) => message).join(' '));
  const writing = bestOf(() => writeTableFile(tablePath, table));
  const loading = bestOf(() => readTableFile(tablePath));
  const memory = process.memoryUsage();
  console.log(`${megabytes.toFixed(1)} MB, ${rowCount} rows, ${columnCount} columns, node ${process.version}`);
  report('reading', reading.seconds);
  report('inspection', inspection.seconds);
  report('table file, write', writing.seconds, statSync(tablePath).size / 1e6);
  report('table file, read', loading.seconds, statSync(tablePath).size / 1e6);
  console.log(`memory at the end  ${(memory.rss / 1e6).toFixed(0)} MB`);
}

function bestOf<Result>(run: () => Result): { result: Result; seconds: number } {
  let seconds = Number.POSITIVE_INFINITY;
  let result: Result | undefined;
  for (let count = 0; count < RUNS; count++) {
    const start = performance.now();
    result = run();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { result: result as Result, seconds };
}

/** 14 numbers of different shapes, 4 columns of labels, a date, a mostly empty column, two targets. */
function writeMadeFile(path: string, rows: number): void {
  const descriptor = openSync(path, 'w');
  const numbers = Array.from({ length: 14 }, (_, index) => `num${String(index + 1).padStart(2, '0')}`);
  writeSync(descriptor, `${numbers.join(',')},region,plan,device,city,signup_date,sparse_score,label,amount\n`);
  // A linear congruential generator (Numerical Recipes): the same file in every run.
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
  let block: string[] = [];
  for (let row = 0; row < rows; row++) {
    const cells = numbers.map((_, index) => {
      return index === 13
        ? String(Math.floor(random() * 30))
        : ((random() - 0.5) * 10 ** (index % 5)).toFixed(2 + (index % 4));
    });
    const day = new Date(1_420_070_400_000 + Math.floor(random() * 3653) * 86_400_000).toISOString().slice(0, 10);
    cells.push(
      ['north', 'south', 'east', 'west', 'central', 'islands', 'highlands', 'overseas'][Math.floor(random() * 8)] ?? '',
      ['free', 'basic', 'pro', 'enterprise'][Math.floor(random() * 4)] ?? '',
      random() < 0.02 ? '' : (['phone', 'desktop', 'tablet'][Math.floor(random() * 3)] ?? ''),
      `city_${String(Math.floor(random() * 300)).padStart(3, '0')}`,
      day,
      random() < 0.6 ? '' : (random() * 100).toFixed(3),
      random() < 0.4 ? 'yes' : 'no',
      (random() * 200).toFixed(2),
    );
    block.push(cells.join(','));
    if (block.length === 10_000 || row === rows - 1) {
      writeSync(descriptor, `${block.join('\n')}\n`);
      block = [];
    }
  }
  closeSync(descriptor);
}

main();

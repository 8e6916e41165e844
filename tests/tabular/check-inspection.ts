import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import type { CsvReport } from '../../src/tabular/inspection-report.ts';
import { type DatasetIssue, ISSUE_CODES, type IssueCode } from '../../src/tabular/issues/issues.ts';
import { inspectLargeCsv } from '../../src/tabular/parallel/inspect-large-csv.ts';
import { performRequest, type ReadingPool } from '../../src/tabular/parallel/reading-pool.ts';
import { readTableFile, writeTableFile } from '../../src/tabular/table-file/table-file.ts';
import type { Column, Table } from '../../src/tabular/types/column.ts';

const LIMITS = { minDataRows: 1, maxEmptyRatio: 0.95 };

/** A helper that is no thread: it takes what it can get before the one who asks does, every other piece or all. */
export const oneWorker: ReadingPool = {
  size: 1,
  async run(requestFor, take) {
    performRequest(requestFor(0), (answer) => take(structuredClone(answer)));
  },
};

/** Issues about a place in the file, which they have to name. */
const WITH_LINES = new Set<IssueCode>([
  ...(['CSV_NUL_BYTE', 'CSV_RAGGED_ROW', 'CSV_UNCLOSED_QUOTE', 'CSV_TEXT_AFTER_QUOTE', 'CSV_CELL_TOO_LONG'] as const),
  ...(['CSV_TOO_MANY_COLUMNS', 'CSV_STRAY_QUOTE', 'CSV_TRAILING_DELIMITER', 'CSV_HEADER_GUESSED'] as const),
  ...(['ROWS_EMPTY', 'ROWS_DUPLICATE', 'COLUMN_UNNAMED', 'COLUMN_RENAMED', 'COLUMN_MIXED_TYPES'] as const),
  ...(['COLUMN_LOOKS_NUMERIC', 'COLUMN_VALUES_UNPARSABLE', 'COLUMN_NON_FINITE', 'TARGET_MISSING'] as const),
]);

/** What an inspection came to, and everything that is wrong with it. */
export interface CheckedInspection {
  readonly report: CsvReport;
  readonly milliseconds: number;
  readonly wrong: readonly string[];
  /** Whether the reader of large files read it as well. */
  readonly isCompared: boolean;
}

/**
 * Inspects bytes and checks what no file may break: every issue is one of the catalogue and says where it is; what is
 * accepted gives a table that reads back; and the reader of large files agrees.
 *
 * @param folder for temporary files
 * @param blockBytes the blocks of the reader of large files; 0 to leave it out
 */
export async function checkInspection(bytes: Buffer, folder: string, blockBytes: number): Promise<CheckedInspection> {
  const path = join(folder, 'input.csv');
  writeFileSync(path, bytes);
  const startedAt = performance.now();
  const { table, ...report } = inspectCsv(path, {}, LIMITS);
  const milliseconds = performance.now() - startedAt;
  const wrong = report.issues.flatMap((issue) => faultsOf(issue, report, lineCount(bytes)));
  const hasError = report.issues.some(({ severity }) => severity === 'ERROR');
  if (report.accepted === hasError || report.accepted !== (table !== null)) {
    wrong.push('accepted, or not, without reason');
  }
  if (table !== null) wrong.push(...tableFaults(table, report, join(folder, 'table.arrow')));
  const large = blockBytes === 0 ? null : await readLarge(path, folder, blockBytes);
  if (large !== null && !isDeepStrictEqual(large.report, report)) wrong.push('the readers differ in the report');
  if (large !== null && !isDeepStrictEqual(large.table, table)) wrong.push('the readers differ in the table');
  return { report, milliseconds, wrong, isCompared: large !== null };
}

async function readLarge(path: string, folder: string, blockBytes: number) {
  const tablePath = join(folder, 'large.arrow');
  const file = { path, tablePath, spillPath: join(folder, 'spill'), options: {}, limits: LIMITS, blockBytes };
  const report = await inspectLargeCsv(file, oneWorker);
  return report === null ? null : { report, table: report.accepted ? readTableFile(tablePath) : null };
}

/** An upper bound: a carriage return may end a line. */
function lineCount(bytes: Buffer): number {
  let count = 1;
  for (const byte of bytes) if (byte === 10 || byte === 13) count++;
  return count;
}

function faultsOf(issue: DatasetIssue, { columns }: CsvReport, lines: number): string[] {
  const { code, severity, message, column, hint } = issue;
  const known = Object.hasOwn(ISSUE_CODES, code) ? (code as IssueCode) : null;
  const wrong: string[] = [];
  if (known === null) return [`${code} is not in the catalogue`];
  if (severity !== ISSUE_CODES[known].severity) wrong.push(`${code} is ${severity}`);
  if (!/^[A-Z0-9].*\.$/s.test(message) || message.length > 500 || hint === '') wrong.push(`${code} says ${message}`);
  if (!issue.lines.every((line, at) => Number.isInteger(line) && line > (issue.lines[at - 1] ?? 0) && line <= lines)) {
    wrong.push(`${code} is at ${issue.lines.join(', ')}, of ${lines} lines`);
  }
  // The one that sums up many of the same is of no single column.
  const isSum = message.startsWith('The same is true of');
  if (WITH_LINES.has(known) && issue.lines.length === 0 && !isSum) wrong.push(`${code} does not say where`);
  const isOfColumn = /^(?:COLUMN|TARGET|POSSIBLE)_/.test(code);
  // Where a file is refused before its columns are looked at, they have names all the same.
  const isKnown = columns.length === 0 ? column !== null : columns.some(({ name }) => name === column);
  if (isOfColumn && !isSum && !isKnown) wrong.push(`${code} is of column ${column}`);
  return wrong;
}

function tableFaults(table: Table, report: CsvReport, path: string): string[] {
  const wrong: string[] = [];
  writeTableFile(path, table);
  const read = readTableFile(path);
  if (!isDeepStrictEqual(read, table)) wrong.push('the table reads back differently');
  if (table.rowCount !== report.rowCount || table.columns.length !== report.columnCount) {
    wrong.push('rows or columns lost');
  }
  table.columns.forEach((column, index) => {
    if (lengthOf(column) !== table.rowCount) wrong.push(`column ${index} has ${lengthOf(column)} rows`);
    if (missingOf(column) !== report.columns[index]?.missing) wrong.push(`column ${index} miscounts what is missing`);
  });
  return wrong;
}

function lengthOf(column: Column): number {
  return column.storage === 'number' ? column.values.length : column.codes.length;
}

function missingOf(column: Column): number {
  const { storage } = column;
  return storage === 'number'
    ? column.values.filter(Number.isNaN).length
    : column.codes.filter((code) => code < 0).length;
}

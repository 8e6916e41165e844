/**
 * Claim: real files come in as they are meant, without any option.
 *
 *   node benchmarks/csv-files.ts --data DIR
 *
 * DIR holds CSV files and a MANIFEST.json that lists them: file, rows, columns and `read` (delimiter, encoding, decimal,
 * line_end). Every file has a header. Compares what is found with what the manifest says, prints a line for each file,
 * and fails where one differs.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CsvInspection, inspectCsv } from '../src/tabular/inspect-csv.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';

/** Python's names of encodings, as the manifest has them, and what they are called in the browser's world. */
const ENCODINGS: Readonly<Record<string, { encoding: string; hasBom: boolean }>> = {
  'utf-8': { encoding: 'utf-8', hasBom: false },
  'utf-8-sig': { encoding: 'utf-8', hasBom: true },
  'latin-1': { encoding: 'windows-1252', hasBom: false },
};
const LINE_ENDS: Readonly<Record<string, string>> = { lf: '\n', crlf: '\r\n', cr: '\r' };
const LIMITS = { minDataRows: 1, maxEmptyRatio: 0.95 };

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) throw new Error('Usage: node benchmarks/csv-files.ts --data DIR');
const directory = values.data;
const manifest = readManifest(directory);

let wrong = 0;
print('file', 'delimiter', 'decimal', 'encoding', 'line end', 'header', 'rows', 'columns', 'ms', '');
for (const entry of manifest) {
  const startedAt = performance.now();
  const inspection = inspectCsv(join(directory, entry.file), {}, LIMITS);
  const milliseconds = performance.now() - startedAt;
  const differences = differencesOf(inspection, entry);
  if (differences.length > 0) wrong++;
  const { dialect, rowCount, columnCount } = inspection;
  print(
    entry.file,
    JSON.stringify(dialect?.delimiter),
    dialect?.decimal ?? '',
    `${dialect?.encoding}${dialect?.hasBom === true ? ' + BOM' : ''}`,
    JSON.stringify(dialect?.newline),
    String(dialect?.hasHeader),
    String(rowCount),
    String(columnCount),
    milliseconds.toFixed(0),
    differences.length === 0 ? 'right' : `WRONG: ${differences.join(', ')}`,
  );
}
console.log(wrong === 0 ? `\nAll ${manifest.length} files are right.` : `\n${wrong} of ${manifest.length} are wrong.`);
process.exitCode = wrong === 0 ? 0 : 1;

/** What was found otherwise than the manifest says. */
function differencesOf(found: CsvInspection, { rows, columns, read }: ManifestEntry): readonly string[] {
  const expected = {
    accepted: true,
    rows,
    columns,
    delimiter: read.delimiter,
    decimal: read.decimal,
    newline: LINE_ENDS[read.line_end],
    hasHeader: true,
    ...ENCODINGS[read.encoding],
  };
  const { accepted, rowCount, columnCount, dialect } = found;
  const actual: Readonly<Record<string, unknown>> = { accepted, rows: rowCount, columns: columnCount, ...dialect };
  return Object.entries(expected)
    .filter(([name, value]) => actual[name] !== value)
    .map(([name, value]) => `${name} is ${JSON.stringify(actual[name])}, not ${JSON.stringify(value)}`);
}

function print(...cells: string[]): void {
  const widths = [26, 10, 8, 16, 9, 7, 7, 8, 6, 0];
  console.log(
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return index >= 6 && index <= 8 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(' ')
      .trimEnd(),
  );
}

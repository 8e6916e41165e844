import type { CsvLimits, CsvOptions } from './csv-options.ts';
import { missingLabelIssues, missingTextsOfNumbers } from './issues/cell-issues.ts';
import { columnIssues } from './issues/column-issues.ts';
import { faultIssues, guessIssues, headerIssues, sizeIssues } from './issues/file-issues.ts';
import { formatIssues } from './issues/format-issues.ts';
import { arrangeIssues } from './issues/issue-list.ts';
import { type DatasetIssue, issue } from './issues/issues.ts';
import { type RowFindings, rowIssues } from './issues/row-issues.ts';
import { secondHeaderIssues } from './issues/second-header-issues.ts';
import { suggestTarget } from './issues/suggest-target.ts';
import { targetIssues } from './issues/target-issues.ts';
import type { FileColumnProfile } from './profile/profile.ts';
import type { Sentinel } from './profile/sentinel.ts';
import { haveStopped, type ReadingFaults } from './reader/csv-reader.ts';
import { locateMalformed } from './reader/malformed-record.ts';
import type { ColumnPlan } from './reader/read-plan.ts';
import { encodingOf, type Utf8Counts } from './scan/byte-source.ts';
import { decoderFor } from './scan/text-decoding.ts';
import type { CsvDialect, DialectFinding } from './sniffer/dialect.ts';
import type { HeaderNames } from './sniffer/header.ts';
import type { LineCounter } from './sniffer/line-counter.ts';
import { locateNul } from './sniffer/nul-byte.ts';
import { type PreviewRow, previewRows } from './sniffer/preview.ts';
import type { SampleRecord } from './sniffer/record-sample.ts';
import { namesOf, type SniffedFile } from './sniffer/sniff-file.ts';
import type { CodedTable } from './types/column.ts';
import type { InferenceContext, TypedColumn } from './types/infer-column-kind.ts';

/** The report of a CSV file without its values. */
export interface CsvReport {
  /** True where no issue is an ERROR. */
  readonly accepted: boolean;
  /** null where the file could not be read as text. */
  readonly dialect: CsvDialect | null;
  /** Data rows; null where the file could not be read to its end. */
  readonly rowCount: number | null;
  readonly columnCount: number | null;
  readonly columns: readonly FileColumnProfile[];
  /** The first 20 data rows. */
  readonly preview: readonly PreviewRow[];
  /** Errors first, then warnings, then notes. */
  readonly issues: readonly DatasetIssue[];
  readonly suggestedTarget: string | null;
  readonly suggestedTask: 'CLASSIFICATION' | 'REGRESSION' | null;
}

/** The findings about a file after reading it, before its columns are examined. */
export interface ReadFile {
  readonly dialect: CsvDialect;
  readonly header: HeaderNames;
  readonly context: InferenceContext;
  readonly preview: readonly PreviewRow[];
  readonly issues: readonly DatasetIssue[];
  /** Cells with a quote within that does not begin them. */
  readonly strayQuotes: number;
  /** The first data rows. */
  readonly records: readonly SampleRecord[];
}

/** What reading a file brought up beside the values. */
export interface ReadingResult {
  readonly rowCount: number;
  readonly faults: ReadingFaults;
  readonly utf8: Utf8Counts;
  /** The line at which reading ended: one after the last where that has a line end. */
  readonly endLine: number;
}

/** Determines the encoding and the names, and reports the format of the file. */
export function describeFile(
  sniffed: SniffedFile,
  { rowCount, faults, utf8, endLine }: ReadingResult,
  options: CsvOptions,
): ReadFile {
  const { task, finding, records, columnCount } = sniffed;
  const dialect = withEncoding(finding, utf8);
  const header = namesOf(records, columnCount, dialect);
  const decode = decoderFor(dialect.encoding);
  const isGuessedAbsent = options.hasHeader === undefined && !dialect.hasHeader;
  const { names } = header;
  const table = { names, hasHeader: dialect.hasHeader, firstLine: records[0]?.line ?? 1, endLine, rowCount };
  const issues = [
    ...faultIssues(faults, table, {
      malformed: (line) => locateMalformed(task.path, dialect, task, line - task.firstLine + 1),
      nulByte: () => locateNul(task),
    }),
    ...formatIssues(sniffed, dialect, haveStopped(faults) ? null : endLine, options),
    ...guessIssues(finding, dialect, utf8),
    ...headerIssues(header, isGuessedAbsent, records[0]?.line ?? 1),
    ...unknownColumns(header.names, options),
  ];
  const rows = records.slice(dialect.hasHeader ? 1 : 0);
  const preview = previewRows(rows, task.plans, task.missing, decode);
  const isDamaged = dialect.encoding === 'utf-8' && utf8.malformed > 0;
  const context = { rowCount, decode, isDamaged, dateOrder: options.dateOrder ?? null, missing: task.missing };
  return { dialect, header, context, preview, issues, strayQuotes: faults.strayQuote.count, records: rows };
}

/** The findings about the columns, in order. */
export interface ColumnFindings {
  readonly typed: readonly TypedColumn[];
  readonly profiles: readonly FileColumnProfile[];
  readonly sentinels: readonly (Sentinel | null)[];
  readonly rows: RowFindings;
  /** All rows, or the sample that is searched for leaks. */
  readonly sample: CodedTable;
  /** The lines of the rows that have no value in a column. */
  readonly missingLines: (column: number) => LineCounter;
}

/** All issues of a file that was read completely. */
export function buildReport(
  file: ReadFile,
  plans: readonly ColumnPlan[],
  { typed, profiles, sentinels, rows, sample, missingLines }: ColumnFindings,
  limits: CsvLimits,
): CsvReport {
  const { rowCount } = file.context;
  // The quotes of ="00041" are no mistakes.
  const excelTexts = typed.reduce((sum, column) => sum + column.excelTexts.count, 0);
  const issues = file.issues.filter(({ code }) => code !== 'CSV_STRAY_QUOTE' || file.strayQuotes > excelTexts);
  const missingElsewhere = missingTextsOfNumbers(typed, plans, file.records);
  typed.forEach((column, index) => {
    const profile = profiles[index]!;
    const sentinel = sentinels[index] ?? null;
    issues.push(...columnIssues(column, profile, plans[index]!, rowCount, limits, sentinel));
    issues.push(...missingLabelIssues(column, missingElsewhere, rowCount));
  });
  issues.push(...secondHeaderIssues(typed, file.records[0], file.dialect.hasHeader));
  const missingCells = profiles.reduce((sum, { missing }) => sum + missing, 0);
  issues.push(...sizeIssues(rowCount, typed.length, missingCells, limits, file.dialect.delimiter));
  issues.push(...rowIssues(rows));
  const suggestion = suggestTarget(profiles, rowCount, sample);
  if (suggestion !== null) {
    const at = suggestion.index;
    const column = typed[at]!;
    const profile = profiles[at]!;
    const facts = { at, typed: column, profile, missing: missingLines(at), rowCount, sample };
    issues.push(...targetIssues(suggestion, facts));
  }
  return {
    accepted: issues.every(({ severity }) => severity !== 'ERROR'),
    dialect: file.dialect,
    rowCount,
    columnCount: typed.length,
    columns: profiles,
    preview: file.preview,
    issues: arrangeIssues(issues),
    suggestedTarget: suggestion?.target ?? null,
    suggestedTask: suggestion?.task ?? null,
  };
}

/** The report on a file that could not be read to its end. */
export function refusedReport(issues: readonly DatasetIssue[], dialect: CsvDialect | null): CsvReport {
  return {
    accepted: false,
    dialect,
    rowCount: null,
    columnCount: null,
    columns: [],
    preview: [],
    issues,
    suggestedTarget: null,
    suggestedTask: null,
  };
}

/** The dialect with the encoding that the bytes turned out to be in, where neither the caller nor a mark named it. */
function withEncoding(finding: DialectFinding, utf8: Utf8Counts): CsvDialect {
  const { isOpen, guess } = finding.encoding;
  return isOpen ? { ...finding.dialect, encoding: guess?.encoding ?? encodingOf(utf8) } : finding.dialect;
}

function unknownColumns(names: readonly string[], options: CsvOptions): DatasetIssue[] {
  const known = new Set(names);
  return (options.columnKinds ?? [])
    .filter(({ column }) => !known.has(column))
    .map(({ column }) => {
      const message = `columnKinds names a column ${JSON.stringify(column.slice(0, 60))} that the file does not have.`;
      return issue('CSV_OPTION_INVALID', message, {
        hint: 'Names are matched exactly, without the white space around them.',
      });
    });
}

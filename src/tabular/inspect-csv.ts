import { encodingOf, type Utf8Tally } from './byte-source.ts';
import type { Column, Table } from './column.ts';
import { columnIssues } from './column-issues.ts';
import type { CsvLimits, CsvOptions } from './csv-options.ts';
import { type RawTable, readCsv } from './csv-reader.ts';
import type { CsvDialect, DialectFinding } from './dialect.ts';
import { faultIssues, guessIssues, headerIssues, sizeIssues } from './file-issues.ts';
import { type FinishedColumn, finishColumn } from './finish-column.ts';
import { arrangeIssues } from './issue-list.ts';
import { type DatasetIssue, issue } from './issues.ts';
import { locateMalformed } from './malformed-record.ts';
import { namesOf, type PreparedReading, prepareReading } from './prepare-reading.ts';
import { type PreviewRow, previewRows } from './preview.ts';
import { type ColumnProfile, profileColumn } from './profile.ts';
import type { ColumnPlan } from './reading-plan.ts';
import { rowIssues } from './row-issues.ts';
import { CHUNK_BYTES } from './scan-file.ts';
import { findSentinel } from './sentinel.ts';
import { suggestTarget } from './suggest-target.ts';
import { missingLines, targetIssues } from './target-issues.ts';
import { decoderFor } from './text-decoding.ts';

export type { PreviewRow };

/** Everything that looking through a CSV file tells. */
export interface CsvInspection {
  /** True where no issue is an ERROR. */
  readonly accepted: boolean;
  /** null where the file could not be read as text. */
  readonly dialect: CsvDialect | null;
  /** Data rows; null where the file could not be read to its end. */
  readonly rowCount: number | null;
  readonly columnCount: number | null;
  readonly columns: readonly ColumnProfile[];
  /** The first 20 data rows. */
  readonly preview: readonly PreviewRow[];
  /** Errors first, then warnings, then notes. */
  readonly issues: readonly DatasetIssue[];
  readonly suggestedTarget: string | null;
  readonly suggestedTask: 'CLASSIFICATION' | 'REGRESSION' | null;
  /** The values; null where the file is not accepted. */
  readonly table: Table | null;
}

/**
 * Reads a CSV file and says what is in it and what is wrong with it. Synchronous, and busy for as long as it
 * takes (about a second for 100 MB): call it in a thread of its own. Any bytes give an inspection.
 *
 * @param onProgress called with a fraction that grows from 0 to 1
 * @param chunkBytes bytes to read at a time; the result does not depend on it
 * @throws only the file system's error where the file cannot be opened or read
 */
export function inspectCsv(
  path: string,
  options: CsvOptions,
  limits: CsvLimits,
  onProgress: (fraction: number) => void = () => {},
  chunkBytes = CHUNK_BYTES,
): CsvInspection {
  const prepared = prepareReading(path, options, chunkBytes);
  if ('issue' in prepared) return refused([prepared.issue], prepared.dialect);
  const raw = readCsv(prepared.task, (fraction) => onProgress(fraction * READING_SHARE));
  return conclude(raw, prepared, options, limits, onProgress);
}

/** Reading takes about this share of the time; the rest goes into the profile. */
const READING_SHARE = 0.7;

/** Turns what was read into the inspection. */
function conclude(
  raw: RawTable,
  { task, finding, records, columnCount }: PreparedReading,
  options: CsvOptions,
  limits: CsvLimits,
  onProgress: (fraction: number) => void,
): CsvInspection {
  const dialect = withEncoding(finding, raw.utf8);
  const header = namesOf(records, columnCount, dialect);
  const decode = decoderFor(dialect.encoding);
  const isStopped = raw.faults.hasNul || raw.faults.tooLongLine !== null;
  const isGuessedAbsent = options.hasHeader === undefined && !dialect.hasHeader;
  const issues = [
    ...faultIssues(raw.faults, header.names, dialect.hasHeader, (line) =>
      locateMalformed(task.path, dialect, task.skip, line - task.firstLine + 1),
    ),
    ...guessIssues(finding, dialect, raw.utf8),
    ...headerIssues(header, isGuessedAbsent),
    ...unknownColumns(header.names, options),
  ];
  const rows = records.slice(dialect.hasHeader ? 1 : 0);
  const preview = previewRows(rows, task.plans, task.missing, decode);
  if (isStopped) return { ...refused(arrangeIssues(issues), dialect), columnCount, preview };
  const isDamaged = dialect.encoding === 'utf-8' && raw.utf8.malformed > 0;
  const context = { rowCount: raw.rowCount, decode, isDamaged, dateOrder: options.dateOrder };
  const columns: Column[] = [];
  const allFinished: FinishedColumn[] = [];
  const profiles: ColumnProfile[] = [];
  let missingCells = 0;
  header.names.forEach((name, index) => {
    const columnPlan = task.plans[index] as ColumnPlan;
    const reader = raw.readers[index] as RawTable['readers'][number];
    const { finished, column } = finishColumn(name, reader, columnPlan, context);
    const profile = profileColumn(finished, column, index);
    const sentinel = column.storage === 'number' ? findSentinel(column.values, profile) : null;
    columns.push(column);
    allFinished.push(finished);
    profiles.push(profile);
    missingCells += profile.missing;
    issues.push(...columnIssues(finished, profile, columnPlan, raw.rowCount, limits, sentinel));
    onProgress(READING_SHARE + (1 - READING_SHARE) * ((index + 1) / columnCount));
  });
  issues.push(...sizeIssues(raw.rowCount, columnCount, missingCells, limits, dialect.delimiter));
  const table = { rowCount: raw.rowCount, columns };
  const suggestion = suggestTarget(profiles, raw.rowCount);
  issues.push(...rowIssues(table, raw.lines));
  if (suggestion !== null) {
    const at = suggestion.index;
    issues.push(
      ...targetIssues(suggestion, {
        at,
        finished: allFinished[at] as FinishedColumn,
        profile: profiles[at] as ColumnProfile,
        missing: missingLines(columns[at] as Column, raw.lines),
        rowCount: raw.rowCount,
        sample: table,
      }),
    );
  }
  onProgress(1);
  const accepted = issues.every(({ severity }) => severity !== 'ERROR');
  return {
    accepted,
    dialect,
    rowCount: raw.rowCount,
    columnCount,
    columns: profiles,
    preview,
    issues: arrangeIssues(issues),
    suggestedTarget: suggestion?.target ?? null,
    suggestedTask: suggestion?.task ?? null,
    table: accepted ? table : null,
  };
}

/** The dialect with the encoding that the bytes turned out to be in, where neither the caller nor a mark named it. */
function withEncoding(finding: DialectFinding, utf8: Utf8Tally): CsvDialect {
  return finding.isEncodingOpen ? { ...finding.dialect, encoding: encodingOf(utf8) } : finding.dialect;
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

function refused(issues: readonly DatasetIssue[], dialect: CsvDialect | null = null): CsvInspection {
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
    table: null,
  };
}

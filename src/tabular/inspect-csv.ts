import type { Column, Table } from './column.ts';
import { type CsvReport, concludeReport, describeFile, refusedReport } from './conclusion.ts';
import type { CsvLimits, CsvOptions } from './csv-options.ts';
import { haveStopped, type RawTable, readCsv } from './csv-reader.ts';
import { type FinishedColumn, finishColumn } from './finish-column.ts';
import { prepareReading } from './prepare-reading.ts';
import type { PreviewRow } from './preview.ts';
import { type FileColumnProfile, profileColumn } from './profile.ts';
import type { ColumnPlan } from './reading-plan.ts';
import { findRows } from './row-issues.ts';
import { CHUNK_BYTES } from './scan-file.ts';
import { findSentinel, type Sentinel } from './sentinel.ts';
import { missingLines } from './target-issues.ts';
import { unreadableReport } from './unreadable-file.ts';

export type { PreviewRow };

/** Everything that looking through a CSV file tells. */
export interface CsvInspection extends CsvReport {
  /** The values; null where the file is not accepted. */
  readonly table: Table | null;
}

/** Reading takes about this share of the time; the rest goes into the profile. */
const READING_SHARE = 0.7;

/**
 * Reads a CSV file and says what is in it and what is wrong with it. Synchronous, and busy for as long as it
 * takes (about a second for 100 MB): call it in a thread of its own. Any bytes give an inspection. All values are held
 * in memory: for large files there is inspect-large-csv.ts.
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
  if ('issue' in prepared) return { ...refusedReport([prepared.issue], prepared.dialect), table: null };
  const { task, columnCount } = prepared;
  using raw = readCsv(task, (fraction) => onProgress(fraction * READING_SHARE));
  const file = describeFile(prepared, raw, options);
  if (haveStopped(raw.faults)) {
    return { ...unreadableReport(file, prepared), table: null };
  }
  const columns: Column[] = [];
  const finished: FinishedColumn[] = [];
  const profiles: FileColumnProfile[] = [];
  const sentinels: (Sentinel | null)[] = [];
  file.header.names.forEach((name, index) => {
    const reader = raw.readers[index] as RawTable['readers'][number];
    const done = finishColumn(name, reader, task.plans[index] as ColumnPlan, file.context);
    const profile = profileColumn(done.finished, done.column, index);
    columns.push(done.column);
    finished.push(done.finished);
    profiles.push(profile);
    sentinels.push(done.column.storage === 'number' ? findSentinel(done.column.values, profile) : null);
    onProgress(READING_SHARE + (1 - READING_SHARE) * ((index + 1) / columnCount));
  });
  const table = { rowCount: raw.rowCount, columns };
  const findings = {
    finished,
    profiles,
    sentinels,
    rows: findRows(raw.marks, raw.rowCount),
    sample: table,
    missingLines: (at: number) => missingLines(columns[at] as Column, raw.marks.lines),
  };
  const report = concludeReport(file, task.plans, findings, limits);
  onProgress(1);
  return { ...report, table: report.accepted ? table : null };
}

import type { CsvLimits, CsvOptions } from './csv-options.ts';
import { buildReport, type CsvReport, describeFile, refusedReport } from './inspection-report.ts';
import { findRows } from './issues/row-issues.ts';
import { missingLines } from './issues/target-issues.ts';
import { type FileColumnProfile, profileColumn } from './profile/profile.ts';
import { findSentinel, type Sentinel } from './profile/sentinel.ts';
import { haveStopped, type RawTable, readCsv } from './reader/csv-reader.ts';
import { unreadableReport } from './reader/unreadable-file.ts';
import { CHUNK_BYTES } from './scan/scan-file.ts';
import type { PreviewRow } from './sniffer/preview.ts';
import { revisePlan } from './sniffer/revise-plan.ts';
import { type SniffedFile, sniffFile } from './sniffer/sniff-file.ts';
import type { Column, Table } from './types/column.ts';
import { inferColumnKind, type TypedColumn } from './types/infer-column-kind.ts';

export type { PreviewRow };

/** The complete report of a CSV file. */
export interface CsvInspection extends CsvReport {
  /** The values; null where the file is not accepted. */
  readonly table: Table | null;
}

/** Reads a file, and once more where that shows it to be other than its beginning. */
function readAsPlanned(
  planned: SniffedFile,
  options: CsvOptions,
  onProgress: (fraction: number) => void,
): { readonly sniffed: SniffedFile; readonly read: RawTable } {
  let sniffed = planned;
  let seen = 0;
  for (;;) {
    // Reading again is no progress until it reaches the earlier position.
    const read = readCsv(sniffed.task, (fraction) => {
      seen = Math.max(seen, fraction);
      onProgress(seen);
    });
    let again = revisePlan(sniffed, read, options);
    while (again?.mustRead === false) {
      sniffed = again.sniffed;
      again = revisePlan(sniffed, read, options);
    }
    if (again === null) return { sniffed, read };
    sniffed = again.sniffed;
    read[Symbol.dispose]();
  }
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
  const planned = sniffFile(path, options, chunkBytes);
  if ('issue' in planned) return { ...refusedReport([planned.issue], planned.dialect), table: null };
  const { sniffed, read } = readAsPlanned(planned, options, (fraction) => onProgress(fraction * READING_SHARE));
  using raw = read;
  const { task, columnCount } = sniffed;
  const file = describeFile(sniffed, raw, options);
  if (haveStopped(raw.faults)) {
    return { ...unreadableReport(file, sniffed), table: null };
  }
  const columns: Column[] = [];
  const typed: TypedColumn[] = [];
  const profiles: FileColumnProfile[] = [];
  const sentinels: (Sentinel | null)[] = [];
  file.header.names.forEach((name, index) => {
    const reader = raw.readers[index]!;
    const done = inferColumnKind(name, reader, task.plans[index]!, file.context);
    const profile = profileColumn(done.typed, done.column, index);
    columns.push(done.column);
    typed.push(done.typed);
    profiles.push(profile);
    sentinels.push(done.column.storage === 'number' ? findSentinel(done.column.values, profile) : null);
    onProgress(READING_SHARE + (1 - READING_SHARE) * ((index + 1) / columnCount));
  });
  const table = { rowCount: raw.rowCount, columns };
  const findings = {
    typed,
    profiles,
    sentinels,
    rows: findRows(raw.metadata, raw.rowCount),
    sample: table,
    missingLines: (at: number) => missingLines(columns[at]!, raw.metadata.lines),
  };
  const report = buildReport(file, task.plans, findings, limits);
  onProgress(1);
  return { ...report, table: report.accepted ? table : null };
}

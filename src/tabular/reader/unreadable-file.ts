import type { CsvOptions } from '../csv-options.ts';
import {
  type CsvReport,
  describeFile,
  type ReadFile,
  type ReadingResult,
  refusedReport,
} from '../inspection-report.ts';
import { arrangeIssues } from '../issues/issue-list.ts';
import type { SniffedFile } from '../sniffer/sniff-file.ts';
import { haveStopped, type ReadingTask, scanInto, TableSink } from './csv-reader.ts';

/**
 * The report on a file that reading has to stop at: it holds a NUL byte, a cell that is too long, or records that lack too
 * many cells.
 */
export function unreadableReport(file: ReadFile, { columnCount }: SniffedFile): CsvReport {
  return { ...refusedReport(arrangeIssues(file.issues), file.dialect), columnCount, preview: file.preview };
}

/**
 * The report on a large file that cannot be read to its end; null where it can. Keeps no values: 13 bytes a row.
 *
 * @throws the file system's error
 */
export function findUnreadable(sniffed: SniffedFile, options: CsvOptions): CsvReport | null {
  const result = faultsOf(sniffed.task);
  if (!haveStopped(result.faults)) return null;
  return unreadableReport(describeFile(sniffed, result, options), sniffed);
}

/** What reading meets in the way the file is written, up to where it stops. */
export function faultsOf(task: ReadingTask): ReadingResult {
  using sink = new TableSink(
    task,
    task.plans.map(() => null),
  );
  const { hasNul, tooLongLine, utf8, endLine } = scanInto(task, sink, () => {});
  return { rowCount: sink.rowCount, faults: { ...sink.faults, tooLongLine, hasNul }, utf8, endLine };
}

import { ByteSource, Utf8Judge } from './byte-source.ts';
import { type CsvReport, describeFile, type ReadFile, type ReadingResult, refusedReport } from './conclusion.ts';
import type { CsvOptions } from './csv-options.ts';
import { type ReadingTask, TableSink } from './csv-reader.ts';
import { CsvScanner } from './csv-scanner.ts';
import { syntaxOf } from './dialect.ts';
import { arrangeIssues } from './issue-list.ts';
import type { PreparedReading } from './prepare-reading.ts';
import { scanFile } from './scan-file.ts';

/** The report on a file that reading has to stop at: it holds a NUL byte, or a cell that is too long. */
export function unreadableReport(file: ReadFile, { columnCount }: PreparedReading): CsvReport {
  return { ...refusedReport(arrangeIssues(file.issues), file.dialect), columnCount, preview: file.preview };
}

/**
 * The report on a large file that cannot be read to its end; null where it can. Keeps no values: 4 bytes a row.
 *
 * @throws the file system's error
 */
export function findUnreadable(prepared: PreparedReading, options: CsvOptions): CsvReport | null {
  const result = faultsOf(prepared.task);
  if (!result.faults.hasNul && result.faults.tooLongLine === null) return null;
  return unreadableReport(describeFile(prepared, result, options), prepared);
}

/** What reading meets in the way the file is written, up to where it stops. */
function faultsOf(task: ReadingTask): ReadingResult {
  const sink = new TableSink(
    task,
    task.plans.map(() => null),
  );
  const scanner = new CsvScanner(syntaxOf(task.dialect), sink, task.firstLine);
  const judge = new Utf8Judge();
  const source = new ByteSource(task.path, task.dialect.encoding, task.skip);
  try {
    let hasNul = false;
    const stop = scanFile(source, scanner, task.chunkBytes, (chunk) => {
      hasNul = chunk.includes(0);
      judge.add(chunk);
      return !hasNul;
    });
    const tooLongLine = stop === 'CELL_TOO_LONG' ? scanner.line : null;
    return { rowCount: sink.rowCount, faults: { ...sink.faults, tooLongLine, hasNul }, utf8: judge.tally };
  } finally {
    source.close();
  }
}

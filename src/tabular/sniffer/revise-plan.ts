import type { CsvOptions } from '../csv-options.ts';
import type { ReadingResult } from '../inspection-report.ts';
import { haveStopped, type ReadingFaults } from '../reader/csv-reader.ts';
import { faultsOf } from '../reader/unreadable-file.ts';
import { encodingOf, isReadAsIs } from '../scan/byte-source.ts';
import { guessEncoding } from './encoding-guess.ts';
import { type KnownOfFile, type SniffedFile, sniffFile } from './sniff-file.ts';

/** A revised read plan. */
export interface RevisedPlan {
  readonly sniffed: SniffedFile;
  /** False where what has been read stays as it is. */
  readonly mustRead: boolean;
}

/** The escape character that is tried. */
const BACKSLASH = '\\';

/**
 * Whether reading a file showed what its beginning does not: letters that are not UTF-8, or quotes that only an escape
 * character explains. Null where all stays as it was planned. Costs nothing for files that have neither.
 *
 * @throws the file system's error
 */
export function revisePlan(sniffed: SniffedFile, result: ReadingResult, options: CsvOptions): RevisedPlan | null {
  return otherEncoding(sniffed, result, options) ?? otherEscape(sniffed, result.faults, options);
}

function otherEncoding(sniffed: SniffedFile, { utf8 }: ReadingResult, options: CsvOptions): RevisedPlan | null {
  const { finding, task, known } = sniffed;
  const { isOpen, guess } = finding.encoding;
  if (!isOpen || guess !== null || encodingOf(utf8) === 'utf-8') return null;
  const found = guessEncoding(task.path, { skip: 0, end: task.end });
  if (isReadAsIs(found.encoding)) {
    const encoding = { ...finding.encoding, guess: found };
    return { sniffed: { ...sniffed, finding: { ...finding, encoding } }, mustRead: false };
  }
  return replan(sniffed, options, { ...known, guess: found });
}

function otherEscape(sniffed: SniffedFile, faults: ReadingFaults, options: CsvOptions): RevisedPlan | null {
  const { dialect } = sniffed.task;
  if (options.escape !== undefined || dialect.escape !== null || dialect.quote === null || !areMalformed(faults)) {
    return null;
  }
  const { guess } = sniffed.finding.encoding;
  const known = { ...sniffed.known, ...(guess === null ? {} : { guess }), escape: BACKSLASH };
  const other = replan(sniffed, options, known);
  if (other === null) return null;
  const otherFaults = faultsOf(other.sniffed.task).faults;
  return areMalformed(otherFaults) || haveStopped(otherFaults) ? null : other;
}

function areMalformed({ ragged, textAfterQuote, unclosedQuote, tooLongLine }: ReadingFaults): boolean {
  return ragged.count > 0 || textAfterQuote.count > 0 || unclosedQuote.count > 0 || tooLongLine !== null;
}

function replan({ task }: SniffedFile, options: CsvOptions, known: KnownOfFile): RevisedPlan | null {
  const sniffed = sniffFile(task.path, options, task.chunkBytes, known);
  return 'issue' in sniffed ? null : { sniffed, mustRead: true };
}

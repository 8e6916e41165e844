import type { CsvOptions } from '../csv-options.ts';
import { decodeLatin1Cell, decoderFor } from '../scan/text-decoding.ts';
import type { CsvDialect } from '../sniffer/dialect.ts';
import type { FooterLines } from '../sniffer/footer-lines.ts';
import type { SniffedFile } from '../sniffer/sniff-file.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';

/**
 * What stands around the records of a file, and what is unusual in the way that they are written.
 *
 * @param dialect with the encoding that was settled on
 * @param endLine the line at which reading ended; null where it did not come to the end
 */
export function formatIssues(
  { finding, trailer }: SniffedFile,
  dialect: CsvDialect,
  endLine: number | null,
  options: CsvOptions,
): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  const decode = decoderFor(dialect.encoding);
  const shown = (cell: string) => quoted(decodeLatin1Cell(cell, decode));
  const { preamble, span } = finding;
  if (preamble.length > 0) {
    const lines = preamble.map(({ line }) => line);
    const first = preamble.flatMap(({ cells }) => cells).find((cell) => cell !== '') ?? '';
    const message = `The header is not the first line: ${atLines({ lines, count: lines.length })}, from ${shown(first)} on, ${lines.length === 1 ? 'was' : 'were'} taken for a title and left out.`;
    issues.push(issue('CSV_TITLE_LINES', message, { lines, hint: 'Remove what stands above the header.' }));
  }
  if (trailer.footer !== null && endLine !== null) {
    issues.push(summaryIssue(trailer.footer, endLine, shown(trailer.footer.text)));
  }
  if (span.lineQuote !== undefined) {
    const message = `Every line is wrapped in ${span.lineQuote} as if it were a single cell; the quotes around the lines were removed.`;
    const hint = 'Save the file again without quotes around whole lines.';
    issues.push(issue('CSV_LINES_IN_QUOTES', message, { hint }));
  }
  if (dialect.escape !== null && options.escape === undefined) {
    const message = `Quotes and delimiters inside cells are preceded by ${quoted(dialect.escape)}, which was read as an escape character and left out.`;
    const hint = 'If it belongs to the text, set csv.escape to "".';
    issues.push(issue('CSV_ESCAPE_FOUND', message, { hint }));
  }
  if (finding.isDelimiterUnusual) {
    const message = `None of the usual delimiters divides the cells; ${quoted(dialect.delimiter)} was taken as the delimiter.`;
    issues.push(
      issue('CSV_DELIMITER_UNUSUAL', message, { hint: 'If that is wrong, name the right one in csv.delimiter.' }),
    );
  }
  if (trailer.trailingBytes > 0) {
    const message = `${counted(trailer.trailingBytes, 'byte')} after the last line ${trailer.trailingBytes === 1 ? 'marks' : 'mark'} the end of the file, as DOS did, or ${trailer.trailingBytes === 1 ? 'fills' : 'fill'} it up; ${trailer.trailingBytes === 1 ? 'it was' : 'they were'} left out.`;
    issues.push(issue('CSV_END_MARKS', message));
  }
  return issues;
}

function summaryIssue(footer: FooterLines, endLine: number, text: string): DatasetIssue {
  const { areSkipped, lineCount, areEnded } = footer;
  const first = areSkipped ? endLine : endLine - lineCount + (areEnded ? 0 : 1);
  const lines = footer.lines.map((line) => first + line);
  const where = `${atLines({ lines, count: lines.length })}, from ${text} on,`;
  const hint = 'Remove the lines below the table.';
  return areSkipped
    ? issue(
        'CSV_SUMMARY_LINES',
        `The file ends with totals or remarks: ${where} ${lines.length === 1 ? 'was' : 'were'} left out.`,
        { lines, hint },
      )
    : issue(
        'CSV_SUMMARY_LINES',
        `The last rows are emptier than all others and may be none: ${where} ${lines.length === 1 ? 'was' : 'were'} kept.`,
        { lines, hint },
      );
}

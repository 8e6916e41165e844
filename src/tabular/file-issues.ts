import type { Utf8Tally } from './byte-source.ts';
import type { CsvLimits } from './csv-options.ts';
import { haveStopped, type ReadingFaults } from './csv-reader.ts';
import type { CsvDialect, DialectFinding } from './dialect.ts';
import type { HeaderNames } from './header.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';
import type { MalformedRecord } from './malformed-record.ts';
import type { NulByte } from './nul-byte.ts';

/** Finds the exact places of faults. */
export interface FaultFinder {
  /** Of what is malformed in the record that begins in a line. */
  readonly malformed: (line: number) => MalformedRecord | null;
  readonly nulByte: () => NulByte;
}

/**
 * What the reader met in the way the file is written, as issues.
 *
 * @param find finds the exact places of faults, where a file has them
 */
export function faultIssues(
  faults: ReadingFaults,
  names: readonly string[],
  hasHeader: boolean,
  find: FaultFinder,
): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  const { unclosedQuote, textAfterQuote, strayQuote, trailingDelimiter, ragged } = faults;
  if (faults.hasNul) {
    const { line, column } = find.nulByte();
    const named = columnOf(column, names);
    const message = `The file holds a NUL byte, which no text has, in the record that begins in line ${line}${inColumn(named)}.`;
    const hint =
      'Is it a spreadsheet, or text in UTF-16 without a byte order mark? Save it as CSV in UTF-8, or name its encoding in csv.encoding.';
    issues.push(issue('CSV_NUL_BYTE', message, { ...named, lines: [line], hint }));
  }
  if (faults.tooLongLine !== null) {
    const message = `A cell that begins in line ${faults.tooLongLine} or later is longer than 1 MiB.`;
    const hint =
      'Look for a quote there that is not closed; if quotes are letters like any other in this file, set csv.quote to "".';
    issues.push(issue('CSV_CELL_TOO_LONG', message, { lines: [faults.tooLongLine], hint }));
  }
  if (unclosedQuote.count > 0) {
    const named = columnOf(find.malformed(unclosedQuote.lines[0] ?? 1)?.column, names);
    const message = `A quote opens a cell in the record that begins in ${atLines(unclosedQuote)}${inColumn(named)}, and is not closed before the end of the file.`;
    const hint = 'Close the quote; if quotes are letters like any other in this file, set csv.quote to "".';
    issues.push(issue('CSV_UNCLOSED_QUOTE', message, { ...named, lines: unclosedQuote.lines, hint }));
  }
  if (textAfterQuote.count > 0) {
    const malformed = find.malformed(textAfterQuote.lines[0] ?? 1);
    const named = columnOf(malformed?.column, names);
    const message = `A quoted cell goes on after its closing quote in ${atLines(textAfterQuote)}${placeOf(malformed, named)}.`;
    const hint = 'Double the quotes that belong to the text, as in "say ""yes""".';
    issues.push(issue('CSV_TEXT_AFTER_QUOTE', message, { ...named, lines: textAfterQuote.lines, hint }));
  }
  if (ragged.count > 0) issues.push(raggedIssue(faults, names.length, hasHeader));
  if (strayQuote.count > 0) {
    const named = columnOf(find.malformed(strayQuote.lines[0] ?? 1)?.column, names);
    const first = named.column === undefined ? '' : `, first${inColumn(named)}`;
    const message = `A quote stands inside a cell that does not begin with one in ${atLines(strayQuote)}${first}; it was kept as a character.`;
    issues.push(issue('CSV_STRAY_QUOTE', message, { ...named, lines: strayQuote.lines }));
  }
  if (trailingDelimiter.count > 0) {
    const message = `${counted(trailingDelimiter.count, 'record')} ${trailingDelimiter.count === 1 ? 'ends' : 'end'} with a delimiter that no column belongs to; it was ignored.`;
    issues.push(issue('CSV_TRAILING_DELIMITER', message, { lines: trailingDelimiter.lines }));
  }
  return issues;
}

/** The name of the column at a place, for an issue; nothing where there is no such column. */
function columnOf(place: number | null | undefined, names: readonly string[]): { readonly column?: string } {
  const column = names[place ?? -1];
  return column === undefined ? {} : { column };
}

/** " in column "b"" or nothing. */
function inColumn({ column }: { readonly column?: string }): string {
  return column === undefined ? '' : ` in column ${quoted(column)}`;
}

/** ", first with "y" in column "b"", ", first in column "b"" or nothing. */
function placeOf(malformed: MalformedRecord | null, named: { readonly column?: string }): string {
  if (malformed === null || named.column === undefined) return '';
  return `, first${malformed.character === null ? '' : ` with ${quoted(malformed.character)}`}${inColumn(named)}`;
}

function raggedIssue(faults: ReadingFaults, columnCount: number, hasHeader: boolean): DatasetIssue {
  const { ragged, raggedCounts } = faults;
  const cells = [...raggedCounts.keys()].sort((left, right) => left - right);
  const shown = cells.length > 3 ? `${cells[0]} to ${cells.at(-1)}` : cells.join(' or ');
  const verb = ragged.count === 1 ? 'has' : 'have';
  const named = hasHeader ? 'the header names' : 'the first record has';
  const noun = shown === '1' ? 'cell' : 'cells';
  const rest = haveStopped(faults) ? ' They lack so many cells that the rest of the file was not read.' : '';
  const message = `${counted(ragged.count, 'record')} ${verb} ${shown} ${noun} where ${named} ${columnCount}: ${atLines(ragged)}.${rest}`;
  return issue('CSV_RAGGED_ROW', message, { lines: ragged.lines, hint: raggedHint(cells, columnCount) });
}

function raggedHint(cells: readonly number[], columnCount: number): string {
  if (columnCount === 1) return 'If the first line is a title and no header, remove it.';
  if (cells.length === 1 && cells[0] === columnCount + 1) {
    return 'Give every column a name, the first one too, or quote the cells that hold the delimiter.';
  }
  if (cells.some((count) => count > columnCount))
    return 'Quote the cells that hold the delimiter, and give every column a name.';
  return 'Complete these records, or remove lines that are no records, such as a title or a sum.';
}

/** What had to be guessed about the encoding and the numbers, and whether the guess holds. */
export function guessIssues(finding: DialectFinding, dialect: CsvDialect, utf8: Utf8Tally): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  if (dialect.encoding === 'utf-8' && utf8.malformed > 0) {
    const message = `${counted(utf8.malformed, 'byte')} of the file ${utf8.malformed === 1 ? 'is' : 'are'} not valid UTF-8, read as the replacement character U+FFFD.`;
    issues.push(
      issue('CSV_ENCODING_DAMAGED', message, { hint: 'Name the right encoding in csv.encoding, or repair the file.' }),
    );
  }
  if (finding.isEncodingOpen && dialect.encoding !== 'utf-8') {
    const message = `The file is not UTF-8; it was read as ${dialect.encoding}, the ${dialect.encoding === 'windows-1251' ? 'Cyrillic' : 'Western European'} encoding.`;
    issues.push(
      issue('CSV_ENCODING_GUESSED', message, { hint: 'If letters look wrong, name the encoding in csv.encoding.' }),
    );
  }
  if (finding.isDecimalUnsure) {
    const reading = dialect.decimal === ',' ? '1,234 was read as a fraction' : '1.234 was read as a fraction';
    const message = `Nothing in the first rows settles whether a mark divides a fraction or thousands; ${reading}.`;
    issues.push(issue('CSV_DECIMAL_UNSURE', message, { hint: 'Set csv.decimal, and csv.thousands if there are any.' }));
  }
  return issues;
}

/**
 * What had to be done to the names of the columns.
 *
 * @param line the line of the first record
 */
export function headerIssues(header: HeaderNames, isGuessedAbsent: boolean, line: number): DatasetIssue[] {
  if (isGuessedAbsent) {
    const message =
      'The first line reads like data, not like names: the columns are called column_1, column_2 and so on.';
    return [
      issue('CSV_HEADER_GUESSED', message, {
        lines: [line],
        hint: 'If the first line is a header, set csv.hasHeader to true.',
      }),
    ];
  }
  const unnamed = header.unnamed.map((index) => {
    const name = header.names[index] as string;
    return issue('COLUMN_UNNAMED', `Column ${index + 1} has no name; it is called ${name}.`, {
      column: name,
      lines: [line],
    });
  });
  const renamed = header.renamed.map((index) => {
    const name = header.names[index] as string;
    const message = `Column ${index + 1} has the name of an earlier column; it is called ${JSON.stringify(name)}.`;
    return issue('COLUMN_RENAMED', message, { column: name, lines: [line] });
  });
  return [...unnamed, ...renamed];
}

/** Whether the table is large and full enough. */
export function sizeIssues(
  rowCount: number,
  columnCount: number,
  missingCells: number,
  limits: CsvLimits,
  delimiter: string,
): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  if (columnCount < 2) {
    const message = `The file has one column; ${JSON.stringify(delimiter)} was taken as the delimiter.`;
    const hint =
      'Training needs a target and at least one feature. If the cells are divided by another character, name it in csv.delimiter.';
    issues.push(issue('CSV_TOO_FEW_COLUMNS', message, { hint }));
  }
  if (rowCount < limits.minDataRows) {
    const message = `The file has ${counted(rowCount, 'data row')}; at least ${limits.minDataRows} are required.`;
    issues.push(issue('CSV_TOO_FEW_ROWS', message, { hint: 'Upload a file with more rows.' }));
  }
  const cells = rowCount * columnCount;
  if (cells > 0 && missingCells / cells > limits.maxEmptyRatio) {
    const share = percent(missingCells / cells);
    const message = `${share} of the cells are missing; at most ${percent(limits.maxEmptyRatio)} are accepted.`;
    issues.push(issue('CSV_TOO_EMPTY', message, { hint: 'Remove columns and rows that are mostly empty.' }));
  }
  return issues;
}

/** 0.1234 -> "12.3 %". */
export function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))} %`;
}

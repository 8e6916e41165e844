import { percentText } from '../../runtime/values/percent-text.ts';
import type { CsvLimits } from '../csv-options.ts';
import { haveStopped, type ReadingFaults } from '../reader/csv-reader.ts';
import type { MalformedRecord } from '../reader/malformed-record.ts';
import type { Utf8Counts } from '../scan/byte-source.ts';
import type { CsvDialect, DialectFinding } from '../sniffer/dialect.ts';
import { languageOf } from '../sniffer/encoding-guess.ts';
import type { HeaderNames } from '../sniffer/header.ts';
import type { NulByte } from '../sniffer/nul-byte.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';

/** Finds the exact positions of faults. */
export interface FaultFinder {
  /** Of what is malformed in the record that begins in a line. */
  readonly malformed: (line: number) => MalformedRecord | null;
  readonly nulByte: () => NulByte;
}

/** The findings about a table with faults. */
export interface FaultyTable {
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  /** The line of the first record. */
  readonly firstLine: number;
  /** The line at which reading ended: one after the last where that has a line end. */
  readonly endLine: number;
  readonly rowCount: number;
}

/**
 * What the reader met in the way the file is written, as issues.
 *
 * @param find finds the exact positions of faults, where a file has them
 */
export function faultIssues(faults: ReadingFaults, table: FaultyTable, find: FaultFinder): DatasetIssue[] {
  const { names } = table;
  const issues: DatasetIssue[] = [];
  const { unclosedQuote, textAfterQuote, strayQuote, trailingDelimiter, ragged } = faults;
  if (faults.hasNul) {
    const { line, column } = find.nulByte();
    const named = columnOf(column, names);
    const message = `The file contains a NUL byte, which text files do not have, in the record that begins in line ${line}${inColumn(named)}.`;
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
    const line = unclosedQuote.lines[0] ?? 1;
    issues.push(unclosedIssue(line, columnOf(find.malformed(line)?.column, names), table));
  }
  if (textAfterQuote.count > 0) {
    const malformed = find.malformed(textAfterQuote.lines[0] ?? 1);
    const named = columnOf(malformed?.column, names);
    const message = `A quoted cell goes on after its closing quote in ${atLines(textAfterQuote)}${locationText(malformed, named)}.`;
    const hint =
      'Double the quotes that belong to the text, as in "say ""yes""". If another character stands before them, name it in csv.escape; if quotes are letters like any other in this file, set csv.quote to "".';
    issues.push(issue('CSV_TEXT_AFTER_QUOTE', message, { ...named, lines: textAfterQuote.lines, hint }));
  }
  // The record that a quote takes to the end of the file lacks cells for that reason.
  const isExplained = ragged.count === 1 && unclosedQuote.count > 0 && ragged.lines[0] === unclosedQuote.lines[0];
  if (ragged.count > 0 && !isExplained) issues.push(raggedIssue(faults, table));
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

/** The name of the column at an index, for an issue; empty if there is no such column. */
function columnOf(index: number | null | undefined, names: readonly string[]): { readonly column?: string } {
  const column = names[index ?? -1];
  return column === undefined ? {} : { column };
}

/** " in column "b"" or nothing. */
function inColumn({ column }: { readonly column?: string }): string {
  return column === undefined ? '' : ` in column ${quoted(column)}`;
}

/** ", first with "y" in column "b"", ", first in column "b"" or nothing. */
function locationText(malformed: MalformedRecord | null, named: { readonly column?: string }): string {
  if (malformed === null || named.column === undefined) return '';
  return `, first${malformed.character === null ? '' : ` with ${quoted(malformed.character)}`}${inColumn(named)}`;
}

/** A quote that is opened in the last line was closed before the file was cut; any other is itself the mistake. */
function unclosedIssue(line: number, named: { readonly column?: string }, { endLine }: FaultyTable): DatasetIssue {
  const isLast = line === endLine;
  const where = isLast ? `the last line, line ${line}` : `the record that begins in line ${line}`;
  const end = isLast ? ': the file may have been cut off there.' : '.';
  const message = `A quote opens a cell in ${where}${inColumn(named)}, and is not closed before the end of the file${end}`;
  const hint = isLast
    ? 'Get the whole file, or remove or complete its last line; if quotes are letters like any other in this file, set csv.quote to "".'
    : 'Close the quote; if quotes are letters like any other in this file, set csv.quote to "".';
  return issue('CSV_UNCLOSED_QUOTE', message, { ...named, lines: [line], hint });
}

/** Of records that nearly all have the same number of cells, and another than the header, the header is the cause. */
const SHARE_AGAINST_HEADER = 0.9;

function raggedIssue(faults: ReadingFaults, table: FaultyTable): DatasetIssue {
  const { ragged, raggedCounts } = faults;
  const { names, hasHeader, endLine, rowCount } = table;
  const [usual, records] = [...raggedCounts].reduce((top, entry) => (entry[1] > top[1] ? entry : top), [0, 0]);
  if (hasHeader && records > 1 && records >= rowCount * SHARE_AGAINST_HEADER) {
    return headerWidthIssue(faults, table, usual, records);
  }
  const isCut = ragged.count === 1 && usual < names.length && ragged.lines[0] === endLine;
  if (isCut) {
    const noun = usual === 1 ? 'cell' : 'cells';
    const message = `The last line, line ${endLine}, has ${usual} ${noun} where ${hasHeader ? 'the header names' : 'the first record has'} ${names.length}, and no line end: the file may have been cut off there.`;
    return issue('CSV_RAGGED_ROW', message, {
      lines: ragged.lines,
      hint: 'Get the whole file, or remove or complete its last line.',
    });
  }
  const cells = [...raggedCounts.keys()].sort((left, right) => left - right);
  const shown = cells.length > 3 ? `${cells[0]} to ${cells.at(-1)}` : cells.join(' or ');
  const verb = ragged.count === 1 ? 'has' : 'have';
  const named = hasHeader ? 'the header names' : 'the first record has';
  const noun = shown === '1' ? 'cell' : 'cells';
  const message = `${counted(ragged.count, 'record')} ${verb} ${shown} ${noun} where ${named} ${names.length}: ${atLines(ragged)}.${restOf(faults)}`;
  return issue('CSV_RAGGED_ROW', message, { lines: ragged.lines, hint: raggedHint(cells, names.length) });
}

function restOf(faults: ReadingFaults): string {
  return haveStopped(faults) ? ' They lack so many cells that the rest of the file was not read.' : '';
}

/** The issue of a header with more or fewer names than nearly all records have cells. */
function headerWidthIssue(
  faults: ReadingFaults,
  { names, firstLine, rowCount }: FaultyTable,
  usual: number,
  records: number,
): DatasetIssue {
  const all =
    records === rowCount
      ? `${records === 2 ? 'both' : 'all'} ${counted(records, 'record')}`
      : counted(records, 'record');
  const message = `The header in line ${firstLine} names ${counted(names.length, 'column')}, but ${all} have ${counted(usual, 'cell')}: ${firstName(names, usual)}${restOf(faults)}`;
  return issue('CSV_RAGGED_ROW', message, { lines: [firstLine], hint: headerWidthHint(names.length, usual) });
}

function firstName(names: readonly string[], usual: number): string {
  return names.length > usual
    ? `nothing belongs to ${quoted(names[usual] ?? '')}.`
    : `the header has ${counted(usual - names.length, 'name')} too few.`;
}

function headerWidthHint(named: number, usual: number): string {
  if (named === 1) return 'If the first line is a title and no header, remove it; else give every column a name in it.';
  if (named > usual) {
    return `Remove ${counted(named - usual, 'name')} from the header that ${named - usual === 1 ? 'has' : 'have'} no column, or add the missing cells to the records.`;
  }
  return usual === named + 1
    ? 'Give every column a name in the header, the first one too, or quote the cells that hold the delimiter.'
    : 'Give every column a name in the header; if the first line is a title and no header, remove it.';
}

function raggedHint(cells: readonly number[], columnCount: number): string {
  if (columnCount === 1) return 'If the first line is a title and no header, remove it.';
  if (cells.length === 1 && cells[0] === columnCount + 1) {
    return 'Give every column a name, the first one too, or quote the cells that hold the delimiter.';
  }
  if (cells.some((count) => count > columnCount)) {
    return 'Quote the cells that hold the delimiter, and give every column a name.';
  }
  return 'Complete these records, or remove lines that are no records, such as a title, a comment or a sum.';
}

/** What had to be guessed about the encoding and the numbers, and whether the guess holds. */
export function guessIssues(finding: DialectFinding, dialect: CsvDialect, utf8: Utf8Counts): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  if (dialect.encoding === 'utf-8' && utf8.malformed > 0) {
    const message = `${counted(utf8.malformed, 'byte')} of the file ${utf8.malformed === 1 ? 'is' : 'are'} not valid UTF-8, read as the replacement character U+FFFD.`;
    issues.push(
      issue('CSV_ENCODING_DAMAGED', message, { hint: 'Name the right encoding in csv.encoding, or repair the file.' }),
    );
  }
  const { isOpen, guess } = finding.encoding;
  if (guess !== null && dialect.encoding !== 'utf-8') {
    issues.push(encodingIssue(dialect.encoding, guess.isUnsure, isOpen));
  }
  if (finding.isDecimalUnsure) {
    const reading = dialect.decimal === ',' ? '1,234 was read as a fraction' : '1.234 was read as a fraction';
    const message = `The first rows do not show whether a mark is a decimal mark or a thousands separator; ${reading}.`;
    issues.push(issue('CSV_DECIMAL_UNSURE', message, { hint: 'Set csv.decimal, and csv.thousands if there are any.' }));
  }
  return issues;
}

function encodingIssue(encoding: string, isUnsure: boolean, isOpen: boolean): DatasetIssue {
  const language = languageOf(encoding) ?? '';
  const reading = `it was read as ${encoding}, ${/^[AEIOU]/.test(language) ? 'an' : 'a'} ${language} encoding`;
  if (isUnsure) {
    const message = `The file is not UTF-8, and in none of the encodings that were tried do its letters look like words; ${reading}.`;
    const hint =
      'Look at the names and labels, and name the right encoding in csv.encoding, or save the file as UTF-8.';
    return issue('CSV_ENCODING_UNSURE', message, { hint });
  }
  const cause = !isOpen && encoding.startsWith('utf-16') ? 'has no byte order mark' : 'is not UTF-8';
  return issue('CSV_ENCODING_GUESSED', `The file ${cause}; ${reading}.`, {
    hint: 'If letters look wrong, name the encoding in csv.encoding.',
  });
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
    const name = header.names[index]!;
    return issue('COLUMN_UNNAMED', `Column ${index + 1} has no name; it is called ${name}.`, {
      column: name,
      lines: [line],
    });
  });
  const renamed = header.renamed.map((index) => {
    const name = header.names[index]!;
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
  if (rowCount === 0) {
    const hint = 'Add rows below the header.';
    issues.push(issue('CSV_NO_ROWS', 'The file has a header, but no data row.', { hint }));
  } else if (rowCount < limits.minDataRows) {
    const message = `The file has ${counted(rowCount, 'data row')}; a training requires at least ${limits.minDataRows}.`;
    const hint = 'Predict these rows with a model, or upload a file with more rows to train one.';
    issues.push(issue('CSV_TOO_FEW_ROWS', message, { hint }));
  }
  const cells = rowCount * columnCount;
  if (cells > 0 && missingCells / cells > limits.maxEmptyRatio) {
    const share = percentText(missingCells / cells);
    const message = `${share} of the cells are missing; at most ${percentText(limits.maxEmptyRatio)} are accepted.`;
    issues.push(issue('CSV_TOO_EMPTY', message, { hint: 'Remove columns and rows that are mostly empty.' }));
  }
  return issues;
}

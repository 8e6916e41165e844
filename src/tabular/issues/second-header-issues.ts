import type { SampleRecord } from '../sniffer/record-sample.ts';
import type { TypedColumn } from '../types/infer-column-kind.ts';
import { type DatasetIssue, issue, quoted } from './issues.ts';

/** A word in a single column of the first row is a slip like any other. */
const MIN_COLUMNS = 2;

/** A first row of units, or of the names below a line of groups: words in at least half of the columns of numbers and dates. */
export function secondHeaderIssues(
  columns: readonly TypedColumn[],
  first: SampleRecord | undefined,
  hasHeader: boolean,
): DatasetIssue[] {
  if (!hasHeader || first === undefined) return [];
  const numericOrDate = columns.filter(isNumericOrDate);
  const withWords = numericOrDate.filter((column) => unparsedLines(column).includes(first.line));
  const [column] = withWords;
  if (column === undefined || withWords.length < MIN_COLUMNS || withWords.length * 2 < numericOrDate.length) return [];
  const example = `${quoted(exampleOf(column))} in ${quoted(column.name)}`;
  const message = `Line ${first.line} reads like a second line of the header: it has words in ${withWords.length} columns of numbers or dates, such as ${example}. It was read as a row.`;
  const hint = 'Write the names into one line, or remove the other.';
  return [issue('CSV_SECOND_HEADER', message, { lines: [first.line], hint })];
}

/** Whether a column has numbers or dates, except for a few words. */
function isNumericOrDate({ kind, numberDetection }: TypedColumn): boolean {
  return kind === 'NUMERIC' || kind === 'DATETIME' || numberDetection?.outcome === 'MIXED';
}

function unparsedLines({ numberDetection, unparsable }: TypedColumn): readonly number[] {
  return numberDetection?.outcome === 'MIXED' ? numberDetection.example.lines : unparsable.lines;
}

function exampleOf({ numberDetection, unparsable }: TypedColumn): string {
  return numberDetection?.outcome === 'MIXED' ? numberDetection.example.text : (unparsable.example ?? '');
}

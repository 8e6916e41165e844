import type { Occurrences } from '../types/read-labels.ts';

export const SEVERITIES = ['ERROR', 'WARNING', 'INFO'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Something about a dataset that its owner should know. A file with an ERROR is refused. */
export interface DatasetIssue {
  readonly code: IssueCode;
  readonly severity: Severity;
  /** What is wrong, and where. */
  readonly message: string;
  /** The column it is about, or null for the file. */
  readonly column: string | null;
  /** Lines of the file, the first is 1; at most 10. */
  readonly lines: readonly number[];
  /** What to do about it, or null. */
  readonly hint: string | null;
}

interface IssueMeaning {
  readonly severity: Severity;
  readonly meaning: string;
}

/** Every issue a file can have. Codes are part of the API: they are documented and keep their meaning. */
export const ISSUE_CODES = {
  CSV_OPTION_INVALID: { severity: 'ERROR', meaning: 'An option given for reading the file cannot be followed.' },
  CSV_EXTENSION_NOT_ALLOWED: {
    severity: 'ERROR',
    meaning: "The file's name does not have one of the extensions that the server takes.",
  },
  CSV_EMPTY: { severity: 'ERROR', meaning: 'The file holds no bytes, or nothing but white space.' },
  CSV_OTHER_FORMAT: {
    severity: 'ERROR',
    meaning: 'The file is no CSV but a spreadsheet, an archive, a picture, JSON, a web page or the like.',
  },
  CSV_NUL_BYTE: { severity: 'ERROR', meaning: 'The file holds a NUL byte, which text never does.' },
  CSV_RAGGED_ROW: { severity: 'ERROR', meaning: 'Records have fewer or more cells than there are columns.' },
  CSV_UNCLOSED_QUOTE: { severity: 'ERROR', meaning: 'A quote is opened and never closed.' },
  CSV_TEXT_AFTER_QUOTE: { severity: 'ERROR', meaning: 'A quoted cell goes on after its closing quote.' },
  CSV_CELL_TOO_LONG: {
    severity: 'ERROR',
    meaning: 'A cell is longer than 1 MiB, mostly because a quote is not closed.',
  },
  CSV_TOO_MUCH_MEMORY: {
    severity: 'ERROR',
    meaning: 'The file needs more memory to be read than the server gives a file.',
  },
  CSV_TOO_MANY_COLUMNS: { severity: 'ERROR', meaning: 'The file has more columns than can be held.' },
  CSV_TOO_FEW_COLUMNS: { severity: 'ERROR', meaning: 'The file has fewer than two columns.' },
  CSV_NO_ROWS: { severity: 'ERROR', meaning: 'The file has a header, but no data row.' },
  CSV_TOO_FEW_ROWS: {
    severity: 'WARNING',
    meaning: 'The file has fewer data rows than a training requires; a model can predict them.',
  },
  CSV_TOO_EMPTY: { severity: 'ERROR', meaning: 'More of the cells are missing than is accepted.' },
  CSV_STRAY_QUOTE: {
    severity: 'WARNING',
    meaning: 'A quote stands inside a cell that is not quoted; it is kept as it is.',
  },
  CSV_TRAILING_DELIMITER: {
    severity: 'WARNING',
    meaning: 'Records end with a delimiter that begins no cell; it is ignored.',
  },
  CSV_ENCODING_DAMAGED: {
    severity: 'WARNING',
    meaning: 'Some bytes are not valid in the encoding; they read as U+FFFD.',
  },
  CSV_ENCODING_GUESSED: {
    severity: 'INFO',
    meaning: 'The file does not say its encoding and is not UTF-8; its letters were taken for those of another.',
  },
  CSV_ENCODING_UNSURE: {
    severity: 'WARNING',
    meaning: 'The file does not say its encoding, and its letters look like words in none that was tried.',
  },
  CSV_END_MARKS: {
    severity: 'INFO',
    meaning:
      'NUL bytes or Ctrl-Z, by which DOS marked the end of a text, stand after the last line; they were left out.',
  },
  CSV_TITLE_LINES: {
    severity: 'WARNING',
    meaning: 'Lines before the header are a title or the like, and no part of the table; they were left out.',
  },
  CSV_SUMMARY_LINES: {
    severity: 'WARNING',
    meaning:
      'The last lines are totals, page numbers or the like, and no rows, or seem to be; the message says whether they were left out.',
  },
  CSV_SECOND_HEADER: {
    severity: 'WARNING',
    meaning: 'The line below the header has words where the columns have numbers or dates; it was read as a row.',
  },
  CSV_LINES_IN_QUOTES: {
    severity: 'WARNING',
    meaning: 'Every line is wrapped in one pair of quotes; what is inside them was read.',
  },
  CSV_ESCAPE_FOUND: {
    severity: 'INFO',
    meaning: 'A backslash precedes quotes inside cells; it was read as an escape character.',
  },
  CSV_DELIMITER_UNUSUAL: {
    severity: 'WARNING',
    meaning: 'The cells are divided by a character that seldom divides any.',
  },
  CSV_DECIMAL_UNSURE: { severity: 'WARNING', meaning: 'Marks such as in 1,234 may divide a fraction or thousands.' },
  CSV_HEADER_GUESSED: {
    severity: 'WARNING',
    meaning: 'The first line reads like data, so that columns have no names.',
  },
  ROWS_EMPTY: { severity: 'WARNING', meaning: 'Some rows have no value in any column.' },
  ROWS_DUPLICATE: { severity: 'INFO', meaning: 'Some rows are the same as an earlier one in every column.' },
  COLUMN_UNNAMED: { severity: 'WARNING', meaning: 'A column has no name in the header and was given one.' },
  COLUMN_RENAMED: { severity: 'WARNING', meaning: 'Two columns have the same name; the later one was given another.' },
  COLUMN_EMPTY: { severity: 'WARNING', meaning: 'A column has no value in any row.' },
  COLUMN_CONSTANT: { severity: 'WARNING', meaning: 'A column has the same value in all rows.' },
  COLUMN_MOSTLY_MISSING: {
    severity: 'WARNING',
    meaning: 'More of the cells of a column are missing than is accepted.',
  },
  COLUMN_IDENTIFIER: { severity: 'INFO', meaning: 'A column looks like an identifier and is of no use to a model.' },
  COLUMN_TEXT: { severity: 'INFO', meaning: 'A column holds free text, which models here do not read.' },
  COLUMN_HIGH_CARDINALITY: {
    severity: 'WARNING',
    meaning: 'A column has many different labels for the number of rows.',
  },
  COLUMN_LEADING_ZEROS: {
    severity: 'WARNING',
    meaning: 'Numbers with leading zeros, such as 01234, are read as labels.',
  },
  COLUMN_EXPONENT_CODES: {
    severity: 'WARNING',
    meaning: 'Digits with an E in between, such as 896359e3, are read as labels.',
  },
  COLUMN_EXCEL_TEXT: { severity: 'INFO', meaning: 'Cells such as ="00041" are read as the text within, 00041.' },
  COLUMN_NUMBERS_MARKED: {
    severity: 'INFO',
    meaning: 'All numbers of a column have a currency, a unit or the like around them; they are read without.',
  },
  COLUMN_DURATION: {
    severity: 'INFO',
    meaning: 'Durations and times of day, such as 1:23:45, are read as seconds.',
  },
  COLUMN_DATE_CENTURY: { severity: 'WARNING', meaning: 'Years have two digits; their century was taken for granted.' },
  COLUMN_MISSING_TEXTS: {
    severity: 'WARNING',
    meaning: 'Texts such as #DIV/0! or (null) were taken for "no value".',
  },
  COLUMN_MISSING_LABEL: {
    severity: 'WARNING',
    meaning: 'A text such as None was taken for "no value", and is so frequent beside labels that it may be one.',
  },
  COLUMN_LABELS_ALIKE: {
    severity: 'WARNING',
    meaning: 'Labels differ in case or spaces only, or say yes in two ways.',
  },
  COLUMN_MIXED_TYPES: { severity: 'WARNING', meaning: 'Most values of a column are numbers, but not all.' },
  COLUMN_LOOKS_NUMERIC: {
    severity: 'WARNING',
    meaning: 'The values of a column are numbers with marks that were not read.',
  },
  COLUMN_LOOKS_DATED: {
    severity: 'WARNING',
    meaning: 'The values of a column seem to be dates in a form that was not read as such.',
  },
  COLUMN_SUMMARY_LABEL: {
    severity: 'WARNING',
    meaning: 'A column has a label such as Total, whose rows may be sums of others.',
  },
  COLUMN_DATE_AMBIGUOUS: {
    severity: 'WARNING',
    meaning: 'Dates may be read day first or month first; they stay labels.',
  },
  COLUMN_KIND_NOT_POSSIBLE: { severity: 'WARNING', meaning: 'A column cannot be of the kind the caller asked for.' },
  COLUMN_VALUES_UNPARSABLE: {
    severity: 'WARNING',
    meaning: 'Values do not fit the kind of their column, found or asked for, and were made missing.',
  },
  COLUMN_NON_FINITE: {
    severity: 'WARNING',
    meaning: 'Numbers are infinite or beyond the range of a double; they count as missing.',
  },
  COLUMN_SENTINEL: {
    severity: 'WARNING',
    meaning: 'A number such as -999 or a day such as 9999-12-31, far from all others, seems to stand for "no value".',
  },
  TARGET_MISSING: {
    severity: 'INFO',
    meaning: 'Some rows have no value in the suggested target and cannot train a model.',
  },
  TARGET_TASK_CHOSEN: {
    severity: 'INFO',
    meaning:
      'The suggested target has few whole numbers, which may be classes or amounts; the message says which was taken.',
  },
  TARGET_IMBALANCED: { severity: 'WARNING', meaning: 'One class of the suggested target makes up nearly all rows.' },
  TARGET_RARE_CLASS: {
    severity: 'WARNING',
    meaning: 'Some classes of the suggested target have too few rows to learn from.',
  },
  POSSIBLE_LEAKAGE: {
    severity: 'WARNING',
    meaning: 'One column alone nearly gives the suggested target away, and may not be known when predicting.',
  },
} as const satisfies Record<string, IssueMeaning>;

export type IssueCode = keyof typeof ISSUE_CODES;

/** Where an issue is and what to do; everything may be left out. */
export interface IssueDetails {
  readonly column?: string;
  /** Of more than 10 lines the first 10 are kept. */
  readonly lines?: readonly number[];
  readonly hint?: string;
}

/** An issue with the severity of its code. */
export function issue(code: IssueCode, message: string, details: IssueDetails = {}): DatasetIssue {
  return {
    code,
    severity: ISSUE_CODES[code].severity,
    message,
    column: details.column ?? null,
    lines: (details.lines ?? []).slice(0, 10),
    hint: details.hint ?? null,
  };
}

/** Names and cells in messages are cut to this: enough to recognise them. */
const SHOWN_CHARACTERS = 60;

/** A name or a cell for a message: in quotes, control characters escaped, cut to 60 characters. */
export function quoted(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text;
  return JSON.stringify(cut);
}

/** "1 row", "2 rows". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** "line 3", "line 3 … (8 in all)", "lines 3, 7 and 9", "lines 3, 7, 9 … (120 in all)". */
export function atLines({ lines, count }: Occurrences): string {
  if (lines.length === 1) {
    return count > 1 ? `line ${lines[0]} … (${count.toLocaleString('en-US')} in all)` : `line ${lines[0]}`;
  }
  if (count > lines.length) return `lines ${lines.slice(0, 3).join(', ')} … (${count.toLocaleString('en-US')} in all)`;
  return `lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`;
}

/**
 * Cells that mean "no value" by default: what pandas, R, SQL and people commonly write. An empty cell is missing too. Case
 * matters: "na" may well be a label (sodium, Namibia), "NA" hardly ever is.
 */
export const MISSING_TOKENS: readonly string[] = [
  '',
  'NA',
  'N/A',
  'n/a',
  'NaN',
  'nan',
  'NULL',
  'null',
  'None',
  '?',
  '-',
];

/** Less common ones: spreadsheet errors, and what languages and databases print. The report of a file mentions them. */
export const UNUSUAL_MISSING_TOKENS: readonly string[] = [
  ...[
    '#N/A',
    '#N/A N/A',
    '#NA',
    '#DIV/0!',
    '#VALUE!',
    '#REF!',
    '#NAME?',
    '#NUM!',
    '#NULL!',
    '#ERROR!',
    '#SPILL!',
    '#CALC!',
  ],
  ...['<NA>', '<null>', '(null)', '[null]', '\\N', 'NaT', '-nan', '-NaN', '1.#IND', '-1.#IND', '1.#QNAN', '-1.#QNAN'],
  ...['nil', 'NIL', '.', '..', '...', '--', '---', '\u2013', '\u2014'],
];

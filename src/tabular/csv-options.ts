import type { DateOrder } from '../runtime/values/cells.ts';
import { COLUMN_KINDS, type ColumnKind } from './types/column.ts';

/** Options given by the caller. Everything else is detected. */
export interface CsvOptions {
  /** One ASCII character between cells. */
  readonly delimiter?: string;
  /** One ASCII character around cells; '' where the file has no quoting and a quote is a letter like any other. */
  readonly quote?: string;
  /** One ASCII character before quotes and delimiters that belong to a cell; '' where quotes are only doubled. */
  readonly escape?: string;
  /** '.' or ','. */
  readonly decimal?: string;
  /** The mark between groups of three digits: comma, point, apostrophe, underscore or space. None unless given. */
  readonly thousands?: string;
  /** Any label of the WHATWG Encoding Standard, such as utf-8, windows-1252, latin1, utf-16le, shift_jis. */
  readonly encoding?: string;
  readonly hasHeader?: boolean;
  /** How 03/04/2024 is meant. Without it a column is read as dates only where one order alone fits all of it. */
  readonly dateOrder?: DateOrder;
  /** Cells that mean "no value" beside the usual ones. One that is a number counts by its value in numeric columns. */
  readonly missingTokens?: readonly string[];
  /** False: NA, None and the like are labels as any others. True where it is left out. */
  readonly keepDefaultMissingTokens?: boolean;
  /** Kinds of columns that the caller requests, where the values allow it. */
  readonly columnKinds?: readonly { readonly column: string; readonly kind: ColumnKind }[];
}

/** What a file should have. */
export interface CsvLimits {
  /** With fewer rows it can be predicted, but not trained on. */
  readonly minDataRows: number;
  /** From 0 to 1: the largest accepted share of missing cells in the whole file. */
  readonly maxEmptyRatio: number;
}

/** One character of ASCII that can stand between or around cells without being mistaken for a part of a number or word. */
const MARK = /^[\t !-*,/:-@[-`{-~]$/;

/** What stands between groups of three digits somewhere in the world, within ASCII. */
const THOUSANDS = /^[ ',._]$/;

/**
 * The first option that cannot be followed, in a sentence for the caller, or null where all of them can.
 *
 * @example invalidCsvOption({ delimiter: '::' }) // => 'delimiter must be a tab or one ASCII character …'
 */
export function invalidCsvOption(options: CsvOptions): string | null {
  const { delimiter, quote, escape: escapeMark, decimal, thousands, encoding } = options;
  if (delimiter !== undefined && !MARK.test(delimiter)) {
    return `delimiter must be a tab or one ASCII character other than letters, digits and + - .; got ${shown(delimiter)}`;
  }
  if (quote !== undefined && quote !== '' && !MARK.test(quote)) {
    return `quote must be empty or one ASCII character other than letters, digits and + - .; got ${shown(quote)}`;
  }
  if (quote !== undefined && quote !== '' && quote === delimiter) return 'quote and delimiter must differ';
  if (escapeMark !== undefined && escapeMark !== '' && !MARK.test(escapeMark)) {
    return `escape must be empty or one ASCII character other than letters, digits and + - .; got ${shown(escapeMark)}`;
  }
  if (escapeMark !== undefined && escapeMark !== '' && escapeMark === delimiter) {
    return 'escape and delimiter must differ';
  }
  if (quote === ',' && decimal === ',') return 'quote and decimal must differ';
  if (decimal !== undefined && decimal !== '.' && decimal !== ',') {
    return `decimal must be "." or ","; got ${shown(decimal)}`;
  }
  if (thousands !== undefined && thousands !== '' && !THOUSANDS.test(thousands)) {
    return `thousands must be a comma, point, apostrophe, underscore or space; got ${shown(thousands)}`;
  }
  if (thousands !== undefined && thousands !== '' && thousands === decimal) {
    return `thousands and decimal must differ; both are ${shown(thousands)}`;
  }
  if (encoding !== undefined && !isKnownEncoding(encoding)) {
    return `encoding must be a name such as utf-8, windows-1252 or utf-16le; got ${shown(encoding)}`;
  }
  for (const { column, kind } of options.columnKinds ?? []) {
    if (!COLUMN_KINDS.includes(kind)) return `columnKinds: ${shown(column)} is to be of unknown kind ${shown(kind)}`;
  }
  return null;
}

function isKnownEncoding(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

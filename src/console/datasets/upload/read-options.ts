import type { ColumnKind, CsvOptionsInput } from '../../../client/core/index.ts';

/** How the file is to be read, as the form has it: what is empty is detected. */
export interface ReadOptions {
  readonly delimiter: string;
  /** `none`: quotes are ordinary characters. */
  readonly quote: string;
  readonly decimal: string;
  readonly encoding: string;
  readonly header: string;
  /** Separated by commas. */
  readonly missingTokens: string;
  /** By the names of the columns. */
  readonly kinds: Readonly<Record<string, ColumnKind>>;
}

export const DETECTED: ReadOptions = {
  delimiter: '',
  quote: '',
  decimal: '',
  encoding: '',
  header: '',
  missingTokens: '',
  kinds: {},
};

export function toCsvOptions({
  delimiter,
  quote,
  decimal,
  encoding,
  header,
  missingTokens,
  kinds,
}: ReadOptions): CsvOptionsInput {
  const tokens = missingTokens
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
  return {
    ...(delimiter === '' ? {} : { delimiter }),
    ...(quote === '' ? {} : { quote: quote === 'none' ? '' : quote }),
    ...(decimal === '' ? {} : { decimal }),
    ...(encoding === '' ? {} : { encoding }),
    ...(header === '' ? {} : { hasHeader: header === 'yes' }),
    ...(tokens.length === 0 ? {} : { missingTokens: tokens }),
    ...(Object.keys(kinds).length === 0
      ? {}
      : { columnKinds: Object.entries(kinds).map(([column, kind]) => ({ column, kind })) }),
  };
}

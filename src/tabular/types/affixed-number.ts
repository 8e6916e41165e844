import { withPlainExponent } from '../../runtime/values/number-text.ts';
import { plainDigits, unwrapExcelText } from '../../runtime/values/plain-text.ts';

/** A cell that may be a number, without the affixes around its digits. */
export interface AffixedNumber {
  /** The digits with their marks, and the sign before them: "-1,234.5". Null where it is the cell as it is. */
  readonly core: string | null;
  /** A currency; '' for none. */
  readonly prefix: string;
  /** A percent sign, a unit or a currency; '' for none. */
  readonly suffix: string;
  readonly isInParentheses: boolean;
}

/** Longer cells are no numbers that a person wrote. */
const LONGEST = 60;

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Signs of currencies, and what stands for them in letters. */
const CURRENCY_WORD = /^(?:[A-Z]{0,3}\p{Sc}|R\$|Rs\.?|kr\.?|zł|Kč|руб\.?|Fr\.?|Lei|лв\.?)$/u;

const AFFIXED =
  /^([+-]?) ?([^\d\s.,+()'-][^\d\s+()-]{0,3})? ?([+-]?)([\d.,][\d.,'’_ ]*(?:[eEdD][+-]?\d{1,4})?)(-?) ?([^\d\s.,+()'-][^\d()]{0,11})?$/u;

/** One for all of them: a column may have millions. */
const PLAIN_NUMBER: AffixedNumber = { core: null, prefix: '', suffix: '', isInParentheses: false };

/** What most numbers are. */
const PLAIN = /^-?\d+(?:\.\d+)?$/;

/** The parts of a cell that is a number with affixes; null if it is not one. */
export function stripAffixes(cell: string): AffixedNumber | null {
  if (PLAIN.test(cell)) return PLAIN_NUMBER;
  if (cell.length > LONGEST || !/\p{Nd}/u.test(cell)) return null;
  const plain = plainDigits(unwrapExcelText(cell)).replace(/^'(?=\S)/, '');
  const isInParentheses = plain.startsWith('(') && plain.endsWith(')');
  const text = isInParentheses ? plain.slice(1, -1).trim() : plain;
  const match = AFFIXED.exec(text);
  if (match === null) return null;
  const [, outer = '', prefix = '', inner = '', digits = '', behind = '', suffix = ''] = match;
  const signs = [outer, inner, behind, isInParentheses ? '-' : ''].filter((sign) => sign !== '');
  if (signs.length > 1 || !/\d[.,]?$/.test(digits.trimEnd())) return null;
  if (prefix !== '' && !isCurrency(prefix)) return null;
  const core = withPlainExponent(digits.trimEnd());
  const isNegative = signs.length > 0 && signs[0] === '-';
  return {
    core: `${isNegative ? '-' : ''}${core}`,
    prefix,
    suffix: suffix.trimEnd(),
    isInParentheses,
  };
}

function isCurrency(text: string): boolean {
  return CURRENCY_WORD.test(text) || CURRENCIES.has(text);
}

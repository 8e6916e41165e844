/** The code of the digit 0. Everything else is told by its distance from it, which for digits is their value. */
const ZERO = 48;
const POINT = 46 - ZERO;
const PLUS = 43 - ZERO;
const MINUS = 45 - ZERO;
const UPPER_E = 69 - ZERO;
const LOWER_E = 101 - ZERO;

/** 10^0 to 10^22: all the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Whole numbers are exact in a double up to here. */
const LARGEST_EXACT = 2 ** 53;

/**
 * Reads numbers straight from bytes, equal to Number(text) in every bit.
 *
 * With at most 2^53 as its digits and a power of ten up to 22, a decimal number is one whole number multiplied
 * or divided by another, both exact in a double, and IEEE 754 rounds that one operation correctly (W. D. Clinger,
 * "How to Read Floating Point Numbers Accurately", 1990). That covers what files mostly hold, without making a
 * string; the rest, such as 17 digits of a printed double, goes through Number().
 */
export class NumberScanner {
  /** Where the last number ended: the position of the first byte after it. */
  end = 0;
  /** The distance of the decimal mark from 0. */
  readonly #decimal: number;

  /** @param decimal '.' or ',' */
  constructor(decimal: string) {
    this.#decimal = decimal.charCodeAt(0) - ZERO;
  }

  /**
   * The number that begins at `start`: [sign] digits [mark digits] [e exponent], as far as it goes; NaN where none
   * does. Infinite beyond the range of a double. A byte that is no part of a number has to follow in `bytes`.
   */
  scan(bytes: Buffer, start: number): number {
    const decimal = this.#decimal;
    let position = start;
    let digit = (bytes[position] as number) - ZERO;
    const isNegative = digit === MINUS;
    if (isNegative || digit === PLUS) digit = (bytes[++position] as number) - ZERO;
    const digitsStart = position;
    let mantissa = 0;
    let fractionStart = -1;
    // One loop over both sides of the mark: how many digits come is hard to predict, and each loop's end costs.
    for (;;) {
      if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
      else if (digit === decimal && fractionStart < 0) fractionStart = position + 1;
      else break;
      digit = (bytes[++position] as number) - ZERO;
    }
    const fraction = fractionStart < 0 ? 0 : position - fractionStart;
    if (position - digitsStart === (fractionStart < 0 ? 0 : 1)) return Number.NaN;
    if (digit === LOWER_E || digit === UPPER_E) return this.#withExponent(bytes, start, position);
    this.end = position;
    if (mantissa > LARGEST_EXACT || fraction > 22) return this.#exactly(bytes, start, position);
    const magnitude = fraction === 0 ? mantissa : mantissa / (POWERS_OF_TEN[fraction] as number);
    return isNegative ? -magnitude : magnitude;
  }

  /** Goes on at the "e" of a number; without digits after it there is no number. */
  #withExponent(bytes: Buffer, start: number, exponentAt: number): number {
    let position = exponentAt + 1;
    let digit = (bytes[position] as number) - ZERO;
    if (digit === MINUS || digit === PLUS) digit = (bytes[++position] as number) - ZERO;
    const digitsStart = position;
    while (digit >= 0 && digit <= 9) digit = (bytes[++position] as number) - ZERO;
    if (position === digitsStart) return Number.NaN;
    this.end = position;
    return this.#exactly(bytes, start, position);
  }

  #exactly(bytes: Buffer, start: number, end: number): number {
    const text = bytes.toString('latin1', start, end);
    return Number(this.#decimal === POINT ? text : text.replace(',', '.'));
  }
}

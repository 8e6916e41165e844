import { MISSING_TOKENS, missingNumbers, type NumberFormat, trimCell } from '../runtime/cells.ts';
import { encodeSingleByte, SINGLE_BYTE_ENCODINGS } from './text-decoding.ts';

/** Tells which cells stand for "no value", looking at bytes: the usual tokens and the caller's own. */
export class MissingCells {
  /** Those of the caller's tokens that are numbers, which then count as missing by value: -200 and -200.0. */
  readonly numbers: readonly number[];
  /** All tokens, in every encoding in which they may stand in a file. */
  readonly tokens: readonly Buffer[];

  /**
   * @param format in which numeric tokens are written; they may always be written with a point, and with a comma where
   *   that cannot be taken for the mark between thousands
   */
  constructor(extra: readonly string[], format: NumberFormat) {
    const trimmed = extra.map(trimCell);
    this.numbers = missingNumbers(trimmed, format);
    this.tokens = [...new Set([...MISSING_TOKENS, ...trimmed])].flatMap((token) => {
      const bytes = Buffer.from(token, 'utf8');
      if (bytes.length === token.length) return [bytes];
      // Which encoding a file is in shows only at its end; beyond ASCII a token is looked for in all of them.
      const others = SINGLE_BYTE_ENCODINGS.map((encoding) => encodeSingleByte(token, encoding));
      return [bytes, ...others.filter((other) => other !== null)];
    });
  }

  isMissing(bytes: Buffer, start: number, end: number): boolean {
    return this.tokens.some((token) => token.length === end - start && token.compare(bytes, start, end) === 0);
  }

  isMissingNumber(value: number): boolean {
    return this.numbers.includes(value);
  }
}

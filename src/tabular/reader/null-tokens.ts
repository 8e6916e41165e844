import {
  type CellReading,
  currentReading,
  missingNumbers,
  type NumberFormat,
  trimCell,
} from '../../runtime/values/cells.ts';
import { MISSING_TOKENS } from '../../runtime/values/missing-tokens.ts';
import { encodeSingleByte, SINGLE_BYTE_ENCODINGS } from '../scan/text-decoding.ts';

/** The caller's options about missing values. */
export interface NullTokenOptions {
  /** Additional tokens. */
  readonly missingTokens?: readonly string[];
  /** False: only empty cells and `missingTokens` are missing values. */
  readonly keepDefaultMissingTokens?: boolean;
}

/**
 * Recognises missing values in bytes: the default tokens and the caller's own. The unusual ones (UNUSUAL_MISSING_TOKENS) are
 * left to infer-column-type.ts, which reports their lines.
 */
export class NullTokens {
  /** Those of the caller's tokens that are numbers, which then count as missing by value: -200 and -200.0. */
  readonly numbers: readonly number[];
  /** All tokens, in every encoding in which they may stand in a file. */
  readonly tokens: readonly Buffer[];

  /** As models that are trained on the file read new rows. */
  readonly reading: CellReading;
  /** The caller's own tokens, trimmed. */
  readonly own: readonly string[];

  /**
   * @param format in which numeric tokens are written; they may always be written with a point, and with a comma where
   *   that cannot be taken for the mark between thousands
   */
  constructor({ missingTokens = [], keepDefaultMissingTokens = true }: NullTokenOptions, format: NumberFormat) {
    const trimmed = missingTokens.map(trimCell);
    this.own = trimmed;
    this.reading = currentReading(trimmed, keepDefaultMissingTokens);
    this.numbers = missingNumbers(trimmed, format);
    const usual = keepDefaultMissingTokens ? MISSING_TOKENS : [''];
    this.tokens = [...new Set([...usual, ...trimmed])].flatMap((token) => {
      const bytes = Buffer.from(token, 'utf8');
      if (bytes.length === token.length) return [bytes];
      // The encoding of a file is known only at its end, so tokens beyond ASCII are compared in all of them.
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

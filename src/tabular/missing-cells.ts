import { MISSING_TOKENS, type NumberFormat, parseNumber, trimCell } from '../runtime/cells.ts';
import { encodeSingleByte, SINGLE_BYTE_ENCODINGS } from './text-decoding.ts';

/** Tells which cells stand for "no value", looking at bytes: the usual tokens and the caller's own. */
export class MissingCells {
  /** Whether some of the caller's tokens are numbers, which then count as missing by value: -200 and -200.0. */
  readonly hasNumbers: boolean;
  readonly #numbers: readonly number[];
  /** Tokens by their length in bytes. */
  readonly #byLength: (readonly Buffer[])[] = [];

  /**
   * @param format in which numeric tokens are written; they may always be written with a point
   */
  constructor(extra: readonly string[], format: NumberFormat) {
    const trimmed = extra.map(trimCell);
    this.#numbers = trimmed
      .flatMap((token) => [parseNumber(token, format), parseNumber(token)])
      .filter((value) => Number.isFinite(value));
    this.hasNumbers = this.#numbers.length > 0;
    for (const token of new Set([...MISSING_TOKENS, ...trimmed])) {
      this.#keep(Buffer.from(token, 'utf8'));
      if (Buffer.byteLength(token) === token.length) continue;
      // Which encoding a file is in shows only at its end; beyond ASCII a token is looked for in all of them.
      for (const encoding of SINGLE_BYTE_ENCODINGS) {
        const bytes = encodeSingleByte(token, encoding);
        if (bytes !== null) this.#keep(bytes);
      }
    }
  }

  #keep(token: Buffer): void {
    while (this.#byLength.length <= token.length) this.#byLength.push([]);
    this.#byLength[token.length] = [...(this.#byLength[token.length] ?? []), token];
  }

  isMissing(bytes: Buffer, start: number, end: number): boolean {
    if (end === start) return true;
    const tokens = this.#byLength[end - start];
    if (tokens === undefined) return false;
    for (const token of tokens) if (bytesEqual(token, bytes, start)) return true;
    return false;
  }

  isMissingNumber(value: number): boolean {
    return this.#numbers.includes(value);
  }
}

function bytesEqual(token: Buffer, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < token.length; index++) if (token[index] !== bytes[start + index]) return false;
  return true;
}

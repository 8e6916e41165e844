import { isAscii, isUtf8 } from 'node:buffer';
import { type Decode, decodeUtf8 } from '../scan/text-decoding.ts';

/** Distinct texts, in the order of their codes: an array of them is one, and PackedTexts is one without an object for each. */
export interface Labels extends Iterable<string> {
  readonly length: number;
  at(code: number): string | undefined;
  every(test: (label: string, code: number) => boolean): boolean;
  some(test: (label: string, code: number) => boolean): boolean;
  find(test: (label: string, code: number) => boolean): string | undefined;
  includes(label: string): boolean;
  forEach(visit: (label: string, code: number) => void): void;
  /** As an array, which takes about 40 bytes for each label beside its text. */
  filter(test: (label: string, code: number) => boolean): readonly string[];
  map<Result>(transform: (label: string, code: number) => Result): Result[];
  slice(start: number, end: number): readonly string[];
}

/** Texts that are decoded at once: their strings live until the next ones are. */
const DECODED_AT_ONCE = 1 << 12;

/**
 * Texts as bytes, one after the other: each takes its bytes and 4 more, where a string takes 24 and 8 for its place in an array.
 * They become strings some thousand at a time, while somebody goes through them.
 */
export class PackedTexts implements Labels {
  readonly length: number;
  readonly bytes: Buffer;
  /** Text k is bytes[offsets[k], offsets[k + 1]). */
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly #decode: Decode;
  /** The texts from `#first` on, as strings. */
  #decoded: readonly string[] = [];
  #first = 0;

  constructor(bytes: Buffer, offsets: Uint32Array<ArrayBuffer>, decode: Decode) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.length = offsets.length - 1;
    this.#decode = decode;
  }

  /** Their bytes in UTF-8, with the offsets: what an Arrow dictionary is. Null where they are in another encoding. */
  get utf8(): Pick<PackedTexts, 'bytes' | 'offsets'> | null {
    const isEncoded = this.#decode === decodeUtf8 ? isUtf8(this.bytes) : isAscii(this.bytes);
    return isEncoded ? this : null;
  }

  at(code: number): string | undefined {
    if (code < 0 || code >= this.length) return undefined;
    return this.#textsFrom(code - (code % DECODED_AT_ONCE))[code % DECODED_AT_ONCE];
  }

  every(test: (label: string, code: number) => boolean): boolean {
    return !this.some((label, code) => !test(label, code));
  }

  some(test: (label: string, code: number) => boolean): boolean {
    return this.#indexOf(test) >= 0;
  }

  find(test: (label: string, code: number) => boolean): string | undefined {
    return this.at(this.#indexOf(test));
  }

  includes(label: string): boolean {
    return this.some((other) => other === label);
  }

  forEach(visit: (label: string, code: number) => void): void {
    for (let first = 0; first < this.length; first += DECODED_AT_ONCE) {
      const texts = this.#textsFrom(first);
      for (let at = 0; at < texts.length; at++) visit(texts[at]!, first + at);
    }
  }

  filter(test: (label: string, code: number) => boolean): readonly string[] {
    const found: string[] = [];
    this.forEach((label, code) => {
      if (test(label, code)) found.push(label);
    });
    return found;
  }

  map<Result>(transform: (label: string, code: number) => Result): Result[] {
    const results: Result[] = [];
    this.forEach((label, code) => {
      results.push(transform(label, code));
    });
    return results;
  }

  slice(start: number, end: number): readonly string[] {
    const texts: string[] = [];
    for (let code = start; code < Math.min(end, this.length); code++) texts.push(this.at(code)!);
    return texts;
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let first = 0; first < this.length; first += DECODED_AT_ONCE) yield* this.#textsFrom(first);
  }

  #indexOf(test: (label: string, code: number) => boolean): number {
    for (let first = 0; first < this.length; first += DECODED_AT_ONCE) {
      const texts = this.#textsFrom(first);
      for (let at = 0; at < texts.length; at++) if (test(texts[at]!, first + at)) return first + at;
    }
    return -1;
  }

  #textsFrom(first: number): readonly string[] {
    if (this.#decoded.length === 0 || this.#first !== first) {
      const last = Math.min(this.length, first + DECODED_AT_ONCE);
      this.#decoded = this.#cutAtOnce(first, last) ?? this.#decodeEach(first, last);
      this.#first = first;
    }
    return this.#decoded;
  }

  /**
   * The texts [first, last) as pieces of one string, which costs a fraction of a call for each of them. Null where it cannot be
   * known how many characters each has.
   */
  #cutAtOnce(first: number, last: number): readonly string[] | null {
    const begin = this.offsets[first]!;
    const end = this.offsets[last]!;
    const part = this.bytes.subarray(begin, end);
    const isSingle = isAscii(part);
    if (!isSingle && !(this.#decode === decodeUtf8 && isUtf8(part))) return null;
    const whole = part.toString(isSingle ? 'latin1' : 'utf8');
    const texts = new Array<string>(last - first);
    let position = 0;
    for (let code = first; code < last; code++) {
      const start = this.offsets[code]!;
      const stop = this.offsets[code + 1]!;
      if (!isSingle && start < stop && isContinuation(this.bytes[start]!)) return null;
      const length = isSingle ? stop - start : utf16Length(this.bytes, start, stop);
      texts[code - first] = whole.slice(position, position + length);
      position += length;
    }
    return texts;
  }

  #decodeEach(first: number, last: number): readonly string[] {
    return Array.from({ length: last - first }, (_, at) => {
      return this.#decode(this.bytes, this.offsets[first + at]!, this.offsets[first + at + 1]!);
    });
  }
}

/** Whether a byte of UTF-8 is not the first of a character. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** The length of well-formed UTF-8 as a string: characters of four bytes count twice. */
function utf16Length(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (!isContinuation(byte)) length += byte >= 0xf0 ? 2 : 1;
  }
  return length;
}

/** A number for each label, from its text. */
export function numbersOfLabels(labels: Labels, numberOf: (label: string) => number): Float64Array {
  const numbers = new Float64Array(labels.length);
  labels.forEach((label, code) => {
    numbers[code] = numberOf(label);
  });
  return numbers;
}

/** The labels that pass a test: the same object where all do, so that many are not listed a second time. */
export function labelsThat(labels: Labels, test: (label: string) => boolean): Labels {
  return labels.every(test) ? labels : labels.filter(test);
}

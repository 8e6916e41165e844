import type { DateFeature, DaysFeature, NumberFeature, TextFeature } from '../../../runtime/model.ts';
import { categoryCodes } from '../../../runtime/predict/encode-features.ts';
import { type CellReading, isMissing, missingNumbers, trimCell } from '../../../runtime/values/cells.ts';
import { textParser } from '../../../runtime/values/text-value.ts';
import { ByteCache } from './byte-cache.ts';

/** Gives the text of the bytes of a cell. */
export type CellText = (bytes: Uint8Array, start: number, end: number) => string;

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const PLUS = 43;

/** Fewer digits make an exact integer, and so few places an exact power of ten: then one division rounds as Number() does. */
const MAX_DIGITS = 15;
const POWERS = Float64Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Reads the cells of one column as numbers, or as timestamps, as the model reads texts: NaN is missing. */
export class NumberCellReader {
  /** Cells that hold something that cannot be read. */
  unreadable = 0;
  readonly #reading: CellReading;
  readonly #text: CellText;
  readonly #parse: (text: string) => number;
  /** The decimal mark of plain numbers; -1 where none are read from their bytes. */
  readonly #decimal: number;
  readonly #missing: readonly number[];
  readonly #cache = new ByteCache();
  readonly #values: number[] = [];
  readonly #areUnreadable: boolean[] = [];

  constructor(feature: NumberFeature | DateFeature | DaysFeature, reading: CellReading, text: CellText) {
    this.#reading = reading;
    this.#text = text;
    this.#parse = textParser(feature, reading);
    const format = feature.kind === 'NUMBER' ? feature.numberFormat : undefined;
    const isPlain = feature.kind === 'NUMBER' && format?.duration === undefined;
    this.#decimal = isPlain ? (format?.decimal ?? '.').charCodeAt(0) : -1;
    this.#missing = feature.kind === 'NUMBER' ? missingNumbers(reading.missingTokens, format) : [];
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return Number.NaN;
    const plain = this.#decimal < 0 ? Number.NaN : plainNumber(bytes, start, end, this.#decimal);
    if (!Number.isNaN(plain)) return this.#missing.length > 0 && this.#missing.includes(plain) ? Number.NaN : plain;
    let entry = this.#cache.find(bytes, start, end);
    if (entry < 0) {
      const text = this.#text(bytes, start, end);
      const value = this.#valueOf(text);
      const isUnreadable = Number.isNaN(value) && !this.#isMissing(text);
      entry = this.#cache.add(bytes, start, end);
      if (entry < 0) {
        if (isUnreadable) this.unreadable++;
        return value;
      }
      this.#values[entry] = value;
      this.#areUnreadable[entry] = isUnreadable;
    }
    if (this.#areUnreadable[entry]!) this.unreadable++;
    return this.#values[entry]!;
  }

  /** Reads a cell whose bytes are not its text. */
  readText(text: string): number {
    const value = this.#valueOf(text);
    if (Number.isNaN(value) && !this.#isMissing(text)) this.unreadable++;
    return value;
  }

  #valueOf(text: string): number {
    const value = this.#parse(text);
    return Number.isFinite(value) && !this.#missing.includes(value) ? value : Number.NaN;
  }

  #isMissing(text: string): boolean {
    const trimmed = trimCell(text);
    return isMissing(trimmed, this.#reading) || this.#missing.includes(this.#parse(trimmed));
  }
}

/** Reads the cells of one column as the codes of categories: the one after them is any other text, and -1 is missing. */
export class CodeCellReader {
  readonly #text: CellText;
  readonly #categories: number;
  readonly #codeOf: (text: string) => number;
  readonly #cache = new ByteCache();
  readonly #codes: number[] = [];

  constructor(feature: TextFeature, reading: CellReading, text: CellText) {
    this.#text = text;
    this.#categories = feature.categories.length;
    this.#codeOf = categoryCodes(feature, reading);
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#cache.find(bytes, start, end);
    if (known >= 0) return this.#codes[known]!;
    const code = this.readText(this.#text(bytes, start, end));
    const entry = this.#cache.add(bytes, start, end);
    if (entry >= 0) this.#codes[entry] = code;
    return code;
  }

  readText(text: string): number {
    const code = this.#codeOf(trimCell(text));
    return code > this.#categories ? -1 : code;
  }
}

/** The number that digits with at most one decimal mark and a sign spell; NaN for anything else, which other code reads. */
function plainNumber(bytes: Uint8Array, start: number, end: number, decimal: number): number {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  if (end - at > MAX_DIGITS + 1) return Number.NaN;
  let digits = 0;
  let places = -1;
  let whole = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) {
      whole = whole * 10 + (byte - ZERO);
      digits++;
      if (places >= 0) places++;
    } else if (byte === decimal && places < 0) places = 0;
    else return Number.NaN;
  }
  if (digits === 0 || digits > MAX_DIGITS) return Number.NaN;
  const value = places > 0 ? whole / POWERS[places]! : whole;
  return sign === MINUS ? -value : value;
}

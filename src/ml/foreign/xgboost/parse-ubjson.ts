import { MAX_NESTING } from '../foreign-limits.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import type { ForeignValue, NumberArray } from '../foreign-values.ts';

/**
 * Parses Universal Binary JSON (ubjson.org, draft 12) as XGBoost writes it: everything is big-endian, lengths are of the type L
 * (int64), lists have a length and, where they hold numbers alone, a type.
 *
 * Nothing is allocated for a length that is declared before as many bytes are there.
 *
 * @throws ForeignModelError with the number of the byte
 */
export function parseUbjson(bytes: Uint8Array): ForeignValue {
  const parser = new UbjsonParser(bytes);
  const value = parser.value(0);
  parser.end();
  return value;
}

/** Types of elements of typed lists: their size in bytes, and how one is read. */
const NUMBER_TYPES: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  ['i', { size: 1, list: Int8Array, read: (view, at) => view.getInt8(at) }],
  ['U', { size: 1, list: Uint8Array, read: (view, at) => view.getUint8(at) }],
  ['I', { size: 2, list: Int16Array, read: (view, at) => view.getInt16(at) }],
  ['l', { size: 4, list: Int32Array, read: (view, at) => view.getInt32(at) }],
  // Larger numbers than doubles can tell apart are nowhere of use: what reads them refuses them.
  ['L', { size: 8, list: Float64Array, read: (view, at) => Number(view.getBigInt64(at)) }],
  ['d', { size: 4, list: Float32Array, read: (view, at) => view.getFloat32(at) }],
  ['D', { size: 8, list: Float64Array, read: (view, at) => view.getFloat64(at) }],
]);

interface NumberType {
  readonly size: number;
  readonly list: new (length: number) => NumberArray;
  readonly read: (view: DataView, at: number) => number;
}

const TEXT = new TextDecoder('utf-8', { fatal: true });

class UbjsonParser {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): ForeignValue {
    const marker = this.#marker();
    switch (marker) {
      case '{':
        return this.#object(this.#deeper(depth));
      case '[':
        return this.#list(this.#deeper(depth));
      case 'S':
        return this.#text();
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      default:
        return this.#number(NUMBER_TYPES.get(marker) ?? this.#fail(`there is no value of type ${shown(marker)}`));
    }
  }

  end(): void {
    if (this.#at < this.#bytes.length) this.#fail('the end is expected', 0);
  }

  #object(depth: number): ForeignValue {
    const fields = new Map<string, ForeignValue>();
    while (!this.#take('}')) {
      const name = this.#text();
      if (fields.has(name)) this.#fail(`the name ${JSON.stringify(name.slice(0, 100))} is there twice`);
      fields.set(name, this.value(depth));
    }
    return fields;
  }

  #list(depth: number): ForeignValue {
    if (this.#take('$')) {
      const marker = this.#marker();
      const type = NUMBER_TYPES.get(marker) ?? this.#fail(`there are no lists of type ${shown(marker)}`);
      if (!this.#take('#')) this.#fail('the length of a list is expected', 0);
      return this.#numbers(type);
    }
    const elements: ForeignValue[] = [];
    if (this.#take('#')) {
      // Each element takes a byte at least.
      const length = this.#length(1);
      for (let i = 0; i < length; i++) elements.push(this.value(depth));
    } else while (!this.#take(']')) elements.push(this.value(depth));
    return elements;
  }

  #numbers({ size, list, read }: NumberType): ForeignValue {
    const length = this.#length(size);
    const numbers = new list(length);
    for (let i = 0; i < length; i++) numbers[i] = read(this.#view, this.#at + i * size);
    this.#at += length * size;
    return numbers;
  }

  #number({ size, read }: NumberType): number {
    const at = this.#skip(size);
    return read(this.#view, at);
  }

  #text(): string {
    const length = this.#length(1);
    const start = this.#skip(length);
    try {
      return TEXT.decode(this.#bytes.subarray(start, start + length));
    } catch {
      return this.#fail('a text must be in UTF-8', length);
    }
  }

  /** A length, of elements of at least `size` bytes each, all of which must be there. */
  #length(size: number): number {
    const marker = this.#marker();
    const type = NUMBER_TYPES.get(marker);
    if (type === undefined || marker === 'd' || marker === 'D') return this.#fail('a length is expected');
    const length = this.#number(type);
    if (length < 0) this.#fail('a length is negative', type.size);
    if (length * size > this.#bytes.length - this.#at) this.#failEarly();
    return length;
  }

  #deeper(depth: number): number {
    if (depth < MAX_NESTING) return depth + 1;
    throw new ForeignModelError(
      'TOO_LARGE',
      `byte ${this.#at}`,
      `values are nested more than ${MAX_NESTING} levels deep`,
    );
  }

  #marker(): string {
    const at = this.#skip(1);
    return String.fromCharCode(this.#bytes[at]!);
  }

  /** Whether the next byte is this character, which is then read. */
  #take(character: string): boolean {
    if (this.#at >= this.#bytes.length) this.#failEarly();
    const isNext = this.#bytes[this.#at] === character.charCodeAt(0);
    if (isNext) this.#at++;
    return isNext;
  }

  /** Moves on by so many bytes. Returns where they begin. */
  #skip(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) this.#failEarly();
    this.#at += count;
    return at;
  }

  #failEarly(): never {
    return this.#fail('the file ends too early', 0);
  }

  /** `back`: how many bytes before the next one the fault is. */
  #fail(message: string, back = 1): never {
    throw new ForeignModelError('MALFORMED', `byte ${this.#at - back}`, message);
  }
}

function shown(marker: string): string {
  return JSON.stringify(marker);
}

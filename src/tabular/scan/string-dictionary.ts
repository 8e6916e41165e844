import { checkMemory } from '../reader/memory-limit.ts';
import type { NullTokens } from '../reader/null-tokens.ts';
import { PackedTexts } from '../types/labels.ts';
import type { ReadLabels } from '../types/read-labels.ts';
import type { CsvWasm } from './csv-wasm.ts';
import type { Decode } from './text-decoding.ts';

/** Labels in order of first appearance. */
export interface PackedLabels {
  /** Label k is bytes[ends[k - 1], ends[k]). */
  readonly bytes: Uint8Array;
  readonly ends: Float64Array;
  readonly firstLines: Float64Array;
}

/** Labels that are copied at once: all together they would be in memory twice. */
const COPIED_AT_ONCE = 1 << 14;

/** Numbers of labels that threads share. */
const SHARED_FROM = 1 << 14;

/** Texts are read by words of 8 bytes, and 16 at once. */
const PADDING = 32;

/**
 * The distinct labels of a column, numbered in order of first appearance: a hash table in wasm memory. A text
 * that was seen before costs one hash and one comparison, and never becomes a string. Takes about 32 bytes and its text
 * for each distinct text.
 */
export class StringDictionary {
  /** Where it lies in wasm memory. */
  readonly address: number;
  readonly #wasm: CsvWasm;

  /** @param wasm a module that has been told the texts for "no value" (addNullTokens) */
  constructor(wasm: CsvWasm) {
    this.#wasm = wasm;
    this.address = wasm.functions.newLabels();
  }

  /** The number of distinct labels. */
  get size(): number {
    return this.#wasm.functions.labelCount(this.address);
  }

  /** The bytes of all labels together. */
  get textBytes(): number {
    return this.#wasm.functions.packedLengthOf(this.address, 0, this.size) >>> 0;
  }

  /** The number of each of the labels of another part of the file. Their lines are not kept. */
  addPacked({ bytes, ends }: PackedLabels): Int32Array {
    const count = ends.length;
    const numbers = this.#wasm.scratch(count * 12 + bytes.length + PADDING);
    const codes = numbers + count * 8;
    const texts = codes + count * 4;
    this.#wasm.doubles(numbers, count).set(ends);
    this.#wasm.bytes(texts, bytes.length).set(bytes);
    this.#wasm.functions.addLabels(this.address, texts, numbers, count, codes);
    const read = this.#wasm.integers(codes, count);
    // Other threads translate the rows by them: large ones are shared, where each thread would get a copy.
    if (count < SHARED_FROM) return read.slice();
    const shared = new Int32Array(new SharedArrayBuffer(count * 4));
    shared.set(read);
    return shared;
  }

  /** Forgets all labels. */
  clear(): void {
    this.#wasm.functions.clearLabels(this.address);
  }

  /** Reserves memory for this many labels and bytes before the first one: otherwise it doubles whenever it is full. */
  reserve(count: number, bytes: number): void {
    this.#wasm.functions.reserveLabels(this.address, count, bytes);
  }

  /** The bytes of the labels [first, last), one after the other, as they go from one thread to another. */
  pack(first = 0, last = this.size): PackedLabels {
    const { functions } = this.#wasm;
    const size = last - first;
    const length = functions.packedLengthOf(this.address, first, last);
    const ends = this.#wasm.scratch(size * 16 + length);
    const lines = ends + size * 8;
    const texts = lines + size * 8;
    functions.packLabels(this.address, first, last, texts, ends, lines);
    return {
      bytes: new Uint8Array(this.#wasm.bytes(texts, length)),
      ends: new Float64Array(this.#wasm.doubles(ends, size)),
      firstLines: new Float64Array(this.#wasm.doubles(lines, size)),
    };
  }

  /**
   * All labels, with the lines at which they were first added: copies, which stay when the memory of the dictionary is given back.
   *
   * @param name the column's, for the error where they are too large
   */
  read(decode: Decode, name: string): Omit<ReadLabels, 'counts'> {
    const { size } = this;
    const bytes = Buffer.allocUnsafeSlow(this.textBytes);
    const offsets = new Uint32Array(size + 1);
    const firstLines = new Uint32Array(size);
    for (let first = 0; first < size; first += COPIED_AT_ONCE) {
      const begin = offsets[first]!;
      const part = this.pack(first, Math.min(size, first + COPIED_AT_ONCE));
      bytes.set(part.bytes, begin);
      part.ends.forEach((end, label) => {
        offsets[first + label + 1] = begin + end;
      });
      firstLines.set(part.firstLines, first);
    }
    checkMemory(`the distinct values of column ${JSON.stringify(name)}`);
    return { labels: new PackedTexts(bytes, offsets, decode), firstLines };
  }
}

/** Sets which cells stand for "no value". */
export function addNullTokens(wasm: CsvWasm, missing: NullTokens): void {
  const { functions } = wasm;
  const length = missing.tokens.reduce((sum, token) => sum + 4 + token.length, 0);
  const texts = functions.allocate(length + PADDING);
  const bytes = wasm.bytes(texts, length);
  let at = 0;
  for (const token of missing.tokens) {
    at = bytes.writeUInt32LE(token.length, at);
    at += token.copy(bytes, at);
  }
  const numbers = functions.allocate(missing.numbers.length * 8);
  wasm.doubles(numbers, missing.numbers.length).set(missing.numbers);
  functions.setMissing(texts, texts + length, numbers, numbers + missing.numbers.length * 8);
}

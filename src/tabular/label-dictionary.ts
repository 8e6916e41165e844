import type { ReadLabels } from './finish-column.ts';
import type { MissingCells } from './missing-cells.ts';
import type { Decode } from './text-decoding.ts';

/** Slots of the table are kept at most half full, so that a search rarely looks at more than two. */
const INITIAL_SLOTS = 16;

/** FNV-1a's prime: each byte is spread over the hash by one multiplication. */
const HASH_PRIME = 0x01000193;

/** Where hashing starts: chosen anew in each process, so that no file can be made of texts that collide in it. */
const HASH_SEED = Math.floor(Math.random() * 0x1_0000_0000) | 0;

/** Labels in order of first appearance. */
export interface PackedLabels {
  /** Label k is bytes[ends[k - 1], ends[k]). */
  readonly bytes: Uint8Array;
  readonly ends: Float64Array;
  readonly firstLines: Float64Array;
}

/**
 * The distinct labels of a column, numbered in order of first appearance: an open-addressing hash table over one
 * arena of bytes. A text that was seen before costs one hash and one comparison, and never becomes a string.
 * Takes about 45 bytes and its text for each distinct text.
 */
export class LabelDictionary {
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);
  #hashes = new Int32Array(INITIAL_SLOTS / 2);
  /** Text k is arena[#ends[k - 1], #ends[k]). Doubles, since an arena may pass 2 GiB where int32 ends. */
  #ends = new Float64Array(INITIAL_SLOTS / 2);
  #codes = new Int32Array(INITIAL_SLOTS / 2);
  #firstLines = new Float64Array(INITIAL_SLOTS / 2);
  #arena: Buffer = Buffer.allocUnsafe(128);
  #size = 0;
  /** The entry of each label. */
  #labels: number[] = [];
  readonly #missing: MissingCells;

  constructor(missing: MissingCells) {
    this.#missing = missing;
  }

  /** The number of distinct labels. */
  get size(): number {
    return this.#labels.length;
  }

  /**
   * The number of the label in bytes[start, end), added with its line where it is new; -1 where the text stands
   * for "no value", which is looked up once for each distinct text.
   */
  add(bytes: Buffer, start: number, end: number, line: number): number {
    let hash = HASH_SEED;
    for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] as number), HASH_PRIME);
    // The low bits pick the slot, and multiplication carries only upwards: bring the high bits down.
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    let entry = this.#slots[slot] as number;
    while (entry >= 0) {
      if (this.#hashes[entry] === hash && this.#isAt(entry, bytes, start, end)) {
        return this.#codes[entry] as number;
      }
      slot = (slot + 1) & mask;
      entry = this.#slots[slot] as number;
    }
    return this.#insert(slot, hash, bytes, start, end, line);
  }

  /** The bytes of all labels, one after the other, as they go from one thread to another. */
  pack(): PackedLabels {
    const ends = new Float64Array(this.size);
    const firstLines = new Float64Array(this.size);
    let length = 0;
    this.#labels.forEach((entry, code) => {
      length += (this.#ends[entry] as number) - this.#startOf(entry);
      ends[code] = length;
      firstLines[code] = this.#firstLines[entry] as number;
    });
    const bytes = new Uint8Array(length);
    this.#labels.forEach((entry, code) => {
      const from = code === 0 ? 0 : (ends[code - 1] as number);
      bytes.set(this.#arena.subarray(this.#startOf(entry), this.#ends[entry] as number), from);
    });
    return { bytes, ends, firstLines };
  }

  /** All labels as text, with the lines at which they were first added. */
  read(decode: Decode): Omit<ReadLabels, 'counts'> {
    return {
      labels: this.#labels.map((entry) => decode(this.#arena, this.#startOf(entry), this.#ends[entry] as number)),
      firstLines: this.#labels.map((entry) => this.#firstLines[entry] as number),
    };
  }

  #startOf(entry: number): number {
    return entry === 0 ? 0 : (this.#ends[entry - 1] as number);
  }

  #isAt(entry: number, bytes: Buffer, start: number, end: number): boolean {
    const from = this.#startOf(entry);
    if ((this.#ends[entry] as number) - from !== end - start) return false;
    for (let index = start, at = from; index < end; index++, at++) {
      if (this.#arena[at] !== bytes[index]) return false;
    }
    return true;
  }

  #insert(slot: number, hash: number, bytes: Buffer, start: number, end: number, line: number): number {
    const entry = this.#size++;
    if (entry === this.#hashes.length) this.#growEntries();
    const from = this.#startOf(entry);
    const to = from + end - start;
    if (to > this.#arena.length) {
      const arena = Buffer.allocUnsafe(Math.max(to, this.#arena.length * 2));
      this.#arena.copy(arena, 0, 0, from);
      this.#arena = arena;
    }
    bytes.copy(this.#arena, from, start, end);
    this.#hashes[entry] = hash;
    this.#ends[entry] = to;
    const code = this.#missing.isMissing(bytes, start, end) ? -1 : this.#labels.push(entry) - 1;
    this.#codes[entry] = code;
    this.#firstLines[entry] = line;
    this.#slots[slot] = entry;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return code;
  }

  #growEntries(): void {
    const length = this.#hashes.length * 2;
    this.#hashes = grown(this.#hashes, new Int32Array(length));
    this.#ends = grown(this.#ends, new Float64Array(length));
    this.#codes = grown(this.#codes, new Int32Array(length));
    this.#firstLines = grown(this.#firstLines, new Float64Array(length));
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = (this.#hashes[entry] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.#slots = slots;
  }
}

/** `target` with the values of the shorter `source` at its start. */
function grown<Numbers extends Int32Array | Float64Array>(source: Numbers, target: Numbers): Numbers {
  target.set(source);
  return target;
}

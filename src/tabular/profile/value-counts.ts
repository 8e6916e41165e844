import { HASH_SEED } from '../scan/csv-wasm.ts';
import { type ValueCounts, WasmNumbers } from '../scan/wasm-numbers.ts';

/** Counts the distinct values of a column; NaN is left out, -0 counts as 0. */
export function countValues(column: Float64Array): ValueCounts {
  using numbers = WasmNumbers.of(column);
  return numbers.countFew() ?? numbers.countAll();
}

const DOUBLE = new Float64Array(1);
const WORDS = new Int32Array(DOUBLE.buffer);

/** Murmur's constants: the bits that tell doubles apart sit high in the exponent or low in the fraction. */
function hashOf(value: number): number {
  DOUBLE[0] = value;
  const hash = Math.imul(WORDS[0]! ^ Math.imul(WORDS[1]!, 0x85ebca6b), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const LOW_SEED = HASH_SEED | 0;
const HIGH_SEED = (HASH_SEED / 2 ** 32) | 0;

/** With a seed, so that no file can be made of numbers that collide in a hash table; and mixed well, which those that count up need. */
function seededHashOf(value: number): number {
  DOUBLE[0] = value;
  let hash = Math.imul(WORDS[0]! ^ LOW_SEED, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ WORDS[1]! ^ HIGH_SEED, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f);
  return hash ^ (hash >>> 15);
}

/** The index of `value` in ascending `values`, which contain it. */
export function indexOfValue(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest power of two that is at least `count`. */
function powerOfTwo(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, count)));
}

/**
 * How often numbers occur, in order of first appearance: a hash table that takes 24 to 32 bytes for each of them, where a Map takes
 * 60 and more. NaN must not be added.
 */
export class NumberCounts {
  readonly #values: Float64Array;
  readonly #counts: Uint32Array;
  /** Numbers of values plus one; 0 where a slot is free. At most half full. */
  readonly #slots: Uint32Array;
  #size = 0;

  /** @param max how many different numbers may come */
  constructor(max: number) {
    this.#values = new Float64Array(max);
    this.#counts = new Uint32Array(max);
    this.#slots = new Uint32Array(powerOfTwo(max) * 2);
  }

  /** The different numbers. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#size);
  }

  /** How often each of them occurs. */
  get counts(): Uint32Array {
    return this.#counts.subarray(0, this.#size);
  }

  add(value: number, count: number): void {
    const slot = this.#slotOf(value);
    if (this.#slots[slot] === 0) {
      this.#values[this.#size] = value;
      this.#slots[slot] = ++this.#size;
    }
    const at = this.#slots[slot]! - 1;
    this.#counts[at] = this.#counts[at]! + count;
  }

  countOf(value: number): number {
    const number = this.#slots[this.#slotOf(value)]!;
    return number === 0 ? 0 : this.#counts[number - 1]!;
  }

  /** The slot that the value has, or would have. */
  #slotOf(value: number): number {
    const mask = this.#slots.length - 1;
    let slot = seededHashOf(value) & mask;
    for (let number = this.#slots[slot]!; number !== 0; number = this.#slots[slot]!) {
      if (this.#values[number - 1] === value) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

/** Maximum number of slots, and slots per value. */
const FILTER_SLOTS = 1 << 14;
const SLOTS_PER_VALUE = 8;

/** Quickly rejects most numbers that are not among the frequent ones. */
export class NumberFilter {
  readonly #slots: Uint8Array;

  /** @param minCount how often a value has to occur to be held */
  constructor(values: Float64Array, counts: Float64Array, minCount: number) {
    this.#slots = new Uint8Array(Math.min(FILTER_SLOTS, powerOfTwo(values.length) * SLOTS_PER_VALUE));
    for (let index = 0; index < values.length; index++) {
      if (counts[index]! >= minCount) this.#slots[this.#slotOf(values[index]!)] = 1;
    }
  }

  /** False for a value that is not held; true for all that are, and for a few others. */
  mayHold(value: number): boolean {
    return this.#slots[this.#slotOf(value)] === 1;
  }

  #slotOf(value: number): number {
    return hashOf(value) & (this.#slots.length - 1);
  }
}

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

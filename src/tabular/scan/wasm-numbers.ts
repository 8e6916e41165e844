import type { NumberRange } from '../types/number-range.ts';
import { CsvWasm } from './csv-wasm.ts';

/** The distinct numbers of a column in ascending order, and how often each occurs. */
export interface ValueCounts {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** The sum of `counts`: the values that are not missing. */
  readonly present: number;
}

/** Maximum number of distinct values in a count table. */
const FEW = 4096;

/** Numbers in wasm memory, where they are processed; NaN are missing. Must be disposed of. */
export class WasmNumbers implements Disposable {
  /** The numbers themselves. */
  readonly values: Float64Array;
  readonly #wasm: CsvWasm;
  readonly #address: number;

  /** Allocates memory for this many numbers. */
  constructor(count: number) {
    this.#wasm = CsvWasm.take();
    this.#address = this.#wasm.functions.allocate(count * 8);
    this.values = this.#wasm.doubles(this.#address, count);
  }

  /** A copy of numbers. */
  static of(values: Float64Array): WasmNumbers {
    const numbers = new WasmNumbers(values.length);
    numbers.values.set(values);
    return numbers;
  }

  /** Their range, and how narrow they can be stored. About 4 ns a number. */
  range(): NumberRange {
    const { functions } = this.#wasm;
    functions.findRange(this.#address, this.values.length);
    const { low, high, areWhole, areSingle } = functions;
    return { low: low.value, high: high.value, areWhole: areWhole.value === 1, areSingle: areSingle.value === 1 };
  }

  /** How many there are, their range and sum; and how many of 2^logBits bits their hashes pick. 3 to 9 ns a number. */
  summarise(logBits: number) {
    const { functions } = this.#wasm;
    const bits = this.#wasm.functions.allocate(2 ** logBits / 8);
    const bitsSet = functions.summarise(this.#address, this.values.length, bits, BigInt(logBits));
    const { present, low, high, sum } = functions;
    return { present: present.value, low: low.value, high: high.value, sum: sum.value, bitsSet };
  }

  /** The sum of the squares of their distances from the mean, and how many lie in each of the bins between `edges`. */
  spread(mean: number, edges: Float64Array, perBin: number): { squares: number; counts: Float64Array } {
    const order = this.#wasm.functions.allocate(edges.byteLength);
    this.#wasm.doubles(order, edges.length).set(edges);
    const bins = this.#wasm.functions.allocate(edges.byteLength);
    const counts = this.#wasm.doubles(bins, edges.length - 1).fill(0);
    const squares = this.#wasm.functions.spread(this.#address, this.values.length, mean, order, perBin, bins);
    return { squares, counts: Float64Array.from(counts) };
  }

  /** How often each of the distinct ones occurs; null where there are more than 4,096. About 4 ns a number. */
  countFew(): ValueCounts | null {
    const { functions } = this.#wasm;
    const distinct = this.#wasm.functions.allocate(FEW * 8);
    const counters = this.#wasm.functions.allocate(FEW * 8);
    const size = functions.countFew(this.#address, this.values.length, distinct, counters);
    if (size < 0) return null;
    const inOrder = this.#wasm.doubles(distinct, size);
    const counts = this.#wasm.doubles(counters, size);
    const order = Array.from(inOrder, (_, index) => index);
    order.sort((left, right) => inOrder[left]! - inOrder[right]!);
    return {
      values: Float64Array.from(order, (index) => inOrder[index]!),
      counts: Float64Array.from(order, (index) => counts[index]!),
      present: functions.present.value,
    };
  }

  /** How often each of at most 4,096 different numbers occurs. About 4 ns a number. */
  count(wanted: readonly number[]): Float64Array {
    if (wanted.length === 0) return new Float64Array(0);
    const numbers = this.#wasm.functions.allocate(wanted.length * 8);
    this.#wasm.doubles(numbers, wanted.length).set(wanted);
    const counters = this.#wasm.functions.allocate(wanted.length * 8);
    const counts = this.#wasm.doubles(counters, wanted.length).fill(0);
    this.#wasm.functions.countWanted(this.#address, this.values.length, numbers, wanted.length, counters);
    return Float64Array.from(counts);
  }

  /** How often each of the distinct ones occurs, by sorting them in place. 15 to 35 ns a number. */
  countAll(): ValueCounts {
    const { functions } = this.#wasm;
    const present = functions.gatherNumbers(this.#address, this.values.length);
    if (present === 0) return { values: new Float64Array(0), counts: new Float64Array(0), present };
    const spare = functions.allocate(present * 8);
    const counters = functions.allocate(functions.SORT_COUNTER_BYTES.value);
    functions.sortNumbers(this.#address, spare, present, counters);
    const size = functions.countRuns(this.#address, present, spare);
    return {
      values: new Float64Array(this.values.subarray(0, size)),
      counts: new Float64Array(this.#wasm.doubles(spare, size)),
      present,
    };
  }

  [Symbol.dispose](): void {
    this.#wasm[Symbol.dispose]();
  }
}

import { readFileSync } from 'node:fs';
import {
  type ArenaFunctions,
  createWasmMemory,
  type WasmGlobal,
  type WasmMemory,
  WasmModule,
} from '../../runtime/wasm-module.ts';

/**
 * What the compiled module offers: src/tabular/assembly/index.ts says what each function does. Addresses are numbers, those
 * from 2 GiB on negative ones.
 */
interface WasmExports extends ArenaFunctions {
  readonly powersOfFive: WasmGlobal;
  readonly lines: WasmGlobal;
  readonly hashes: WasmGlobal;
  readonly presentRows: WasmGlobal;
  readonly rowCount: WasmGlobal;
  readonly cellColumn: WasmGlobal;
  readonly cellRecordLine: WasmGlobal;
  readonly cellLine: WasmGlobal;
  readonly present: WasmGlobal;
  readonly low: WasmGlobal;
  readonly high: WasmGlobal;
  readonly sum: WasmGlobal;
  readonly areWhole: WasmGlobal;
  readonly areSingle: WasmGlobal;
  setSeed(seed: bigint): void;
  setMissing(texts: number, textsEnd: number, numbers: number, numbersEnd: number): void;
  newLabels(): number;
  reserveLabels(labels: number, count: number, bytes: number): void;
  clearLabels(labels: number): void;
  addLabels(labels: number, texts: number, ends: number, count: number, codes: number): void;
  labelCount(labels: number): number;
  packLabels(labels: number, first: number, last: number, texts: number, ends: number, lines: number): void;
  packedLengthOf(labels: number, first: number, last: number): number;
  beginScan(
    delimiter: number,
    quote: number,
    escapeCharacter: number,
    carriageReturnEnds: number,
    columns: number,
    rows: number,
  ): void;
  takeAsNumbers(column: number, decimal: number, isQuoted: number): number;
  takeAsLabels(column: number, labels: number): number;
  skipColumn(column: number): void;
  takeMissing(column: number): number;
  takeMissingNumbers(column: number): number;
  setCellPosition(column: number, recordLine: number, line: number): void;
  scanCells(start: number, end: number): number;
  hashNumber(value: number): void;
  takeLabel(labels: number, start: number, length: number, line: number): number;
  endRow(line: number): void;
  clearRows(): void;
  findRange(values: number, count: number): void;
  summarise(values: number, count: number, bits: number, logBits: bigint): number;
  spread(values: number, count: number, mean: number, edges: number, perBin: number, bins: number): number;
  countFew(values: number, count: number, distinct: number, counts: number): number;
  countWanted(values: number, count: number, wanted: number, wantedCount: number, counts: number): void;
  readonly SORT_COUNTER_BYTES: WasmGlobal;
  gatherNumbers(values: number, count: number): number;
  sortNumbers(values: number, spare: number, count: number, counters: number): void;
  countRuns(values: number, count: number, counts: number): number;
}

const compiled = new WasmModule<WasmExports>(() =>
  readFileSync(new URL('../../../dist/tabular.wasm', import.meta.url)),
);

/** Chosen anew by each thread, so that no file can be made of texts that collide in a hash table. */
export const HASH_SEED = Math.floor(Math.random() * 2 ** 52);

/** Idle instances, kept per thread. */
let idle: CsvWasm[] = [];
/** All of the thread's. */
const all = new Set<CsvWasm>();

/** What a wasm module may keep for the next file: its memory cannot shrink. */
const KEPT_BYTES = 1 << 24;

/**
 * The hot loops of reading, compiled to WebAssembly: what is called for every byte or every cell is there. A wasm module has a
 * memory of its own, which can grow and not shrink, and which the garbage collector hardly sees: so it is disposed of
 * when done, and the next one that is wanted gets it.
 *
 * The memory is one that threads could share, for one reason: views of it stay valid when it grows.
 */
export class CsvWasm implements Disposable {
  readonly functions: WasmExports;
  readonly #memory: WasmMemory;
  /** What lies below is the module's own. */
  readonly #bottom: number;
  #scratch = 0;
  #scratchBytes = 0;

  /** Use `take`. */
  private constructor() {
    this.#memory = createWasmMemory();
    this.functions = compiled.bind(this.#memory);
    powersOfFive ??= firstPowersOfFive();
    new BigUint64Array(this.#memory.buffer, this.functions.powersOfFive.value, powersOfFive.length).set(powersOfFive);
    this.#bottom = this.functions.mark();
    all.add(this);
  }

  /** The memory of all wasm modules of this thread. */
  static get totalBytes(): number {
    let bytes = 0;
    for (const wasm of all) bytes += wasm.#memory.buffer.byteLength;
    return bytes;
  }

  /** Drops idle instances that have grown larger than that, and says whether there were any. */
  static dropLarge(bytes = KEPT_BYTES): boolean {
    const dropped = new Set(idle.filter((wasm) => wasm.#memory.buffer.byteLength > bytes));
    idle = idle.filter((wasm) => !dropped.has(wasm));
    for (const wasm of dropped) all.delete(wasm);
    return dropped.size > 0;
  }

  /** @param hashSeed decides the hashes of texts and rows */
  static take(hashSeed = HASH_SEED): CsvWasm {
    const wasm = idle.pop() ?? new CsvWasm();
    wasm.functions.setSeed(BigInt(hashSeed));
    return wasm;
  }

  /** Releases the instance; none of its memory may be used afterwards. */
  [Symbol.dispose](): void {
    this.functions.resetTo(this.#bottom);
    this.#scratchBytes = 0;
    idle.push(this);
  }

  /** Temporary memory of this many bytes, valid until the next call. */
  scratch(bytes: number): number {
    if (bytes > this.#scratchBytes) {
      this.#scratchBytes = Math.max(bytes, this.#scratchBytes * 2, 4096);
      this.#scratch = this.functions.allocate(this.#scratchBytes);
    }
    return this.#scratch;
  }

  /** The bytes [address, address + length) of its memory. */
  bytes(address: number, length: number): Buffer {
    return Buffer.from(this.#memory.buffer, address >>> 0, length);
  }

  /** A view of `length` doubles at an address that is a multiple of 8. */
  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address >>> 0, length);
  }

  /** A view of `length` whole numbers of 32 bits at an address that is a multiple of 4. */
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address >>> 0, length);
  }
}

/** As in src/tabular/assembly/numbers.ts. */
const MIN_POWER = -128;
const MAX_POWER = 127;

let powersOfFive: BigUint64Array | null = null;

/**
 * The first 128 bits of the powers of five, high half first: 5^-128 to 5^127. All are cut off but those of 5^-27 to 5^-1,
 * which are rounded up: with them decimals can lie exactly between two doubles, and the proof of the algorithm that uses
 * them asks for it (D. Lemire, "Number Parsing at a Gigabyte per Second", 2021, section 5).
 */
function firstPowersOfFive(): BigUint64Array {
  const words = new BigUint64Array((MAX_POWER - MIN_POWER + 1) * 2);
  for (let exponent = MIN_POWER; exponent <= MAX_POWER; exponent++) {
    const power = 5n ** BigInt(Math.abs(exponent));
    const bits = BigInt(power.toString(2).length);
    let first: bigint;
    if (exponent >= 0) first = bits > 128n ? power >> (bits - 128n) : power << (128n - bits);
    else first = (1n << (bits + 127n)) / power + (exponent >= -27 ? 1n : 0n);
    const at = (exponent - MIN_POWER) * 2;
    words[at] = first >> 64n;
    words[at + 1] = first & 0xffff_ffff_ffff_ffffn;
  }
  return words;
}

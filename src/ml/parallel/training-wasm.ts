import { readFileSync } from 'node:fs';
import { createWasmMemory, MAX_WASM_BYTES, type WasmMemory, WasmModule } from '../../runtime/wasm-module.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { WasmExports } from './wasm-exports.ts';

const compiled = new WasmModule<WasmExports>(() => readFileSync(new URL('../../../dist/ml.wasm', import.meta.url)));

/** Idle instances, kept per thread. */
const idle: TrainingWasm[] = [];

/** What another thread needs to work in wasm memory. */
export interface WasmShare {
  readonly memory: WasmMemory;
  readonly scratch: number;
}

/**
 * The hot loops of fitting models, compiled to WebAssembly, and the memory that they work in: arrays that are given to them
 * are allocated here. The memory can grow and not shrink, and the garbage collector hardly sees it: so an instance is disposed
 * of when done and reused by the next caller.
 *
 * Other threads may work in the same memory, each through its own instance; only the one that took it may allocate.
 */
export class TrainingWasm implements Disposable {
  readonly functions: WasmExports;
  readonly #memory: WasmMemory;
  /** What lies below is the module's own. */
  readonly #bottom: number;

  /** Use `take` or `join`. */
  private constructor(memory: WasmMemory, scratch: number | null) {
    this.#memory = memory;
    this.functions = compiled.bind(memory);
    this.functions.useScratch(scratch ?? this.functions.allocate(this.functions.SCRATCH_BYTES.value));
    this.#bottom = this.functions.mark();
  }

  static take(): TrainingWasm {
    return idle.pop() ?? new TrainingWasm(createWasmMemory(), null);
  }

  /** Works in the memory of another thread's instance, for as long as that one does. */
  static join({ memory, scratch }: WasmShare): TrainingWasm {
    return new TrainingWasm(memory, scratch);
  }

  /** For one more thread that is to work in this memory. */
  share(): WasmShare {
    return { memory: this.#memory, scratch: this.#allocate(this.functions.SCRATCH_BYTES.value) };
  }

  /** Releases the instance; none of its arrays may be used afterwards. */
  [Symbol.dispose](): void {
    this.functions.resetTo(this.#bottom);
    idle.push(this);
  }

  // Each allocates before it reads the buffer, which is another object once the memory has grown.

  /** An array of zero bytes. */
  bytes(length: number): Uint8Array {
    const address = this.#allocate(length);
    return new Uint8Array(this.#memory.buffer, address, length).fill(0);
  }

  /** An array of zero 32-bit integers. */
  integers(length: number): Int32Array {
    const address = this.#allocate(length * 4);
    return new Int32Array(this.#memory.buffer, address, length).fill(0);
  }

  /** An array of zero 64-bit integers. */
  longs(length: number): BigInt64Array {
    const address = this.#allocate(length * 8);
    return new BigInt64Array(this.#memory.buffer, address, length).fill(0n);
  }

  /** An array of zero doubles. */
  doubles(length: number): Float64Array {
    return this.unsetDoubles(length).fill(0);
  }

  /** An array of uninitialised doubles, which takes no memory before something is written to it. */
  unsetDoubles(length: number): Float64Array {
    const address = this.#allocate(length * 8);
    return new Float64Array(this.#memory.buffer, address, length);
  }

  /** The doubles at an address of this memory; valid until it grows. */
  doublesAt(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length);
  }

  /** Where an array of this memory is; throws for any other. */
  addressOf(array: Uint8Array | Int32Array | BigInt64Array | Float64Array): number {
    // Its buffer is another object once the memory has grown, and shows the same bytes.
    if (!(array.buffer instanceof SharedArrayBuffer)) throw new Error('the array is not one of a kernel');
    return array.byteOffset;
  }

  #allocate(bytes: number): number {
    if ((this.functions.mark() >>> 0) + bytes <= MAX_WASM_BYTES) return this.functions.allocate(bytes) >>> 0;
    throw new TrainingDataError(
      'TRAINING_TOO_LARGE',
      'a training on so many rows and features takes more than 4 GB of memory',
      'train on fewer rows or features',
    );
  }
}

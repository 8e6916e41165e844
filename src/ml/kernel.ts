import { readFileSync } from 'node:fs';
import { TrainingDataError } from './training-data-error.ts';

/** What of WebAssembly is used here: its types come with those of browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number; readonly shared: true });
    readonly buffer: SharedArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: object;
  }
}

/**
 * What the compiled module offers: src/ml/assembly says what each function does. Addresses are numbers, those from 2 GiB
 * on negative ones.
 */
interface KernelFunctions {
  allocate(bytes: number): number;
  mark(): number;
  resetTo(mark: number): void;
  addRows(
    sums: number,
    words: number,
    featureCount: number,
    groups: number,
    activeCount: number,
    rows: number,
    start: number,
    end: number,
    packed: number,
  ): void;
  unpackSums(
    sums: number,
    featureCount: number,
    binCounts: number,
    offsets: number,
    shift: number,
    histogram: number,
  ): void;
  subtract(parent: number, smaller: number, count: number): void;
  partitionRows(rows: number, start: number, end: number, bins: number, goesLeft: number, scratch: number): number;
  toProbabilities(margins: number, probabilities: number, count: number): void;
  softmaxColumns(margins: number, rowCount: number, classCount: number): void;
  logLossDerivatives(
    probabilities: number,
    codes: number,
    weights: number,
    count: number,
    k: number,
    factor: number,
    gradients: number,
    hessians: number,
  ): void;
  largestSize(values: number, count: number): number;
  packDerivatives(
    gradients: number,
    hessians: number,
    count: number,
    gradientScale: number,
    hessianScale: number,
    shift: number,
    seed: number,
    packed: number,
  ): void;
  sumOfRows(values: number, rows: number, start: number, end: number): number;
  addToRows(values: number, rows: number, start: number, end: number, amount: number): void;
  marginsOfRows(...rowsThenWeightsAndMargins: LinearArguments<[number, number]>): void;
  addGradient(...rowsThenDerivativesAndGradient: LinearArguments<[number, number]>): void;
  addGram(...rowsThenCurvaturesGramAndSize: LinearArguments<[number, number, number]>): void;
  classMarginsOfRows(...rowsThenWeightsStrideAndMargins: LinearArguments<[number, number, number]>): void;
  addClassGradients(...rowsThenDerivativesStrideAndGradient: LinearArguments<[number, number, number]>): void;
  logisticDerivatives(
    margins: number,
    truth: number,
    count: number,
    weight0: number,
    weight1: number,
    curvatures: number,
  ): number;
  squaredDerivatives(margins: number, values: number, count: number): number;
  softmaxOfRows(
    margins: number,
    stride: number,
    classCount: number,
    truth: number,
    weights: number,
    count: number,
  ): number;
  softmaxDerivatives(probabilities: number, stride: number, truth: number, weights: number, count: number): void;
  softmaxCurvatures(
    probabilities: number,
    stride: number,
    k: number,
    l: number,
    truth: number,
    weights: number,
    count: number,
    curvatures: number,
  ): void;
}

/** Rows of a linear model, as src/ml/assembly/linear.ts has them, and what follows. */
type LinearArguments<Rest extends readonly number[]> = readonly [
  dense: number,
  width: number,
  starts: number,
  columns: number,
  count: number,
  ...rest: Rest,
];

/** 1 MiB, of which the module itself takes some kilobytes. */
const FIRST_PAGES = 16;
/** 4 GiB: all that 32 bits address. Pages take memory only once something is written there. */
const MOST_PAGES = 1 << 16;
const MOST_BYTES = MOST_PAGES * 2 ** 16;

let compiled: WebAssembly.Module | null = null;

/** Kernels that nobody uses: those of a thread, and gone with it. */
const idle: Kernel[] = [];

/**
 * The hot loops of growing trees, compiled to WebAssembly, and the memory that they work in: arrays that are given to them
 * are allocated here. The memory can grow and not shrink, and the garbage collector hardly sees it: so a kernel is disposed
 * of when done, and the next one that is wanted gets it.
 *
 * The memory is one that threads can share; views of it stay valid when it grows.
 */
export class Kernel implements Disposable {
  readonly functions: KernelFunctions;
  readonly #memory: WebAssembly.Memory;
  /** What lies below is the module's own. */
  readonly #bottom: number;

  /** Use `take`. */
  private constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('../../dist/ml.wasm', import.meta.url)));
    this.#memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.functions = exports as unknown as KernelFunctions;
    this.#bottom = this.functions.mark();
  }

  static take(): Kernel {
    return idle.pop() ?? new Kernel();
  }

  /** Gives the kernel back; no array of it may be used any more. */
  [Symbol.dispose](): void {
    this.functions.resetTo(this.#bottom);
    idle.push(this);
  }

  // Each allocates before it looks at the buffer, which is another object once the memory has grown.

  /** So many bytes, all 0. */
  bytes(length: number): Uint8Array {
    const address = this.#allocate(length);
    return new Uint8Array(this.#memory.buffer, address, length).fill(0);
  }

  /** So many whole numbers of 32 bits, all 0. */
  integers(length: number): Int32Array {
    const address = this.#allocate(length * 4);
    return new Int32Array(this.#memory.buffer, address, length).fill(0);
  }

  /** So many whole numbers of 64 bits, all 0. */
  longs(length: number): BigInt64Array {
    const address = this.#allocate(length * 8);
    return new BigInt64Array(this.#memory.buffer, address, length).fill(0n);
  }

  /** So many doubles, all 0. */
  doubles(length: number): Float64Array {
    const address = this.#allocate(length * 8);
    return new Float64Array(this.#memory.buffer, address, length).fill(0);
  }

  /** Where an array of this kernel lies; throws for any other. */
  addressOf(array: Uint8Array | Int32Array | BigInt64Array | Float64Array): number {
    // Its buffer is another object once the memory has grown, and shows the same bytes.
    if (!(array.buffer instanceof SharedArrayBuffer)) throw new Error('the array is not one of a kernel');
    return array.byteOffset;
  }

  #allocate(bytes: number): number {
    if ((this.functions.mark() >>> 0) + bytes <= MOST_BYTES) return this.functions.allocate(bytes) >>> 0;
    throw new TrainingDataError(
      'TRAINING_TOO_LARGE',
      'growing trees on so many rows and features takes more than 4 GB of memory',
      'train on fewer rows or features, or use LINEAR',
    );
  }
}

import { readFileSync } from 'node:fs';
import {
  type ArenaFunctions,
  CompiledKernel,
  createKernelMemory,
  type KernelGlobal,
  type KernelMemory,
  MOST_KERNEL_BYTES,
} from '../runtime/compiled-kernel.ts';
import { TrainingDataError } from './training-data-error.ts';

/**
 * What the compiled module offers: src/ml/assembly says what each function does. Addresses are numbers, those from 2 GiB
 * on negative ones.
 */
interface KernelFunctions extends ArenaFunctions {
  readonly SCRATCH_BYTES: KernelGlobal;
  useScratch(address: number): void;
  gatherNumbers(values: number, count: number): number;
  sortNumbers(values: number, spare: number, count: number): void;
  countRuns(values: number, count: number, counts: number): number;
  findBins(
    numbers: number,
    count: number,
    edges: number,
    edgeCount: number,
    lowest: number,
    cellCount: number,
    first: number,
    scale: number,
    bins: number,
  ): void;
  packWords(columns: number, start: number, end: number, words: number, stride: number): void;
  addRows(
    sums: number,
    words: number,
    featureCount: number,
    isWanted: number,
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
  moveSums(from: number, sum: number, count: number): void;
  findNumberCut(
    histogram: number,
    missing: number,
    gradient: number,
    hessian: number,
    l2: number,
    minimum: number,
    least: number,
    counts: number,
    minRows: number,
    cut: number,
  ): number;
  findNumberCut(
    histogram: number,
    missing: number,
    gradient: number,
    hessian: number,
    l2: number,
    minimum: number,
    least: number,
    cut: number,
  ): number;
  subtract(parent: number, smaller: number, count: number): void;
  partitionRows(rows: number, start: number, end: number, bins: number, goesLeft: number, scratch: number): number;
  toProbabilities(margins: number, probabilities: number, start: number, end: number): void;
  toClassProbabilities(
    margins: number,
    probabilities: number,
    rowCount: number,
    classCount: number,
    start: number,
    end: number,
  ): void;
  logLossDerivatives(
    probabilities: number,
    codes: number,
    weights: number,
    start: number,
    end: number,
    k: number,
    factor: number,
    gradients: number,
    hessians: number,
    largest: number,
  ): void;
  squaredErrorDerivatives(
    margins: number,
    values: number,
    start: number,
    end: number,
    gradients: number,
    largest: number,
  ): void;
  logLoss(
    probabilities: number,
    rowCount: number,
    codes: number,
    weights: number,
    roles: number,
    role: number,
    start: number,
    end: number,
  ): number;
  squaredErrorLoss(margins: number, values: number, roles: number, role: number, start: number, end: number): number;
  packDerivatives(
    gradients: number,
    hessians: number,
    start: number,
    end: number,
    gradientScale: number,
    hessianScale: number,
    shift: number,
    seed: number,
    packed: number,
  ): void;
  sumDerivatives(
    gradients: number,
    hessians: number,
    roles: number,
    rows: number,
    start: number,
    end: number,
    sums: number,
  ): void;
  drawShare(from: number, count: number, seed: number, limit: number, rows: number, spare: number): number;
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
  drawRows(state: number, size: number, rowCount: number, draws: number): void;
  listDrawn(draws: number, rowCount: number, rows: number, others: number): number;
  divideRows(
    rows: number,
    start: number,
    end: number,
    bins: number,
    cut: number,
    alsoLeft: number,
    spare: number,
  ): number;
  findLeaves(
    nodes: number,
    nodeCount: number,
    sets: number,
    bins: number,
    stride: number,
    rows: number,
    count: number,
    spare: number,
    leaves: number,
  ): void;
  gatherBytes(bytes: number, rows: number, count: number, to: number): void;
  replaceBytes(bytes: number, table: number, count: number, to: number): void;
  sumCells(cells: number, rows: number, count: number, bins: number, sums: number): void;
  gatherCells(cells: number, rows: number, count: number, to: number): void;
  openNode(cells: number, rows: number, count: number, to: number, totals: number): number;
  findCut(
    cells: number,
    rows: number,
    count: number,
    bins: number,
    binCount: number,
    missing: number,
    sums: number,
    marks: number,
    minRows: number,
    byDraws: number,
    bySum: number,
    drawPull: number,
    sumPull: number,
    weight: number,
    least: number,
    found: number,
  ): number;
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

const compiled = new CompiledKernel<KernelFunctions>(() =>
  readFileSync(new URL('../../dist/ml.wasm', import.meta.url)),
);

/** Kernels that nobody uses: those of a thread, and gone with it. */
const idle: Kernel[] = [];

/** What another thread needs to work in a kernel's memory. */
export interface KernelShare {
  readonly memory: KernelMemory;
  readonly scratch: number;
}

/**
 * The hot loops of fitting models, compiled to WebAssembly, and the memory that they work in: arrays that are given to them
 * are allocated here. The memory can grow and not shrink, and the garbage collector hardly sees it: so a kernel is disposed
 * of when done, and the next one that is wanted gets it.
 *
 * Other threads may work in the same memory, each by a kernel of its own; only the one that took it may allocate.
 */
export class Kernel implements Disposable {
  readonly functions: KernelFunctions;
  readonly #memory: KernelMemory;
  /** What lies below is the module's own. */
  readonly #bottom: number;

  /** Use `take` or `join`. */
  private constructor(memory: KernelMemory, scratch: number | null) {
    this.#memory = memory;
    this.functions = compiled.bind(memory);
    this.functions.useScratch(scratch ?? this.functions.allocate(this.functions.SCRATCH_BYTES.value));
    this.#bottom = this.functions.mark();
  }

  static take(): Kernel {
    return idle.pop() ?? new Kernel(createKernelMemory(), null);
  }

  /** Works in the memory of another thread's kernel, for as long as that one does. */
  static join({ memory, scratch }: KernelShare): Kernel {
    return new Kernel(memory, scratch);
  }

  /** For one more thread that is to work in this memory. */
  share(): KernelShare {
    return { memory: this.#memory, scratch: this.#allocate(this.functions.SCRATCH_BYTES.value) };
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
    return this.unsetDoubles(length).fill(0);
  }

  /** So many doubles of any value: they take no memory before something is written to them. */
  unsetDoubles(length: number): Float64Array {
    const address = this.#allocate(length * 8);
    return new Float64Array(this.#memory.buffer, address, length);
  }

  /** Where an array of this kernel lies; throws for any other. */
  addressOf(array: Uint8Array | Int32Array | BigInt64Array | Float64Array): number {
    // Its buffer is another object once the memory has grown, and shows the same bytes.
    if (!(array.buffer instanceof SharedArrayBuffer)) throw new Error('the array is not one of a kernel');
    return array.byteOffset;
  }

  #allocate(bytes: number): number {
    if ((this.functions.mark() >>> 0) + bytes <= MOST_KERNEL_BYTES) return this.functions.allocate(bytes) >>> 0;
    throw new TrainingDataError(
      'TRAINING_TOO_LARGE',
      'a training on so many rows and features takes more than 4 GB of memory',
      'train on fewer rows or features',
    );
  }
}

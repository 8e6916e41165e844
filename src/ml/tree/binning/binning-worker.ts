import type { StepWorker } from '../../parallel/step-worker.ts';
import { TrainingWasm, type WasmShare } from '../../parallel/training-wasm.ts';
import { type EdgeRoom, type EdgeSample, placeEdges } from './bin-edges.ts';
import { BinFinder, type BinRoom } from './bin-finder.ts';

/** Features that are binned at once: what is known of each, in memory that the threads share. */
export interface BinningSlot {
  /** The number of the feature. */
  readonly feature: Int32Array;
  /** Of all training rows. */
  readonly numbers: Float64Array;
  readonly sample: EdgeSample;
  /** What comes of it: the edges, and how many these are. */
  readonly edges: Float64Array;
  readonly edgeCount: Int32Array;
}

/** What a thread needs to help in binning; all arrays are in wasm memory. */
export interface BinningWorkerInput {
  readonly wasm: WasmShare;
  readonly slots: readonly BinningSlot[];
  /** For each feature where its bins go. */
  readonly columns: readonly Uint8Array[];
  readonly maxBins: number;
  /** Private to the thread. */
  readonly edgeRoom: EdgeRoom;
  readonly binRoom: BinRoom;
}

/** Places the edges of one feature, and finds the bins of its rows. */
export class BinningWorker implements StepWorker {
  readonly #workerInput: BinningWorkerInput;
  readonly #wasm: TrainingWasm;
  readonly #finder: BinFinder;

  constructor(workerInput: BinningWorkerInput) {
    this.#workerInput = workerInput;
    this.#wasm = TrainingWasm.join(workerInput.wasm);
    this.#finder = new BinFinder(this.#wasm, workerInput.binRoom);
  }

  run(_step: number, task: number): void {
    const { slots, columns, maxBins, edgeRoom } = this.#workerInput;
    // There is a slot for each task, and a column for each feature.
    const slot = slots[task]!;
    const edges = placeEdges(slot.sample, maxBins, edgeRoom, this.#wasm);
    slot.edges.set(edges);
    slot.edgeCount[0] = edges.length;
    this.#finder.find(edges, slot.numbers, columns[slot.feature[0]!]!);
  }
}

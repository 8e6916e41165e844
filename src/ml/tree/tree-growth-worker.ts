import { TrainingWasm } from '../parallel/training-wasm.ts';
import { bindMatrix } from './binning/binned-matrix.ts';
import type { GrownNode } from './grow-tree.ts';
import {
  ACTION,
  FOUND,
  type GrowthWorkerInput,
  LEFT_BINS_BYTES,
  PAIR,
  type SharedGrowthState,
} from './shared-growth-state.ts';
import type { PackedGradients } from './splitting/gradient-packing.ts';
import { HistogramBuilder } from './splitting/histogram.ts';
import { BestSplitSearch } from './splitting/split-gain.ts';

/** The steps of growing a tree; the number of each is shared with all threads. */
export const GROWTH_STEP = { PARTITION: 0, COUNT: 1, OPEN: 2, LENGTH: 3 } as const;

/** What one thread does in growing trees by gradients. */
export class TreeGrowthWorker {
  readonly wasm: TrainingWasm;
  readonly #workerInput: GrowthWorkerInput;
  readonly #state: SharedGrowthState;
  readonly #columnAddresses: readonly number[];
  readonly #builder: HistogramBuilder;
  readonly #search: BestSplitSearch;
  readonly #gradients: PackedGradients;

  constructor(workerInput: GrowthWorkerInput) {
    this.wasm = TrainingWasm.join(workerInput.wasm);
    this.#workerInput = workerInput;
    this.#state = workerInput.state;
    const matrix = bindMatrix(workerInput.matrix, this.wasm);
    this.#columnAddresses = matrix.columns.map((column) => this.wasm.addressOf(column));
    this.#gradients = workerInput.gradients;
    this.#builder = new HistogramBuilder(
      matrix,
      workerInput.rows,
      this.#gradients,
      workerInput.sums,
      this.#state.selected,
    );
    this.#search = new BestSplitSearch(matrix, workerInput.settings, workerInput.cutBuffer);
    this.#search.selectFeatures(this.#state.selected);
  }

  run(step: number, task: number): void {
    if (step === GROWTH_STEP.PARTITION) this.#partition(task);
    else if (step === GROWTH_STEP.COUNT) this.#count(task);
    else this.#open(task);
  }

  /** Divides the rows of a pair's node. */
  #partition(pair: number): void {
    const { pairs } = this.#state;
    const at = pair * PAIR.LENGTH;
    pairs[at + PAIR.RIGHT_START] = this.#divide(pair, pairs[at + PAIR.START]!, pairs[at + PAIR.END]!);
    pairs[at + PAIR.OTHER_RIGHT_START] = this.#divide(pair, pairs[at + PAIR.OTHER_START]!, pairs[at + PAIR.OTHER_END]!);
  }

  /** Puts those of rows[start, end) first that the pair's split sends left; returns where the others begin. */
  #divide(pair: number, start: number, end: number): number {
    const { wasm } = this;
    const { rows, spare } = this.#workerInput;
    const { pairs, pairLeftBins } = this.#state;
    return wasm.functions.partitionRows(
      wasm.addressOf(rows),
      start,
      end,
      this.#columnAddresses[pairs[pair * PAIR.LENGTH + PAIR.FEATURE]!]!,
      wasm.addressOf(pairLeftBins) + pair * LEFT_BINS_BYTES,
      // Each stretch of the rows has the same one of the spare rows to itself.
      wasm.addressOf(spare) + start * 4,
    );
  }

  /** Adds a chunk of a large node's rows to the thread's own histogram. */
  #count(chunk: number): void {
    const [start, end, size] = this.#state.counted;
    // The coordinator has set all three.
    const from = start! + chunk * size!;
    this.#builder.add(this.#workerInput.ownHistogram, from, Math.min(from + size!, end!));
  }

  /** Completes the histograms of a pair of children, and finds their splits. */
  #open(pair: number): void {
    const { functions } = this.wasm;
    const { pairs, histograms } = this.#state;
    const at = pair * PAIR.LENGTH;
    const actions = pairs[at + PAIR.ACTION]!;
    const start = pairs[at + PAIR.START]!;
    const rightStart = pairs[at + PAIR.RIGHT_START]!;
    const end = pairs[at + PAIR.END]!;
    // Without one there is nothing to do.
    const left = histograms[pairs[at + PAIR.LEFT_HISTOGRAM]!]!;
    const right = histograms[pairs[at + PAIR.RIGHT_HISTOGRAM]!]!;
    if ((actions & ACTION.COUNT_LEFT) !== 0) this.#builder.add(left.fill(0), start, rightStart);
    if ((actions & ACTION.COUNT_RIGHT) !== 0) this.#builder.add(right.fill(0), rightStart, end);
    const { wasm } = this;
    if ((actions & ACTION.SUBTRACT_FROM_LEFT) !== 0) {
      functions.subtract(wasm.addressOf(left), wasm.addressOf(right), left.length);
    }
    if ((actions & ACTION.SUBTRACT_FROM_RIGHT) !== 0) {
      functions.subtract(wasm.addressOf(right), wasm.addressOf(left), left.length);
    }
    if ((actions & ACTION.SEARCH_LEFT) !== 0) this.#find(2 * pair, left, start, rightStart);
    if ((actions & ACTION.SEARCH_RIGHT) !== 0) this.#find(2 * pair + 1, right, rightStart, end);
  }

  #find(child: number, histogram: Float64Array, start: number, end: number): void {
    const { found, foundGains, foundLeftBins, foundPartings, bounds, scales } = this.#state;
    const gradients = this.#gradients;
    // Two of them, set by the coordinator.
    gradients.gradientScale = scales[0]!;
    gradients.hessianScale = scales[1]!;
    this.#search.seedThresholds(this.#state.thresholdSeed[0]!);
    const node: Pick<GrownNode, 'start' | 'end'> = { start, end };
    // Two for each child, set by the coordinator.
    const ofChild = { low: bounds[2 * child]!, high: bounds[2 * child + 1]! };
    const split = this.#search.find(node, histogram, this.#workerInput.rows, gradients, ofChild);
    const at = child * FOUND.LENGTH;
    found[at + FOUND.FEATURE] = split === null ? -1 : split.feature;
    if (split === null) return;
    found[at + FOUND.BIN] = split.bin;
    found[at + FOUND.IS_CATEGORY] = split.isCategory ? 1 : 0;
    foundGains[child] = split.gain;
    foundPartings[child] = split.parting?.value ?? Number.NaN;
    foundLeftBins.set(split.leftBins, child * LEFT_BINS_BYTES);
  }
}

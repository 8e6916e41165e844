import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { ParallelFor } from '../../parallel/worker-pool.ts';
import type { GrownNode, PartitionPoints, SplitFinder } from '../grow-tree.ts';
import {
  ACTION,
  FOUND,
  type GrowthWorkerInput,
  LEFT_BINS_BYTES,
  MAX_PAIRS,
  PAIR,
  type SharedGrowthState,
} from '../shared-growth-state.ts';
import { GROWTH_STEP } from '../tree-growth-worker.ts';

/** A node of more rows times features than this is counted by all threads at once: some milliseconds of one. */
const SHARED_COST = 2_000_000;

/** The same where there are not enough nodes for all threads. */
const SHARED_COST_OF_FEW_NODES = 100_000;

/** Minimum rows per chunk of such a node: each chunk ends with a pass over all bins. */
const MIN_CHUNK_ROWS = 4_096;
const MAX_CHUNK_ROWS = 32_768;

/** Rows times features that are counted between two yield points: about 20 ms of one thread. */
const COST_PER_STEP = 20_000_000;

/** Nanoseconds that it takes about to count a row of a feature, to search a bin, and to move a row. */
const COUNT_NANOSECONDS = 1.5;
const SEARCH_NANOSECONDS = 4;
const PARTITION_NANOSECONDS = 2;

/** Two children whose splits are wanted. */
interface Pair {
  readonly parent: GrownNode;
  readonly left: GrownNode;
  readonly right: GrownNode;
}

/**
 * Splits by gradient histograms, on all threads of the pool. Of two children only the smaller one is counted; the other's
 * histogram is the parent's minus that, in place.
 */
export class HistogramSplitFinder implements SplitFinder {
  readonly maxBatch = MAX_PAIRS;
  readonly #wasm: TrainingWasm;
  readonly #parallelFor: ParallelFor;
  readonly #workerInput: readonly GrowthWorkerInput[];
  readonly #state: SharedGrowthState;
  readonly #featureCount: number;
  readonly #minRows: number;
  /** The number of the histogram that an open node holds. */
  readonly #histogramOf = new Map<GrownNode, number>();
  readonly #free: number[];

  /** `workerInput`: for each thread of the pool. */
  constructor(wasm: TrainingWasm, parallelFor: ParallelFor, workerInput: readonly GrowthWorkerInput[]) {
    this.#wasm = wasm;
    this.#parallelFor = parallelFor;
    this.#workerInput = workerInput;
    // A pool has at least one thread.
    const { state, matrix, settings } = workerInput[0]!;
    this.#state = state;
    this.#featureCount = matrix.featureCount;
    this.#minRows = 2 * settings.minSamplesLeaf;
    this.#free = state.histograms.map((_, number) => number);
  }

  /** From now on only the features marked 1 are split on; at least one is. */
  selectFeatures(isSelected: Uint8Array): void {
    this.#state.selected.set(isSelected);
  }

  *openRoot(root: GrownNode): Generator<void, void> {
    if (this.#isTooSmall(root)) return;
    const histogram = this.#allocateHistogram(root);
    if (this.#isShared(root, 1)) yield* this.#countShared(root, histogram);
    const actions = this.#isShared(root, 1) ? ACTION.SEARCH_LEFT : ACTION.COUNT_LEFT | ACTION.SEARCH_LEFT;
    this.#writeBounds(0, root);
    this.#writePair(0, root.start, root.end, root.end, [histogram, histogram], actions);
    this.#parallelFor.each(GROWTH_STEP.OPEN, 1, 0);
    this.#readSplit(root, 0);
  }

  partition(nodes: readonly GrownNode[]): readonly PartitionPoints[] {
    const { pairs, pairLeftBins } = this.#state;
    let rows = 0;
    nodes.forEach((node, pair) => {
      // Only nodes that have a split are partitioned.
      const { feature, leftBins } = node.split!;
      const at = pair * PAIR.LENGTH;
      pairs[at + PAIR.START] = node.start;
      pairs[at + PAIR.END] = node.end;
      pairs[at + PAIR.OTHER_START] = node.otherStart;
      pairs[at + PAIR.OTHER_END] = node.otherEnd;
      pairs[at + PAIR.FEATURE] = feature;
      pairLeftBins.set(leftBins, pair * LEFT_BINS_BYTES);
      rows += node.end - node.start + node.otherEnd - node.otherStart;
    });
    this.#parallelFor.each(GROWTH_STEP.PARTITION, nodes.length, rows * PARTITION_NANOSECONDS);
    return nodes.map((_, pair) => ({
      rightStart: pairs[pair * PAIR.LENGTH + PAIR.RIGHT_START]!,
      otherRightStart: pairs[pair * PAIR.LENGTH + PAIR.OTHER_RIGHT_START]!,
    }));
  }

  *openChildren(parents: readonly GrownNode[]): Generator<void, void> {
    const waiting = parents.flatMap((parent): Pair[] => {
      // They have just been divided.
      const [left, right] = parent.children!;
      if (!this.#isTooSmall(left) || !this.#isTooSmall(right)) return [{ parent, left, right }];
      this.close(parent);
      return [];
    });
    // The largest first: no thread is then left alone with one at the end.
    waiting.sort((a, b) => b.parent.end - b.parent.start - (a.parent.end - a.parent.start));
    while (waiting.length > 0) yield* this.#openBatch(waiting);
  }

  close(node: GrownNode): void {
    const histogram = this.#histogramOf.get(node);
    if (histogram === undefined) return;
    this.#histogramOf.delete(node);
    this.#free.push(histogram);
  }

  /** Opens the first pairs that there are histograms for, and takes them off the list. */
  *#openBatch(waiting: Pair[]): Generator<void, void> {
    const opened: Pair[] = [];
    let nanoseconds = 0;
    for (let pair = waiting[0]; pair !== undefined && opened.length < MAX_PAIRS; pair = waiting[0]) {
      const needed = this.#histogramOf.has(pair.parent) ? 1 : 2;
      if (this.#free.length < needed && opened.length > 0) break;
      this.#evictHistograms(needed, pair.parent);
      waiting.shift();
      nanoseconds += yield* this.#preparePair(pair, opened.length, opened.length + 1 + waiting.length);
      opened.push(pair);
    }
    yield;
    this.#parallelFor.each(GROWTH_STEP.OPEN, opened.length, nanoseconds);
    opened.forEach(({ left, right }, pair) => {
      this.#readSplit(left, 2 * pair);
      this.#readSplit(right, 2 * pair + 1);
    });
  }

  /** Assigns histograms to the children and writes the actions; returns how long these take. */
  *#preparePair({ parent, left, right }: Pair, number: number, nodes: number): Generator<void, number> {
    const isLeftSmaller = left.end - left.start <= right.end - right.start;
    const [smaller, larger] = isLeftSmaller ? [left, right] : [right, left];
    const known = this.#histogramOf.get(parent);
    this.#histogramOf.delete(parent);
    const largerHistogram = known ?? this.#allocateHistogram(larger);
    this.#histogramOf.set(larger, largerHistogram);
    const smallerHistogram = this.#allocateHistogram(smaller);

    let actions: number = ACTION.SEARCH_LEFT | ACTION.SEARCH_RIGHT;
    if (this.#isTooSmall(smaller)) actions = isLeftSmaller ? ACTION.SEARCH_RIGHT : ACTION.SEARCH_LEFT;
    let nanoseconds = SEARCH_NANOSECONDS * this.#workerInput[0]!.ownHistogram.length;
    const count = function* (this: HistogramSplitFinder, node: GrownNode, histogram: number): Generator<void, void> {
      if (this.#isShared(node, nodes)) yield* this.#countShared(node, histogram);
      else {
        actions |= node === left ? ACTION.COUNT_LEFT : ACTION.COUNT_RIGHT;
        nanoseconds += (node.end - node.start) * this.#featureCount * COUNT_NANOSECONDS;
      }
    }.bind(this);
    yield* count(smaller, smallerHistogram);
    if (known === undefined) yield* count(larger, largerHistogram);
    else actions |= isLeftSmaller ? ACTION.SUBTRACT_FROM_RIGHT : ACTION.SUBTRACT_FROM_LEFT;
    const histograms = isLeftSmaller ? [smallerHistogram, largerHistogram] : [largerHistogram, smallerHistogram];
    this.#writeBounds(2 * number, left);
    this.#writeBounds(2 * number + 1, right);
    this.#writePair(number, left.start, right.start, right.end, histograms, actions);
    return nanoseconds;
  }

  /** Counts a large node on all threads, and adds up what each has counted. */
  *#countShared({ start, end }: GrownNode, number: number): Generator<void, void> {
    const { functions } = this.#wasm;
    const { histograms, counted } = this.#state;
    // Every number on the free list is one of a histogram.
    const histogram = histograms[number]!.fill(0);
    const perThread = Math.ceil((end - start) / (2 * this.#workerInput.length));
    const size = Math.min(MAX_CHUNK_ROWS, Math.max(MIN_CHUNK_ROWS, perThread));
    const rowsPerStep = size * Math.ceil(COST_PER_STEP / this.#featureCount / size) * this.#workerInput.length;
    for (let from = start; from < end; from += rowsPerStep) {
      const to = Math.min(from + rowsPerStep, end);
      counted.set([from, to, size]);
      const nanoseconds = (to - from) * this.#featureCount * COUNT_NANOSECONDS;
      this.#parallelFor.each(GROWTH_STEP.COUNT, Math.ceil((to - from) / size), nanoseconds);
      yield;
    }
    for (const { ownHistogram } of this.#workerInput) {
      const [own, sum] = [this.#wasm.addressOf(ownHistogram), this.#wasm.addressOf(histogram)];
      functions.moveSums(own, sum, histogram.length);
    }
  }

  #writeBounds(child: number, { bounds }: GrownNode): void {
    this.#state.bounds[2 * child] = bounds.low;
    this.#state.bounds[2 * child + 1] = bounds.high;
  }

  #writePair(
    pair: number,
    start: number,
    rightStart: number,
    end: number,
    histograms: readonly number[],
    actions: number,
  ): void {
    const { pairs } = this.#state;
    pairs.set([start, rightStart, end, 0, ...histograms, actions], pair * PAIR.LENGTH);
  }

  /** Stores the split that was found for a child; frees its histogram if the child cannot be divided. */
  #readSplit(node: GrownNode, child: number): void {
    const { found, foundGains, foundLeftBins, foundPartings } = this.#state;
    const at = child * FOUND.LENGTH;
    const feature = found[at + FOUND.FEATURE]!;
    if (this.#isTooSmall(node) || feature < 0) {
      this.close(node);
      return;
    }
    const { matrix, settings } = this.#workerInput[0]!;
    const bins = matrix.binCounts[feature]!;
    const direction = settings.directions?.[feature] ?? 0;
    node.split = {
      feature,
      gain: foundGains[child]!,
      isCategory: found[at + FOUND.IS_CATEGORY] === 1,
      bin: found[at + FOUND.BIN]!,
      leftBins: Uint8Array.from(foundLeftBins.subarray(child * LEFT_BINS_BYTES, child * LEFT_BINS_BYTES + bins)),
      parting: direction === 0 ? null : { value: foundPartings[child]!, isIncreasing: direction > 0 },
    };
  }

  #allocateHistogram(node: GrownNode): number {
    // There is one: #evictHistograms has seen to it, and a root is opened when no other node is.
    const histogram = this.#free.pop()!;
    this.#histogramOf.set(node, histogram);
    return histogram;
  }

  /** Evicts histograms of other open nodes until enough are free. */
  #evictHistograms(wanted: number, keep: GrownNode): void {
    for (const node of this.#histogramOf.keys()) {
      if (this.#free.length >= wanted) return;
      if (node !== keep) this.close(node);
    }
  }

  #isTooSmall(node: GrownNode): boolean {
    return node.end - node.start < this.#minRows;
  }

  /** Whether all threads are to count the node; `nodes`: how many are opened together with it. */
  #isShared(node: GrownNode, nodes: number): boolean {
    const enough = nodes < 2 * this.#workerInput.length ? SHARED_COST_OF_FEW_NODES : SHARED_COST;
    return (node.end - node.start) * this.#featureCount > enough;
  }
}

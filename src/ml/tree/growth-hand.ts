import { Kernel } from '../parallel/kernel.ts';
import { bindMatrix } from './binning/binned-matrix.ts';
import type { GrownNode } from './grow-tree.ts';
import { FOUND, type GrowthBoard, type GrowthEquipment, PAIR, QUESTION_BYTES, TO_DO } from './growth-board.ts';
import type { PackedGradients } from './splitting/gradient-packing.ts';
import { GradientSplitSearch } from './splitting/gradient-split-search.ts';
import { HistogramBuilder } from './splitting/histogram.ts';

/** The steps of growing a tree; the number of each is told to all threads. */
export const GROWTH_STEP = { PARTITION: 0, COUNT: 1, OPEN: 2, LENGTH: 3 } as const;

/** What one thread does in growing trees by gradients. */
export class GrowthHand {
  readonly kernel: Kernel;
  readonly #equipment: GrowthEquipment;
  readonly #board: GrowthBoard;
  readonly #columnAddresses: readonly number[];
  readonly #builder: HistogramBuilder;
  readonly #search: GradientSplitSearch;
  readonly #gradients: PackedGradients;

  constructor(equipment: GrowthEquipment) {
    this.kernel = Kernel.join(equipment.kernel);
    this.#equipment = equipment;
    this.#board = equipment.board;
    const matrix = bindMatrix(equipment.matrix, this.kernel);
    this.#columnAddresses = matrix.columns.map((column) => this.kernel.addressOf(column));
    this.#gradients = equipment.gradients;
    this.#builder = new HistogramBuilder(matrix, equipment.rows, this.#gradients, equipment.sums, this.#board.wanted);
    this.#search = new GradientSplitSearch(matrix, equipment.settings, equipment.cutRoom);
    this.#search.selectFeatures(this.#board.wanted);
  }

  run(step: number, task: number): void {
    if (step === GROWTH_STEP.PARTITION) this.#partition(task);
    else if (step === GROWTH_STEP.COUNT) this.#count(task);
    else this.#open(task);
  }

  /** Divides the rows of a pair's node. */
  #partition(pair: number): void {
    const { pairs } = this.#board;
    const at = pair * PAIR.LENGTH;
    pairs[at + PAIR.MIDDLE] = this.#divide(pair, pairs[at + PAIR.START]!, pairs[at + PAIR.END]!);
    pairs[at + PAIR.OTHER_MIDDLE] = this.#divide(pair, pairs[at + PAIR.OTHER_START]!, pairs[at + PAIR.OTHER_END]!);
  }

  /** Puts those of rows[start, end) first that the pair's question sends left; returns where the others begin. */
  #divide(pair: number, start: number, end: number): number {
    const { kernel } = this;
    const { rows, spare } = this.#equipment;
    const { pairs, questions } = this.#board;
    return kernel.functions.partitionRows(
      kernel.addressOf(rows),
      start,
      end,
      this.#columnAddresses[pairs[pair * PAIR.LENGTH + PAIR.FEATURE]!]!,
      kernel.addressOf(questions) + pair * QUESTION_BYTES,
      // Each stretch of the rows has the same one of the spare rows to itself.
      kernel.addressOf(spare) + start * 4,
    );
  }

  /** Adds a chunk of a large node's rows to the thread's own histogram. */
  #count(chunk: number): void {
    const [start, end, size] = this.#board.counted;
    // The leader has set all three.
    const from = start! + chunk * size!;
    this.#builder.add(this.#equipment.ownHistogram, from, Math.min(from + size!, end!));
  }

  /** Completes the histograms of a pair of children, and finds their splits. */
  #open(pair: number): void {
    const { functions } = this.kernel;
    const { pairs, histograms } = this.#board;
    const at = pair * PAIR.LENGTH;
    const toDo = pairs[at + PAIR.TO_DO]!;
    const start = pairs[at + PAIR.START]!;
    const middle = pairs[at + PAIR.MIDDLE]!;
    const end = pairs[at + PAIR.END]!;
    // Where there is none, nothing is to be done with it.
    const left = histograms[pairs[at + PAIR.LEFT_HISTOGRAM]!]!;
    const right = histograms[pairs[at + PAIR.RIGHT_HISTOGRAM]!]!;
    if ((toDo & TO_DO.COUNT_LEFT) !== 0) this.#builder.add(left.fill(0), start, middle);
    if ((toDo & TO_DO.COUNT_RIGHT) !== 0) this.#builder.add(right.fill(0), middle, end);
    const { kernel } = this;
    if ((toDo & TO_DO.SUBTRACT_FROM_LEFT) !== 0)
      functions.subtract(kernel.addressOf(left), kernel.addressOf(right), left.length);
    if ((toDo & TO_DO.SUBTRACT_FROM_RIGHT) !== 0)
      functions.subtract(kernel.addressOf(right), kernel.addressOf(left), left.length);
    if ((toDo & TO_DO.SEARCH_LEFT) !== 0) this.#find(2 * pair, left, start, middle);
    if ((toDo & TO_DO.SEARCH_RIGHT) !== 0) this.#find(2 * pair + 1, right, middle, end);
  }

  #find(child: number, histogram: Float64Array, start: number, end: number): void {
    const { found, foundGains, foundQuestions, scales } = this.#board;
    const gradients = this.#gradients;
    // Two of them, set by the leader.
    gradients.gradientScale = scales[0]!;
    gradients.hessianScale = scales[1]!;
    const node: Pick<GrownNode, 'start' | 'end'> = { start, end };
    const split = this.#search.find(node, histogram, this.#equipment.rows, gradients);
    const at = child * FOUND.LENGTH;
    found[at + FOUND.FEATURE] = split === null ? -1 : split.feature;
    if (split === null) return;
    found[at + FOUND.BIN] = split.bin;
    found[at + FOUND.IS_CATEGORY] = split.isCategory ? 1 : 0;
    foundGains[child] = split.gain;
    foundQuestions.set(split.goesLeft, child * QUESTION_BYTES);
  }
}

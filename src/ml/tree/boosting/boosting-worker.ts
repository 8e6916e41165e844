import type { StepWorker } from '../../parallel/step-worker.ts';
import type { GrowthWorkerInput } from '../shared-growth-state.ts';
import { type LeafPenalty, limitedStep, newtonStep, shrunkNewtonStep } from '../splitting/newton-step.ts';
import { GROWTH_STEP, TreeGrowthWorker } from '../tree-growth-worker.ts';
import { type BoostingObjective, ObjectiveEvaluator } from './boosting-objective.ts';
import { residualQuantile } from './count-and-quantile.ts';
import {
  type LineRoom,
  MAX_SLOPES,
  type RowRanges,
  type SharedLines,
  setSlot,
  solveLine,
  spanOf,
} from './leaf-lines.ts';

/** Rows that are a task in the steps that go through all of them. Sums of blocks are added in order, on any thread. */
export const BOOSTING_BLOCK = 8_192;

/** The steps of a round; the number of each is shared with all threads. */
export const BOOSTING_STEP = {
  COMPUTE_GRADIENTS: GROWTH_STEP.LENGTH,
  MIX_GRADIENTS: GROWTH_STEP.LENGTH + 1,
  PACK: GROWTH_STEP.LENGTH + 2,
  UPDATE_RAW_PREDICTIONS: GROWTH_STEP.LENGTH + 3,
  UPDATE: GROWTH_STEP.LENGTH + 4,
  /** The two parts of UPDATE_RAW_PREDICTIONS, where values are put in order in between. */
  FIND_LEAF_VALUES: GROWTH_STEP.LENGTH + 5,
  ADD_LEAF_VALUES: GROWTH_STEP.LENGTH + 6,
  /** As UPDATE_RAW_PREDICTIONS, of leaves with slopes. */
  FIT_LINES: GROWTH_STEP.LENGTH + 7,
} as const;

/** State that the threads of a boosting share, in shared memory. */
export interface SharedBoostingState {
  /** The margin that leaves are given values of, and what the rounding of a tree's derivatives begins with. */
  readonly margin: Int32Array;
  /** The direction of the margins that a tree is grown along: a number for each; empty where there is one margin. */
  readonly shares: Float64Array;
  /** For each block of rows the largest gradient, in size, and the largest hessian. */
  readonly largest: Float64Array;
  /** For each block of rows the sums of the losses of rows that are fitted to, and of those that are held out. */
  readonly losses: Float64Array;
  /** For each leaf of a tree where its rows start and end, and its other rows, and what it adds to their margins. */
  readonly leafRows: Int32Array;
  readonly leafValues: Float64Array;
  /** Null where leaves are numbers. */
  readonly lines: SharedLines | null;
}

/** What a thread needs to help in boosting. */
export interface BoostingWorkerInput {
  readonly growth: GrowthWorkerInput;
  readonly objective: BoostingObjective;
  readonly state: SharedBoostingState;
  readonly learningRate: number;
  readonly penalty: LeafPenalty;
  /** The thread's own: three sums of derivatives, and of how many. */
  readonly sums: Float64Array;
  /** The thread's own, where leaves have slopes. */
  readonly room: LineRoom | null;
}

/** What one thread does of a round. */
export class BoostingWorker implements StepWorker {
  readonly #workerInput: BoostingWorkerInput;
  readonly #growth: TreeGrowthWorker;
  readonly #evaluator: ObjectiveEvaluator;

  constructor(workerInput: BoostingWorkerInput) {
    this.#workerInput = workerInput;
    this.#growth = new TreeGrowthWorker(workerInput.growth);
    this.#evaluator = new ObjectiveEvaluator(workerInput.objective, this.#growth.wasm);
  }

  run(step: number, task: number): void {
    if (step === BOOSTING_STEP.COMPUTE_GRADIENTS) this.#computeGradients(task);
    else if (step === BOOSTING_STEP.MIX_GRADIENTS) this.#mixGradients(task);
    else if (step === BOOSTING_STEP.PACK) this.#pack(task);
    else if (step === BOOSTING_STEP.UPDATE_RAW_PREDICTIONS) this.#updateRawPredictions(task);
    else if (step === BOOSTING_STEP.UPDATE) this.#update(task);
    else if (step === BOOSTING_STEP.FIND_LEAF_VALUES) this.#findLeafValue(task);
    else if (step === BOOSTING_STEP.ADD_LEAF_VALUES) this.#addLeafValue(task);
    else if (step === BOOSTING_STEP.FIT_LINES) this.#fitLine(task);
    else this.#growth.run(step, task);
  }

  #computeGradients(block: number): void {
    const { margin, largest } = this.#workerInput.state;
    // Two numbers, set by the coordinator.
    this.#evaluator.computeGradients(margin[0]!, ...this.#rowsOf(block), largest.subarray(2 * block, 2 * block + 2));
  }

  #mixGradients(block: number): void {
    const { shares, largest } = this.#workerInput.state;
    const largestOfBlock = largest.subarray(2 * block, 2 * block + 2);
    this.#evaluator.computeMixedGradients(shares, ...this.#rowsOf(block), largestOfBlock);
  }

  #pack(block: number): void {
    const { objective, growth, state } = this.#workerInput;
    const { wasm } = this.#growth;
    const [start, end] = this.#rowsOf(block);
    wasm.functions.packDerivatives(
      wasm.addressOf(objective.gradients),
      objective.hessians.length === 0 ? 0 : wasm.addressOf(objective.hessians),
      start,
      end,
      growth.state.scales[0]!,
      growth.state.scales[1]!,
      growth.gradients.packing.shift,
      state.margin[1]!,
      wasm.addressOf(growth.gradients.packed),
    );
  }

  /** Gives a leaf its value, and adds it to its rows' margins. */
  #updateRawPredictions(leaf: number): void {
    this.#findLeafValue(leaf);
    this.#addLeafValue(leaf);
  }

  #findLeafValue(leaf: number): void {
    const { objective, growth, state, learningRate } = this.#workerInput;
    const ranges = this.#rangesOf(leaf);
    const step =
      objective.kind === 'QUANTILE' ? residualQuantile(objective, growth.rows, ranges) : this.#leafStep(ranges);
    state.leafValues[leaf] = learningRate * step;
  }

  #addLeafValue(leaf: number): void {
    const { objective, growth, state } = this.#workerInput;
    const { wasm } = this.#growth;
    const margins = wasm.addressOf(objective.margins.subarray(state.margin[0]! * objective.rowCount));
    const rows = wasm.addressOf(growth.rows);
    const value = state.leafValues[leaf]!;
    for (const [from, to] of this.#rangesOf(leaf)) wasm.functions.addToRows(margins, rows, from, to, value);
  }

  /** Gives a leaf its value and its slopes, and adds what they say to its rows' margins. */
  #fitLine(leaf: number): void {
    const { objective, growth, state, learningRate, penalty, sums, room } = this.#workerInput;
    const { lines } = state;
    const { wasm } = this.#growth;
    if (lines === null || room === null) throw new Error('the leaves of this boosting have no slopes');
    const ranges = this.#rangesOf(leaf);
    const rows = {
      gradients: wasm.addressOf(objective.gradients),
      hessians: objective.hessians.length === 0 ? 0 : wasm.addressOf(objective.hessians),
      roles: objective.roles.length === 0 ? 0 : wasm.addressOf(objective.roles),
      rows: wasm.addressOf(growth.rows),
      ranges,
    };
    const from = leaf * MAX_SLOPES;
    const slopes = lines.features.subarray(from, from + lines.counts[leaf]!);
    const used: { readonly feature: number; readonly bins: number }[] = [];
    for (const feature of slopes) {
      const bins = spanOf(room, growth.matrix, wasm, feature, rows);
      if (bins !== null) used.push({ feature, bins });
    }
    this.#sumDerivatives(ranges);
    const features = used.map(({ feature }) => feature);
    used.forEach((each, i) => {
      setSlot(room, i, growth.matrix, wasm, each);
    });
    room.sums.fill(0);
    for (const [start, end] of ranges) {
      wasm.functions.sumDistances(
        ...([wasm.addressOf(room.slots), used.length, rows.gradients, rows.hessians, rows.roles, rows.rows] as const),
        ...([start, end, wasm.addressOf(room.sums)] as const),
      );
    }
    const value = learningRate * solveLine(room, features, lines.variances, [sums[0]!, sums[1]!], penalty);
    state.leafValues[leaf] = value;
    lines.counts[leaf] = used.length;
    used.forEach(({ feature, bins }, i) => {
      room.slopes[i]! *= learningRate;
      lines.features[from + i] = feature;
      lines.bins[from + i] = bins;
      lines.slopes[from + i] = room.slopes[i]!;
    });
    const margins = wasm.addressOf(objective.margins);
    for (const [start, end] of ranges) {
      wasm.functions.addLinesToRows(
        ...([margins, wasm.addressOf(room.slots), wasm.addressOf(room.slopes), used.length, rows.rows] as const),
        ...([start, end, value] as const),
      );
    }
  }

  /** Where a leaf's rows are in the order of rows. */
  #rangesOf(leaf: number): RowRanges {
    // Four numbers for each leaf, set by the coordinator.
    const bounds = this.#workerInput.state.leafRows.subarray(4 * leaf, 4 * leaf + 4);
    return [
      [bounds[0]!, bounds[1]!],
      [bounds[2]!, bounds[3]!],
    ];
  }

  /** The step of a leaf of these rows, from their unrounded derivatives. */
  #leafStep(ranges: RowRanges): number {
    const { objective, penalty, sums } = this.#workerInput;
    this.#sumDerivatives(ranges);
    // There are four of them.
    const gradient = sums[0]!;
    const hessian = sums[1]!;
    if (objective.kind === 'SQUARED') return newtonStep(gradient, hessian, penalty);
    if (objective.kind === 'POISSON') return limitedStep(newtonStep(gradient, hessian, penalty));
    return shrunkNewtonStep(gradient, hessian, sums[2]!, sums[3]!, penalty);
  }

  /** Fills `sums`. */
  #sumDerivatives(ranges: RowRanges): void {
    const { objective, growth, sums } = this.#workerInput;
    const { wasm } = this.#growth;
    sums.fill(0);
    for (const [from, to] of ranges) {
      wasm.functions.sumDerivatives(
        wasm.addressOf(objective.gradients),
        objective.hessians.length === 0 ? 0 : wasm.addressOf(objective.hessians),
        objective.roles.length === 0 ? 0 : wasm.addressOf(objective.roles),
        objective.rowCounts.length === 0 ? 0 : wasm.addressOf(objective.rowCounts),
        wasm.addressOf(growth.rows),
        from,
        to,
        wasm.addressOf(sums),
      );
    }
  }

  #update(block: number): void {
    const { objective, state } = this.#workerInput;
    const [start, end] = this.#rowsOf(block);
    this.#evaluator.update(start, end);
    state.losses[2 * block] = this.#evaluator.loss(0, start, end);
    state.losses[2 * block + 1] = objective.roles.length === 0 ? 0 : this.#evaluator.loss(1, start, end);
    // What was just read is still in the processor's cache.
    if (objective.marginCount === 1) this.#computeGradients(block);
  }

  #rowsOf(block: number): readonly [number, number] {
    const start = block * BOOSTING_BLOCK;
    return [start, Math.min(start + BOOSTING_BLOCK, this.#workerInput.objective.rowCount)];
  }
}

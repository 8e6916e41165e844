import type { LongHand } from '../crew-hand.ts';
import type { TrainingTarget } from '../training-set.ts';
import type { MatrixShare } from '../tree/binned-matrix.ts';
import { ClassSplitter } from './class-splitter.ts';
import type { ForestTree } from './forest-tree.ts';
import { MeanSplitter } from './mean-splitter.ts';
import type { NodeSplitter } from './node-splitter.ts';
import { outputsFor } from './out-of-bag.ts';
import { type ForestSettings, TreeGrower } from './tree-grower.ts';

/** What a thread needs to grow trees of a forest. */
export interface ForestEquipment {
  readonly matrix: MatrixShare;
  readonly target: TrainingTarget;
  /** For each class how much its rows count; null: all alike. */
  readonly weights: Float64Array | null;
  readonly minSamplesLeaf: number;
  readonly settings: ForestSettings;
}

/** A tree, and what it says about the rows that it has not seen. */
export interface GrownForestTree {
  readonly tree: ForestTree;
  /** The rows that it was not grown on, ascending. */
  readonly others: Int32Array;
  /** For each of them the probability of its own label, or for regression the value. */
  readonly outputs: Float64Array;
}

/** Grows trees: task t is tree t of the forest. */
export class ForestHand implements LongHand<GrownForestTree> {
  readonly #matrix: MatrixShare;
  readonly #target: TrainingTarget;
  readonly #grower: TreeGrower;

  constructor({ matrix, target, weights, minSamplesLeaf, settings }: ForestEquipment) {
    this.#matrix = matrix;
    this.#target = target;
    this.#grower = new TreeGrower(matrix, createSplitter(target, weights, minSamplesLeaf), settings);
  }

  *work(number: number): Generator<number, GrownForestTree> {
    const { tree, bootstrap } = yield* this.#grower.grow(number);
    const { others } = bootstrap;
    return { tree, others, outputs: outputsFor(this.#matrix, this.#target, tree, others) };
  }
}

function createSplitter(target: TrainingTarget, weights: Float64Array | null, minSamplesLeaf: number): NodeSplitter {
  return target.task === 'CLASSIFICATION' && target.labels.length > 2
    ? new ClassSplitter(target.codes, target.labels.length, weights, minSamplesLeaf)
    : new MeanSplitter(target, weights, minSamplesLeaf);
}

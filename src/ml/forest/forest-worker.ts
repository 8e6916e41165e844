import type { TrainingWeights } from '../class-weights.ts';
import type { TaskWorker } from '../parallel/step-worker.ts';
import { TrainingWasm } from '../parallel/training-wasm.ts';
import type { TrainingTarget } from '../training-set.ts';
import { bindMatrix, type MatrixShare } from '../tree/binning/binned-matrix.ts';
import type { ForestMemory } from './forest-memory.ts';
import type { ForestTree } from './forest-tree.ts';
import { LeafFinder } from './leaf-finder.ts';
import { outputsFor } from './out-of-bag.ts';
import { ClassificationSplitter } from './splitting/classification-splitter.ts';
import type { NodeSplitter } from './splitting/node-splitter.ts';
import { RegressionSplitter } from './splitting/regression-splitter.ts';
import { type ForestSettings, TreeGrower } from './tree-grower.ts';

/** What a thread needs to grow trees of a forest. */
export interface ForestWorkerInput {
  readonly matrix: MatrixShare;
  readonly target: TrainingTarget;
  readonly weights: TrainingWeights;
  readonly minSamplesLeaf: number;
  readonly settings: ForestSettings;
  /** This thread's own. */
  readonly memory: ForestMemory;
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
export class ForestWorker implements TaskWorker<GrownForestTree> {
  readonly #target: TrainingTarget;
  readonly #classWeights: Float64Array | null;
  readonly #grower: TreeGrower;
  readonly #leafFinder: LeafFinder;

  constructor({ matrix, target, weights, minSamplesLeaf, settings, memory }: ForestWorkerInput) {
    this.#target = target;
    this.#classWeights = weights.ofClasses;
    const wasm = TrainingWasm.join(memory.wasm);
    const splitter = createSplitter(target, weights, minSamplesLeaf, wasm, memory);
    const ownMatrix = bindMatrix(matrix, wasm);
    this.#grower = new TreeGrower(ownMatrix, splitter, settings, memory);
    this.#leafFinder = new LeafFinder(ownMatrix, memory);
  }

  *work(number: number): Generator<number, GrownForestTree> {
    const { tree: grown, sample } = yield* this.#grower.grow(number);
    const tree = treeWithoutWeights(grown, this.#classWeights);
    const { others } = sample;
    return { tree, others, outputs: outputsFor(this.#leafFinder, this.#target, tree, others) };
  }
}

/** Class weights affect a tree's splits; its leaves hold the unweighted class frequencies. */
function treeWithoutWeights(tree: ForestTree, weights: Float64Array | null): ForestTree {
  if (weights === null) return tree;
  const { leafStarts, leafOutputs } = tree;
  const leafValues = tree.leafValues.map((value, i) => value / weights[leafOutputs[i]!]!);
  for (let leaf = 0; leaf + 1 < leafStarts.length; leaf++) {
    const shares = leafValues.subarray(leafStarts[leaf]!, leafStarts[leaf + 1]!);
    const sum = shares.reduce((total, share) => total + share, 0);
    for (let i = 0; i < shares.length; i++) shares[i]! /= sum;
  }
  return { ...tree, leafValues };
}

function createSplitter(
  target: TrainingTarget,
  weights: TrainingWeights,
  minSamplesLeaf: number,
  wasm: TrainingWasm,
  { cells }: ForestMemory,
): NodeSplitter {
  if (cells !== null) return new RegressionSplitter(target, weights, minSamplesLeaf, wasm, cells);
  if (target.task === 'REGRESSION') throw new Error('numbers need cells');
  return new ClassificationSplitter(target, weights, minSamplesLeaf);
}

import { mean } from '../mean.ts';
import { orderLeaves } from '../monotone/monotone-leaves.ts';
import { float64ArrayFrom } from '../parallel/typed-arrays.ts';
import type { TrainingTarget } from '../training-set.ts';
import { type GrownNode, leavesOf } from './grow-tree.ts';
import { passesPurityCheck } from './splitting/mdl-purity-check.ts';

/**
 * Class frequencies of a node count together with this many rows of its parent's: a leaf of five rows of one class is no
 * proof that the others never occur there. It keeps the log-loss of a deep tree small; with more classes a leaf's rows say
 * less about each.
 */
function parentRows(classCount: number): number {
  return Math.max(10, classCount / 2);
}

/** Rows in the order of a tree's nodes, and for each row of the table how much it counts (null: each 1). */
interface WeightedRows {
  readonly rows: Int32Array;
  readonly weights: Float64Array | null;
}

type LabelledRows = Pick<TrainingTarget & { task: 'CLASSIFICATION' }, 'codes' | 'labels'>;

/** For each leaf the mean of its rows' values, by weight, as a vector of one. */
export function leafMeans(
  root: GrownNode,
  rows: Int32Array,
  values: Float64Array,
  weights: Float64Array | null,
): Map<GrownNode, Float64Array> {
  const vectors = new Map<GrownNode, Float64Array>();
  for (const leaf of leavesOf(root)) {
    const inLeaf = (each: Float64Array) => float64ArrayFrom(leaf.end - leaf.start, (i) => each[rows[leaf.start + i]!]!);
    vectors.set(leaf, Float64Array.of(mean(inLeaf(values), weights && inLeaf(weights))));
  }
  return vectors;
}

/**
 * For each leaf the probability of each class: on the way down from the root, each node's is
 * (rows of the class in it + prior * parent's probability) / (all rows + prior), with prior = parentRows, but never
 * so much that in a leaf of one class another one would come first. A tree that separates its classes by rule has no prior.
 */
export function leafFrequencies(
  root: GrownNode,
  weighted: WeightedRows,
  { codes, labels }: LabelledRows,
  featureCount: number,
): Map<GrownNode, Float64Array> {
  const vectors = new Map<GrownNode, Float64Array>();
  const countsOf = countClasses(root, weighted, codes, labels.length);
  // The root was counted.
  const isPure = passesPurityCheck(root, weighted.rows, codes, countsOf.get(root)!, featureCount);
  const prior = isPure ? 0 : parentRows(labels.length);
  const descend = (node: GrownNode, above: Float64Array | null): void => {
    // Every node was counted.
    const counts = countsOf.get(node)!;
    const probabilities = node.children === null ? leafVector(counts, above, prior) : shrink(counts, above, prior);
    if (node.children === null) vectors.set(node, probabilities);
    else for (const child of node.children) descend(child, probabilities);
  };
  descend(root, null);
  return vectors;
}

/** For each node the rows of each class, by weight; the rows are read once, in the leaves. */
function countClasses(
  root: GrownNode,
  { rows, weights }: WeightedRows,
  codes: Int32Array,
  classCount: number,
): ReadonlyMap<GrownNode, Float64Array> {
  const countsOf = new Map<GrownNode, Float64Array>();
  const count = (node: GrownNode): Float64Array => {
    const counts = new Float64Array(classCount);
    if (node.children === null) {
      for (let i = node.start; i < node.end; i++) {
        const row = rows[i]!;
        counts[codes[row]!]! += weights === null ? 1 : weights[row]!;
      }
    } else {
      for (const child of node.children) for (const [k, weight] of count(child).entries()) counts[k]! += weight;
    }
    countsOf.set(node, counts);
    return counts;
  };
  count(root);
  return countsOf;
}

function shrink(counts: Float64Array, above: Float64Array | null, prior: number): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (above === null) return counts.map((count) => count / total);
  return counts.map((count, k) => (count + prior * above[k]!) / (total + prior));
}

function leafVector(counts: Float64Array, above: Float64Array | null, wanted: number): Float64Array {
  const only = counts.findIndex((count) => count > 0);
  const isPure = counts.every((count, k) => count === 0 || k === only);
  let prior = wanted;
  if (isPure && above !== null) {
    for (const probability of above) {
      const ahead = probability - above[only]!;
      // Nine tenths of the prior at which the other class would draw level.
      if (ahead > 0) prior = Math.min(prior, (0.9 * counts[only]!) / ahead);
    }
  }
  return shrink(counts, above, prior);
}

/** Puts the vectors of leaves, of a mean or of two frequencies, in the order that features have directions for. */
export function orderVectors(root: GrownNode, vectors: Map<GrownNode, Float64Array>, directions: Int8Array): void {
  const leafOf = (leaf: GrownNode) => {
    // Every leaf has a vector, of one number or of two.
    return { value: vectors.get(leaf)!.at(-1)!, weight: leaf.end - leaf.start };
  };
  orderLeaves(root, directions, leafOf, (leaf, value) => {
    vectors.set(leaf, vectors.get(leaf)?.length === 1 ? Float64Array.of(value) : Float64Array.of(1 - value, value));
  });
}

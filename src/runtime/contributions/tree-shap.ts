import { type ForestModel, isCategory, LEAF, type ModelFeature, type TreesModel } from '../model.ts';

/**
 * Shapley values of a tree ensemble's features: how much each moves an output of one row away from the mean over the training
 * rows, where features that are not known follow the training rows down the tree ("path-dependent" Tree SHAP: Lundberg, Erion and
 * Lee 2018, "Consistent individualized feature attribution for tree ensembles", algorithm 2).
 */

/**
 * The features on the way from the root to a node, for each level of the tree in a part of its own of the same arrays. Position 0
 * of a path is the root's, without a feature.
 */
interface Paths {
  readonly features: Int32Array;
  /** The share of the training rows that go down this path where the feature is not known. */
  readonly zeros: Float64Array;
  /** 1 if the row's answers lead down this path where the feature is known, else 0. */
  readonly ones: Float64Array;
  /** The weight of the subsets of each size. */
  readonly weights: Float64Array;
}

/** What a leaf adds to the output that is asked about. */
export type LeafOutput = (leaf: number) => number;

export class TreeShap {
  readonly #trees: TreesModel | ForestModel;
  readonly #isCategory: Uint8Array;
  /** For each feature the first that reads the same number: it is known with it, and gets what both do. */
  readonly #firsts: Int32Array;
  /** For each node how many training rows pass it. */
  readonly #rows: Float64Array;
  readonly #maxDepth: number;
  readonly #paths: Paths;
  /** Length of a level's part of the arrays. */
  readonly #width: number;
  /** For each node whether the current row is answered by its left child. */
  readonly #isSentLeft: Uint8Array;

  /** `leafRows`: for each leaf, in the order of the nodes, how many training rows end in it. */
  constructor(trees: TreesModel | ForestModel, features: readonly ModelFeature[], leafRows: Uint32Array) {
    this.#trees = trees;
    this.#isCategory = Uint8Array.from(features, (feature) => Number(isCategory(feature)));
    this.#firsts = firstsOf(features);
    this.#rows = rowsOfNodes(trees, leafRows);
    this.#maxDepth = deepest(trees);
    this.#width = this.#maxDepth + 2;
    this.#paths = newPaths(this.#width * (this.#maxDepth + 1));
    this.#isSentLeft = new Uint8Array(trees.nodeFeatures.length);
  }

  /** Steps that one row takes, about: leaves * depth^2. */
  get stepsPerRow(): number {
    return (this.#trees.nodeFeatures.length / 2) * this.#maxDepth ** 2;
  }

  /** The mean of an output over the training rows, summed over the trees of `roots`. */
  base(roots: Iterable<number>, output: LeafOutput): number {
    let sum = 0;
    for (const root of roots) sum += this.#meanBelow(root, output);
    return sum;
  }

  /**
   * Adds to `values`, which has one for each feature, what each feature does to an output of a row with these bins, summed over
   * the trees of `roots`. What features of the same number do together is added to the first of them.
   */
  addTo(values: Float64Array, roots: Iterable<number>, bins: Uint8Array, output: LeafOutput): void {
    this.#answer(bins);
    for (const root of roots) {
      if (this.#rows[root] === 0) continue;
      this.#descend(root, 0, 0, 1, 1, -1, values, output);
    }
  }

  #meanBelow(root: number, output: LeafOutput): number {
    const { nodeFeatures, nodeRights } = this.#trees;
    const open = [root];
    let sum = 0;
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (nodeFeatures[node] !== LEAF) open.push(nodeRights[node]!, node + 1);
      else sum += this.#rows[node]! * output(node);
    }
    return this.#rows[root] === 0 ? 0 : sum / this.#rows[root]!;
  }

  /** Answers the questions of all nodes, also of those that the row itself does not reach. */
  #answer(bins: Uint8Array): void {
    const { nodeFeatures, nodeSplits, categorySets, edges } = this.#trees;
    for (let node = 0; node < nodeFeatures.length; node++) {
      const feature = nodeFeatures[node]!;
      if (feature === LEAF) continue;
      const bin = bins[feature]!;
      const split = nodeSplits[node]!;
      if (this.#isCategory[feature] === 1) {
        this.#isSentLeft[node] = (categorySets[split + (bin >>> 5)]! >>> (bin & 31)) & 1;
      } else if (bin === edges[feature]!.length + 1) this.#isSentLeft[node] = split & 1;
      else this.#isSentLeft[node] = Number(bin <= split >>> 1);
    }
  }

  /** `at`: where the path's part begins; `length`: the path's features before this one. */
  #descend(
    node: number,
    at: number,
    length: number,
    zero: number,
    one: number,
    feature: number,
    values: Float64Array,
    output: LeafOutput,
  ): void {
    const paths = this.#paths;
    extend(paths, at, length, zero, one, feature);
    const { nodeFeatures, nodeRights } = this.#trees;
    if (nodeFeatures[node] === LEAF) {
      const value = output(node);
      for (let i = 1; i <= length; i++) {
        const share = paths.ones[at + i]! - paths.zeros[at + i]!;
        values[paths.features[at + i]!]! += unwoundSum(paths, at, length, i) * share * value;
      }
      return;
    }
    const split = this.#firsts[nodeFeatures[node]!]!;
    let left = length;
    let zeroBefore = 1;
    let oneBefore = 1;
    // A feature that the path has asked about already is asked once, with both answers.
    for (let i = 1; i <= length; i++) {
      if (paths.features[at + i] !== split) continue;
      zeroBefore = paths.zeros[at + i]!;
      oneBefore = paths.ones[at + i]!;
      unwind(paths, at, length, i);
      left -= 1;
      break;
    }
    const rows = this.#rows[node]!;
    const taken = this.#isSentLeft[node] === 1 ? node + 1 : nodeRights[node]!;
    const below = at + this.#width;
    for (let child = node + 1; ; child = nodeRights[node]!) {
      const childZero = rows === 0 ? 0 : (zeroBefore * this.#rows[child]!) / rows;
      const childOne = child === taken ? oneBefore : 0;
      // Where neither the row nor any training row goes, nothing is added.
      if (childZero !== 0 || childOne !== 0) {
        copyPath(paths, at, below, left + 1);
        this.#descend(child, below, left + 1, childZero, childOne, split, values, output);
      }
      if (child !== node + 1) return;
    }
  }
}

function firstsOf(features: readonly ModelFeature[]): Int32Array {
  const firsts = new Map<string, number>();
  return Int32Array.from(features, ({ kind, name }, f) => {
    if (kind !== 'NUMBER') return f;
    const first = firsts.get(name) ?? f;
    firsts.set(name, first);
    return first;
  });
}

function newPaths(size: number): Paths {
  return {
    features: new Int32Array(size),
    zeros: new Float64Array(size),
    ones: new Float64Array(size),
    weights: new Float64Array(size),
  };
}

/** Few numbers: a loop is faster than copyWithin. */
function copyPath({ features, zeros, ones, weights }: Paths, from: number, to: number, count: number): void {
  for (let i = 0; i < count; i++) {
    features[to + i] = features[from + i]!;
    zeros[to + i] = zeros[from + i]!;
    ones[to + i] = ones[from + i]!;
    weights[to + i] = weights[from + i]!;
  }
}

/** Appends a feature to the path: the weights of all subsets with and without it. */
function extend(
  { features, zeros, ones, weights }: Paths,
  at: number,
  length: number,
  zero: number,
  one: number,
  feature: number,
): void {
  features[at + length] = feature;
  zeros[at + length] = zero;
  ones[at + length] = one;
  weights[at + length] = length === 0 ? 1 : 0;
  for (let i = length - 1; i >= 0; i--) {
    const weight = weights[at + i]! / (length + 1);
    weights[at + i + 1]! += one * weight * (i + 1);
    weights[at + i] = zero * weight * (length - i);
  }
}

/** Undoes the extension of the path by its i-th feature. */
function unwind({ features, zeros, ones, weights }: Paths, at: number, length: number, index: number): void {
  const one = ones[at + index]!;
  const zero = zeros[at + index]!;
  let next = weights[at + length]!;
  for (let i = length - 1; i >= 0; i--) {
    if (one !== 0) {
      const before = weights[at + i]!;
      weights[at + i] = (next * (length + 1)) / ((i + 1) * one);
      next = before - (weights[at + i]! * zero * (length - i)) / (length + 1);
    } else {
      weights[at + i] = (weights[at + i]! * (length + 1)) / (zero * (length - i));
    }
  }
  for (let i = at + index; i < at + length; i++) {
    features[i] = features[i + 1]!;
    zeros[i] = zeros[i + 1]!;
    ones[i] = ones[i + 1]!;
  }
}

/** The sum of the weights that `unwind` would leave. */
function unwoundSum({ zeros, ones, weights }: Paths, at: number, length: number, index: number): number {
  const one = ones[at + index]!;
  const zero = zeros[at + index]!;
  let total = 0;
  if (one === 0) {
    for (let i = length - 1; i >= 0; i--) total += weights[at + i]! / (length - i);
    return (total * (length + 1)) / zero;
  }
  let next = weights[at + length]!;
  for (let i = length - 1; i >= 0; i--) {
    const weight = next / ((i + 1) * one);
    total += weight;
    next = weights[at + i]! - weight * zero * (length - i);
  }
  return total * (length + 1);
}

/** For each node the training rows that pass it; children come after their parents. */
function rowsOfNodes({ nodeFeatures, nodeRights }: TreesModel | ForestModel, leafRows: Uint32Array): Float64Array {
  const rows = new Float64Array(nodeFeatures.length);
  let leaf = leafRows.length;
  for (let node = nodeFeatures.length - 1; node >= 0; node--) {
    if (nodeFeatures[node] === LEAF) rows[node] = leafRows[--leaf]!;
    else rows[node] = rows[node + 1]! + rows[nodeRights[node]!]!;
  }
  return rows;
}

function deepest({ roots, nodeFeatures, nodeRights }: TreesModel | ForestModel): number {
  const depths = new Uint32Array(nodeFeatures.length);
  for (const root of roots) depths[root] = 0;
  let deepest = 0;
  for (let node = 0; node < nodeFeatures.length; node++) {
    const depth = depths[node]!;
    if (depth > deepest) deepest = depth;
    if (nodeFeatures[node] === LEAF) continue;
    depths[node + 1] = depth + 1;
    depths[nodeRights[node]!] = depth + 1;
  }
  return deepest;
}

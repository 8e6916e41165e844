import type { CategorySet, ForeignTree } from '../foreign-model.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import {
  countAt,
  failAt,
  fieldAt,
  fieldOf,
  type Located,
  numbersAt,
  optionalCount,
  wholeNumbersAt,
} from '../foreign-values.ts';
import { layOutTree } from '../lay-out-tree.ts';

export interface TreeContext {
  readonly featureCount: number;
  /** What its leaves are multiplied by. */
  readonly weight: number;
  /** The margin that it adds to, unless its leaves have a number for each. */
  readonly margin: number;
  readonly marginCount: number;
}

/** Categories are codes below 2^24, the whole numbers that a float32 tells apart. */
const MAX_CODE = 2 ** 24 - 1;

/** Reads one tree. Throws ForeignModelError. */
export function readTree(tree: Located, { featureCount, weight, margin, marginCount }: TreeContext): ForeignTree {
  const lefts = numbersAt(fieldOf(tree, 'left_children'));
  const nodeCount = lefts.length;
  const declared = fieldAt(tree, 'tree_param', 'num_nodes');
  if (countAt(declared) !== nodeCount || nodeCount === 0) {
    failAt(declared, 'how many left_children there are, and at least 1');
  }
  const rights = numbersAt(fieldOf(tree, 'right_children'), nodeCount);
  const features = numbersAt(fieldOf(tree, 'split_indices'), nodeCount);
  const conditions = numbersAt(fieldOf(tree, 'split_conditions'), nodeCount);
  const defaultLeft = wholeNumbersAt(fieldOf(tree, 'default_left'), 1, nodeCount);
  const sets = readSets(tree, nodeCount);
  const { leafSize, valuesOf } = leavesOf(tree, conditions, rights, marginCount);
  const sums = fieldOf(tree, 'sum_hessian');
  return layOutTree({
    path: tree.path,
    margin: leafSize === 1 ? margin : null,
    nodeCount,
    root: 0,
    leafSize,
    covers: sums.value === undefined ? null : numbersAt(sums, nodeCount),
    isLeaf: (node) => lefts[node] === -1,
    children: (node) => [lefts[node]!, rights[node]!],
    split: (node) => {
      const feature = features[node]!;
      const where = { value: null, path: `${tree.path}.split_indices[${node}]` };
      if (!Number.isInteger(feature) || feature < 0 || feature >= featureCount) {
        failAt(where, 'the number of a feature');
      }
      const condition = finite(Math.fround(conditions[node]!), tree, 'split_conditions', node, sets.has(node));
      return { feature, isMissingLeft: defaultLeft[node] === 1, condition: sets.get(node) ?? condition };
    },
    leafValues: (node) =>
      valuesOf(node).map((value) => finite(weight * Math.fround(value), tree, 'split_conditions', node)),
  });
}

/** The number itself if it is finite, or need not be. */
function finite(value: number, { path }: Located, field: string, node: number, isUnused = false): number {
  if (isUnused || Number.isFinite(value)) return value;
  return failAt({ value, path: `${path}.${field}[${node}]` }, 'a finite number');
}

interface Leaves {
  readonly leafSize: number;
  readonly valuesOf: (node: number) => Float64Array;
}

/**
 * The value of a leaf stands where a split has its condition. Leaves with a number for each margin: since version 3.2 they stand in
 * `leaf_weights`, and a leaf's right child says which is its own; before that, each node has its numbers in `base_weights`.
 */
function leavesOf(tree: Located, conditions: Float64Array, rights: Float64Array, marginCount: number): Leaves {
  const sizeField = fieldAt(tree, 'tree_param', 'size_leaf_vector');
  const leafSize = Math.max(optionalCount(sizeField, 1), 1);
  if (leafSize === 1) return { leafSize, valuesOf: (node) => conditions.subarray(node, node + 1) };
  if (leafSize !== marginCount) failAt(sizeField, `0, 1 or ${marginCount}, the number of classes`);
  const ofLeaves = fieldOf(tree, 'leaf_weights');
  const isByLeaf = ofLeaves.value !== undefined;
  const weights = isByLeaf ? numbersAt(ofLeaves) : numbersAt(fieldOf(tree, 'base_weights'), rights.length * leafSize);
  const valuesOf = (node: number): Float64Array => {
    const number = isByLeaf ? rights[node]! : node;
    if (Number.isInteger(number) && number >= 0 && (number + 1) * leafSize <= weights.length) {
      return weights.subarray(number * leafSize, (number + 1) * leafSize);
    }
    return failAt({ value: number, path: `${tree.path}.right_children[${node}]` }, 'the number of a leaf');
  };
  return { leafSize, valuesOf };
}

/** For each node that names categories, those, which go right. Absent before version 1.3. */
function readSets(tree: Located, nodeCount: number): ReadonlyMap<number, CategorySet> {
  const sets = new Map<number, CategorySet>();
  const types = fieldOf(tree, 'split_type');
  const isCategorical = types.value === undefined ? null : wholeNumbersAt(types, 1, nodeCount);
  const list = fieldOf(tree, 'categories_nodes');
  const nodes = list.value === undefined ? new Float64Array(0) : wholeNumbersAt(list, nodeCount - 1);
  if (nodes.length > 0) {
    const categories = wholeNumbersAt(fieldOf(tree, 'categories'), MAX_CODE);
    const segments = wholeNumbersAt(fieldOf(tree, 'categories_segments'), categories.length, nodes.length);
    const sizes = wholeNumbersAt(fieldOf(tree, 'categories_sizes'), categories.length, nodes.length);
    let total = 0;
    for (const [i, node] of nodes.entries()) {
      const start = segments[i]!;
      const end = start + sizes[i]!;
      total += sizes[i]!;
      // Segments that overlap could hold far more categories together than the file has.
      if (end > categories.length || total > categories.length || sets.has(node) || isCategorical?.[node] !== 1) {
        failAt({ value: node, path: `${list.path}[${i}]` }, 'a split by categories, with a part of them of its own');
      }
      sets.set(node, { codes: Uint32Array.from(categories.subarray(start, end)), side: 'RIGHT' });
    }
  }
  const without = isCategorical?.findIndex((type, node) => type === 1 && !sets.has(node)) ?? -1;
  if (without >= 0) {
    throw new ForeignModelError('INVALID', `${tree.path}.split_type[${without}]`, 'the node has no categories');
  }
  return sets;
}

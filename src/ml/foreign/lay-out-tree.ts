import { MAX_TREE_DEPTH } from './foreign-limits.ts';
import type { CategorySet, ForeignTree } from './foreign-model.ts';
import { ForeignModelError } from './foreign-model-error.ts';

/** The nodes of a tree as a file numbers them. What is asked of a node is asked once, parents first. */
export interface NodeSource {
  /** Where in the file the tree is. */
  readonly path: string;
  readonly margin: number | null;
  readonly nodeCount: number;
  readonly root: number;
  /** Numbers that a leaf has. */
  readonly leafSize: number;
  readonly covers: Float64Array | null;
  readonly isLeaf: (node: number) => boolean;
  readonly children: (node: number) => readonly [left: number, right: number];
  readonly split: (node: number) => NodeSplit;
  /** The numbers of a leaf, which are finite. */
  readonly leafValues: (node: number) => Float64Array;
}

export interface NodeSplit {
  readonly feature: number;
  readonly isMissingLeft: boolean;
  /** A threshold, which may be infinite, or the categories that are named. */
  readonly condition: number | CategorySet;
}

/**
 * Brings the nodes that can be reached from the root into preorder. Nodes that cannot (XGBoost keeps those that it pruned) are left out.
 *
 * @throws ForeignModelError where a node has two parents, which is also how a cycle would be found, where a child does not exist,
 *   or where the tree is deeper than MAX_TREE_DEPTH
 */
export function layOutTree(source: NodeSource): ForeignTree {
  const { leafSize, covers } = source;
  const order = preorder(source);
  const count = order.nodes.length;
  const tree = {
    margin: source.margin,
    rights: order.rights.subarray(0, count),
    features: new Uint32Array(count),
    thresholds: new Float64Array(count),
    missingLeft: new Uint8Array(count),
    sets: new Map<number, CategorySet>(),
    values: new Float64Array(count * leafSize),
    covers: covers === null ? null : Float64Array.from(order.nodes, (node) => covers[node]!),
  };
  for (const [i, node] of order.nodes.entries()) {
    if (tree.rights[i] === 0) {
      tree.values.set(source.leafValues(node), i * leafSize);
      continue;
    }
    const { feature, isMissingLeft, condition } = source.split(node);
    tree.features[i] = feature;
    tree.missingLeft[i] = Number(isMissingLeft);
    if (typeof condition === 'number') tree.thresholds[i] = condition;
    else tree.sets.set(i, condition);
  }
  return tree;
}

/** The nodes in preorder, and for each of them its right child in that order; 0 for a leaf. */
function preorder(source: NodeSource): { readonly nodes: number[]; readonly rights: Uint32Array } {
  const { nodeCount, path, root } = source;
  const isReached = new Uint8Array(nodeCount);
  const nodes: number[] = [];
  const rights = new Uint32Array(nodeCount);
  /** A node, the parent whose right child it is (or -1), and its depth. */
  const open: [node: number, parent: number, depth: number][] = [[root, -1, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, parent, depth] = next;
    const where = `${path}, node ${node}`;
    if (isReached[node] === 1) throw new ForeignModelError('INVALID', where, 'the node has two parents');
    if (depth > MAX_TREE_DEPTH) {
      throw new ForeignModelError('TOO_LARGE', path, `the tree has more than ${MAX_TREE_DEPTH} levels`);
    }
    isReached[node] = 1;
    const number = nodes.push(node) - 1;
    if (parent >= 0) rights[parent] = number;
    if (source.isLeaf(node)) continue;
    const [left, right] = source.children(node);
    for (const child of [left, right]) {
      if (!Number.isInteger(child) || child < 0 || child >= nodeCount) {
        throw new ForeignModelError('INVALID', where, `the child ${child} does not exist`);
      }
    }
    open.push([right, number, depth + 1], [left, -1, depth + 1]);
  }
  return { nodes, rights };
}

import { bounded, boundsOfSides, type LeafBounds, UNBOUNDED } from './leaf-bounds.ts';

/** A node of a tree whose leaves are to be in order. */
interface OrderedNode<Node> {
  readonly split: { readonly feature: number; readonly isCategory: boolean } | null;
  readonly children: readonly [Node, Node] | null;
}

/** A leaf's value, and how many rows it is of. */
interface LeafValue {
  readonly value: number;
  readonly weight: number;
}

/**
 * Moves the values of a tree's leaves as little as keeps its directions: at each split on a constrained feature the leaves of one
 * side are at most, those of the other at least, what lies in the middle between the means of both. However the values came about,
 * what the tree says of two rows that differ in that feature alone is then in order: where their ways part they go to two sides of such a split.
 *
 * `directions`: for each feature 1, -1 or 0. Calls `keep` with each leaf.
 */
export function orderLeaves<Node extends OrderedNode<Node>>(
  root: Node,
  directions: Int8Array,
  leafOf: (leaf: Node) => LeafValue,
  keep: (leaf: Node, value: number) => void,
): void {
  const means = new Map<Node, LeafValue>();
  meanOf(root);
  descend(root, UNBOUNDED);

  function meanOf(node: Node): LeafValue {
    const mean = node.children === null ? leafOf(node) : meanOfBoth(meanOf(node.children[0]), meanOf(node.children[1]));
    means.set(node, mean);
    return mean;
  }

  function descend(node: Node, bounds: LeafBounds): void {
    if (node.children === null) {
      // Every node has a mean.
      keep(node, bounded(means.get(node)!.value, bounds));
      return;
    }
    const [left, right] = node.children;
    // A divided node keeps the split that divided it.
    const direction = directions[node.split!.feature]!;
    const valueOfSide = (side: Node) => bounded(means.get(side)?.value ?? 0, bounds);
    const parting =
      direction === 0 ? null : { value: (valueOfSide(left) + valueOfSide(right)) / 2, isIncreasing: direction > 0 };
    const [ofLeft, ofRight] = boundsOfSides(bounds, parting);
    descend(left, ofLeft);
    descend(right, ofRight);
  }
}

function meanOfBoth(left: LeafValue, right: LeafValue): LeafValue {
  const weight = left.weight + right.weight;
  if (weight === 0) return { value: (left.value + right.value) / 2, weight };
  return { value: (left.value * left.weight + right.value * right.weight) / weight, weight };
}

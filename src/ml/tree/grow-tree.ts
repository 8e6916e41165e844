import { boundsOfSides, type LeafBounds, UNBOUNDED } from '../monotone/leaf-bounds.ts';
import type { BinnedMatrix } from './binning/binned-matrix.ts';
import { partitionRows } from './splitting/partition.ts';
import type { Split } from './splitting/split.ts';

/** A node of a tree that is being grown: the rows[start, end) of the order that the growth leaves behind. */
export interface GrownNode {
  readonly start: number;
  readonly end: number;
  /** Rows that are routed but do not affect the splits (not sampled, or for validation): the rows [otherStart, otherEnd) of the same order. */
  readonly otherStart: number;
  readonly otherEnd: number;
  readonly depth: number;
  /** Of the values of its leaves. */
  readonly bounds: LeafBounds;
  /** The best split of the node; null if there is none. */
  split: Split | null;
  /** Left and right; null for a leaf. */
  children: readonly [GrownNode, GrownNode] | null;
}

/** Finds splits, on rows of its own. What it keeps for open nodes (histograms) is its own business. */
export interface SplitFinder {
  /** How many nodes it divides at once, at most. */
  readonly maxBatch: number;
  /** Sets the split of the tree's root. */
  openRoot(root: GrownNode): Generator<void, void>;
  /** Puts the rows of each node that go left before those that go right; returns where these begin. */
  partition(nodes: readonly GrownNode[]): readonly PartitionPoints[];
  /** Sets the splits of both children of nodes that have just been divided. */
  openChildren(parents: readonly GrownNode[]): Generator<void, void>;
  /** The node will not be split, or its children will not be searched. */
  close(node: GrownNode): void;
}

/** Where the rows of a node that go right begin, and of its other rows. */
export interface PartitionPoints {
  readonly rightStart: number;
  readonly otherRightStart: number;
}

export interface GrowthLimits {
  /** The depth of the deepest leaf; Infinity for no limit. */
  readonly maxDepth: number;
  /** Infinity for no limit. */
  readonly maxLeaves: number;
}

/**
 * Grows a tree on the first `rowCount` of the finder's rows; `otherCount` more rows are only routed through it. Under a limit of leaves the node with the largest gain is
 * divided next (best first); without one the order does not matter, and many nodes are divided at once. Asks after each time
 * whether to end with the leaves that there are; `open` are the nodes that would be divided.
 */
export function* growTree(
  rowCount: number,
  otherCount: number,
  finder: SplitFinder,
  limits: GrowthLimits,
  shouldStop: (open: readonly GrownNode[]) => boolean = () => false,
): Generator<void, GrownNode> {
  const others = { otherStart: rowCount, otherEnd: rowCount + otherCount };
  const root: GrownNode = {
    start: 0,
    end: rowCount,
    ...others,
    depth: 0,
    bounds: UNBOUNDED,
    split: null,
    children: null,
  };
  if (limits.maxDepth > 0 && limits.maxLeaves > 1) yield* finder.openRoot(root);
  const open = root.split === null ? [] : [root];
  let leaves = 1;
  while (open.length > 0 && leaves < limits.maxLeaves) {
    if (leaves > 1 && shouldStop(open)) break;
    const nodes = takeNext(open, limits.maxLeaves, finder.maxBatch);
    leaves += nodes.length;
    const middles = finder.partition(nodes);
    nodes.forEach((node, i) => {
      // One for each of the nodes.
      node.children = childrenOf(node, middles[i]!);
    });
    const deeper = nodes.filter((node) => node.depth + 1 < limits.maxDepth);
    for (const node of nodes) if (node.depth + 1 >= limits.maxDepth) finder.close(node);
    yield* finder.openChildren(deeper);
    for (const { children } of deeper) for (const child of children ?? []) if (child.split !== null) open.push(child);
  }
  for (const node of open) finder.close(node);
  return root;
}

function childrenOf(
  { start, end, otherStart, otherEnd, depth, bounds, split }: GrownNode,
  { rightStart, otherRightStart }: PartitionPoints,
): readonly [GrownNode, GrownNode] {
  const open = { depth: depth + 1, split: null, children: null };
  const [ofLeft, ofRight] = boundsOfSides(bounds, split?.parting ?? null);
  return [
    { start, end: rightStart, otherStart, otherEnd: otherRightStart, bounds: ofLeft, ...open },
    { start: rightStart, end, otherStart: otherRightStart, otherEnd, bounds: ofRight, ...open },
  ];
}

/** Removes the nodes to divide next from the list, which is not empty: the best one under a limit of leaves, else the last. */
function takeNext(open: GrownNode[], maxLeaves: number, maxBatch: number): GrownNode[] {
  if (maxLeaves === Number.POSITIVE_INFINITY) return open.splice(-maxBatch);
  let next = open.length - 1;
  for (let i = open.length - 2; i >= 0; i--) {
    // Every open node has a split. Of equal gains the one opened last wins.
    if (open[i]!.split!.gain > open[next]!.split!.gain) next = i;
  }
  return open.splice(next, 1);
}

/** All leaves, from left to right. */
export function* leavesOf(node: GrownNode): Generator<GrownNode, void> {
  if (node.children === null) {
    yield node;
    return;
  }
  yield* leavesOf(node.children[0]);
  yield* leavesOf(node.children[1]);
}

/** A node that rows can be sent through. */
interface RoutedNode<Node> {
  readonly split: Split | null;
  readonly children: readonly [Node, Node] | null;
}

/**
 * Sends other rows through a grown tree: calls `visit` with each leaf and those of the rows that end there. Reorders `rows`;
 * `scratch` is as long.
 */
export function routeRows<Node extends RoutedNode<Node>>(
  matrix: BinnedMatrix,
  root: Node,
  rows: Int32Array,
  scratch: Int32Array,
  visit: (leaf: Node, rows: Int32Array) => void,
): void {
  const open: { node: Node; start: number; end: number }[] = [{ node: root, start: 0, end: rows.length }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, start, end } = next;
    if (start === end) continue;
    if (node.children === null) {
      visit(node, rows.subarray(start, end));
      continue;
    }
    // A divided node keeps the split that divided it.
    const rightStart = partitionRows(matrix, node.split!, rows, start, end, scratch);
    open.push({ node: node.children[0], start, end: rightStart }, { node: node.children[1], start: rightStart, end });
  }
}

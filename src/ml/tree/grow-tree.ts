import type { BinnedMatrix } from './binned-matrix.ts';
import { partitionRows } from './partition.ts';
import type { Split } from './split.ts';

/** A node of a tree that is being grown: the rows[start, end) of the order that the growth leaves behind. */
export interface GrownNode {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** The best way to divide it, known before it is divided; null if there is none. */
  candidate: Split | null;
  /** Left and right; null for a leaf. */
  children: readonly [GrownNode, GrownNode] | null;
}

/** Finds candidates. What it keeps for open nodes (histograms) is its own business. */
export interface SplitFinder {
  /** Sets the candidate of the tree's root. */
  openRoot(root: GrownNode, rows: Int32Array): Generator<void, void>;
  /** Sets the candidates of both children of a node that has just been divided. */
  openChildren(parent: GrownNode, left: GrownNode, right: GrownNode, rows: Int32Array): Generator<void, void>;
  /** The node will not be divided, or its children not looked at. */
  close(node: GrownNode): void;
}

export interface GrowthLimits {
  /** Questions on the longest way from the root to a leaf; Infinity for no limit. */
  readonly maxDepth: number;
  /** Infinity for no limit. */
  readonly maxLeaves: number;
}

/**
 * Grows a tree on `rows`, which it reorders; `scratch` is as long. Under a limit of leaves the node with the largest gain is
 * divided next (best first); without one the order does not matter, and depth first needs the fewest histograms.
 */
export function* growTree(
  matrix: BinnedMatrix,
  rows: Int32Array,
  scratch: Int32Array,
  finder: SplitFinder,
  limits: GrowthLimits,
): Generator<void, GrownNode> {
  const root: GrownNode = { start: 0, end: rows.length, depth: 0, candidate: null, children: null };
  if (limits.maxDepth > 0 && limits.maxLeaves > 1) yield* finder.openRoot(root, rows);
  const open = root.candidate === null ? [] : [root];
  let leaves = 1;
  while (open.length > 0 && leaves < limits.maxLeaves) {
    const node = takeNext(open, limits.maxLeaves);
    const middle = partitionRows(matrix, node.candidate!, rows, node.start, node.end, scratch);
    const depth = node.depth + 1;
    const left: GrownNode = { start: node.start, end: middle, depth, candidate: null, children: null };
    const right: GrownNode = { start: middle, end: node.end, depth, candidate: null, children: null };
    node.children = [left, right];
    leaves++;
    if (depth < limits.maxDepth) yield* finder.openChildren(node, left, right, rows);
    else finder.close(node);
    if (right.candidate !== null) open.push(right);
    if (left.candidate !== null) open.push(left);
  }
  for (const node of open) finder.close(node);
  return root;
}

/** Removes the node to divide next from the list, which is not empty. */
function takeNext(open: GrownNode[], maxLeaves: number): GrownNode {
  let next = open.length - 1;
  if (maxLeaves !== Number.POSITIVE_INFINITY) {
    for (let i = open.length - 2; i >= 0; i--) {
      // Every open node has a candidate. Of equal gains the one opened last wins.
      if (open[i]!.candidate!.gain > open[next]!.candidate!.gain) next = i;
    }
  }
  return open.splice(next, 1)[0]!;
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

/**
 * Sends other rows through a grown tree: calls `visit` with each leaf and those of the rows that end there. Reorders `rows`;
 * `scratch` is as long.
 */
export function routeRows(
  matrix: BinnedMatrix,
  root: GrownNode,
  rows: Int32Array,
  scratch: Int32Array,
  visit: (leaf: GrownNode, rows: Int32Array) => void,
): void {
  const open: { node: GrownNode; start: number; end: number }[] = [{ node: root, start: 0, end: rows.length }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, start, end } = next;
    if (start === end) continue;
    if (node.children === null) {
      visit(node, rows.subarray(start, end));
      continue;
    }
    // A divided node keeps the split that divided it.
    const middle = partitionRows(matrix, node.candidate!, rows, start, end, scratch);
    open.push({ node: node.children[0], start, end: middle }, { node: node.children[1], start: middle, end });
  }
}

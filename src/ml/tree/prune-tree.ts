import type { GrownNode } from './grow-tree.ts';

/**
 * Minimal cost-complexity pruning (Breiman et al. 1984, chapter 3): of all trees that result from making nodes into leaves,
 * the one with the smallest (loss + alpha * leaves), and of equal ones the smallest. `alpha` is in the units of the splits'
 * gains. Changes the tree. Cost: one visit of each node.
 */
export function pruneTree(root: GrownNode, alpha: number): void {
  prune(root, alpha);
}

/** What the splits under a node gain, and how many there are, after pruning below it. */
function prune(node: GrownNode, alpha: number): { readonly gain: number; readonly splits: number } {
  if (node.children === null || node.split === null) return { gain: 0, splits: 0 };
  const left = prune(node.children[0], alpha);
  const right = prune(node.children[1], alpha);
  const gain = node.split.gain + left.gain + right.gain;
  const splits = 1 + left.splits + right.splits;
  if (gain > alpha * splits) return { gain, splits };
  node.children = null;
  return { gain: 0, splits: 0 };
}

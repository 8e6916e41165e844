import type { GrownNode } from './grow-tree.ts';

/** Adds the gain of each split of a tree to the feature that it splits on. */
export function addGains(node: GrownNode, gains: Float64Array): void {
  if (node.children === null) return;
  // A divided node keeps the split that divided it.
  const split = node.split!;
  gains[split.feature]! += split.gain;
  addGains(node.children[0], gains);
  addGains(node.children[1], gains);
}

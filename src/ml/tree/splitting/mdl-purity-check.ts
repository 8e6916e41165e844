import { type GrownNode, leavesOf } from '../grow-tree.ts';

/** By how much the labels must outweigh the splits: any tree finds some splits that fit by chance. */
const MARGIN = 10;

/**
 * Whether every leaf is of one class, and the tree's splits cannot be explained by chance: the labels carry
 * rows * entropy nats of information, and each split was chosen among about rows * features, which lets it fit
 * ln(rows * features) nats of chance (minimum description length; Rissanen 1978). `classTotals`: the rows of each class,
 * by weight. Cost: one pass over the rows.
 */
export function passesPurityCheck(
  root: GrownNode,
  rows: Int32Array,
  codes: Int32Array,
  classTotals: Float64Array,
  featureCount: number,
): boolean {
  let splitCount = -1;
  for (const leaf of leavesOf(root)) {
    splitCount++;
    const code = codes[rows[leaf.start]!]!;
    for (let i = leaf.start + 1; i < leaf.end; i++) if (codes[rows[i]!] !== code) return false;
  }
  const rowCount = classTotals.reduce((sum, total) => sum + total, 0);
  let information = 0;
  for (const count of classTotals) if (count > 0) information -= count * Math.log(count / rowCount);
  return information >= MARGIN * splitCount * Math.log(Math.max(rowCount, 2) * featureCount);
}

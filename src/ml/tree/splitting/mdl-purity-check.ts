import { type GrownNode, leavesOf } from '../grow-tree.ts';

/** By how much the labels must outweigh the questions: any tree finds some questions that fit by chance. */
const MARGIN = 10;

/**
 * Whether every leaf is of one class, and the tree's questions cannot have come to that by chance: the labels carry
 * rows * entropy nats of information, and each question was chosen among about rows * features, which lets it fit
 * ln(rows * features) nats of chance (minimum description length; Rissanen 1978). Cost: one pass over the rows.
 */
export function passesPurityCheck(
  root: GrownNode,
  rows: Int32Array,
  codes: Int32Array,
  classCount: number,
  featureCount: number,
): boolean {
  let questions = -1;
  for (const leaf of leavesOf(root)) {
    questions++;
    const code = codes[rows[leaf.start]!]!;
    for (let i = leaf.start + 1; i < leaf.end; i++) if (codes[rows[i]!] !== code) return false;
  }
  const rowCount = root.end - root.start;
  const counts = new Float64Array(classCount);
  for (let i = root.start; i < root.end; i++) counts[codes[rows[i]!]!]!++;
  let information = 0;
  for (const count of counts) if (count > 0) information -= count * Math.log(count / rowCount);
  return information >= MARGIN * questions * Math.log(rowCount * featureCount);
}

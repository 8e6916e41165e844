import { type ForestModel, LEAF, type Model, type TreesModel } from '../../../src/runtime/model.ts';
import { binOf, categoryCodes } from '../../../src/runtime/predict/encode-features.ts';

type Trees = TreesModel | ForestModel;

/** A row by the model's features: a number, a category, or null for a missing value. */
export type PlainRow = readonly (number | string | null)[];

/**
 * Shapley values by their definition, over all subsets of features: the value of a subset is what the tree gives where a node
 * that asks about a known feature is answered by the row, and another goes both ways, as many training rows as went each.
 * `leafValue`: what a leaf adds; `playerOf`: for each feature the number of what is known or not, where that is not the feature
 * itself. Cost: 2^players walks through all nodes.
 */
export function shapleyValues(
  model: Model,
  trees: Trees,
  roots: readonly number[],
  row: PlainRow,
  leafValue: (leaf: number) => number,
  playerOf: readonly number[] = [...model.features.keys()],
): { readonly base: number; readonly values: readonly number[] } {
  const count = Math.max(...playerOf) + 1;
  const rows = rowsOf(trees);
  const valueOfSubset = (known: number) => {
    const isKnown = (feature: number) => ((known >> playerOf[feature]!) & 1) === 1;
    return roots.reduce((sum, root) => sum + expected(model, trees, rows, root, row, isKnown, leafValue), 0);
  };
  const subsets = Array.from({ length: 1 << count }, (_, known) => valueOfSubset(known));
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const values = Array.from({ length: count }, (_, feature) => {
    let sum = 0;
    for (let known = 0; known < subsets.length; known++) {
      if ((known >> feature) & 1) continue;
      const size = [...known.toString(2)].filter((bit) => bit === '1').length;
      const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count);
      sum += weight * (subsets[known | (1 << feature)]! - subsets[known]!);
    }
    return sum;
  });
  return { base: subsets[0]!, values };
}

function rowsOf({ nodeFeatures, nodeRights, leafRows }: Trees): (node: number) => number {
  const leaves = [...nodeFeatures.keys()].filter((node) => nodeFeatures[node] === LEAF);
  const counts = new Map(leaves.map((node, order) => [node, leafRows![order]!]));
  const count = (node: number): number => {
    const rows = counts.get(node) ?? count(node + 1) + count(nodeRights[node]!);
    counts.set(node, rows);
    return rows;
  };
  return count;
}

function expected(
  model: Model,
  trees: Trees,
  rows: (node: number) => number,
  node: number,
  row: PlainRow,
  isKnown: (feature: number) => boolean,
  leafValue: (leaf: number) => number,
): number {
  const feature = trees.nodeFeatures[node]!;
  if (feature === LEAF) return leafValue(node);
  const below = (child: number) => expected(model, trees, rows, child, row, isKnown, leafValue);
  const [left, right] = [node + 1, trees.nodeRights[node]!];
  if (isKnown(feature)) return below(isSentLeft(model, trees, node, row) ? left : right);
  const all = rows(node);
  const share = (child: number) => (rows(child) === 0 ? 0 : (rows(child) / all) * below(child));
  return share(left) + share(right);
}

function isSentLeft(model: Model, trees: Trees, node: number, row: PlainRow): boolean {
  const index = trees.nodeFeatures[node]!;
  const feature = model.features[index]!;
  const value = row[index] ?? null;
  const split = trees.nodeSplits[node]!;
  if (feature.kind === 'CATEGORY') {
    const code = value === null ? feature.categories.length + 1 : categoryCodes(feature, model.reading)(String(value));
    return ((trees.categorySets[split + (code >>> 5)]! >>> (code & 31)) & 1) === 1;
  }
  return value === null ? split % 2 === 1 : binOf(trees.edges[index]!, Number(value)) <= split >>> 1;
}

import { type ForestModel, isCategory, LEAF, type ModelFeature, type TreesModel } from '../model.ts';
import { BATCH_ROWS, type BatchWalker } from './predict-trees.ts';
import { MAX_IMAGE_BYTES, TreeImage, treeInstance } from './tree-instance.ts';

/** Words of a node: see walkTree in src/runtime/assembly/walk-tree.ts. */
const NODE_WORDS = 4;

/** Marks a leaf among the children of a node. */
const IS_LEAF = 2 ** 31;

/**
 * Walks many rows through trees of any depth in a compiled loop, to the same leaves. Null where it cannot run, or would take too
 * much memory.
 */
export function compiledWalker(model: TreesModel | ForestModel, features: readonly ModelFeature[]): BatchWalker | null {
  const instance = treeInstance();
  const { nodeFeatures, roots, categorySets } = model;
  const numbers = new Uint32Array(nodeFeatures.length);
  let splits = 0;
  for (let node = 0; node < numbers.length; node++) if (nodeFeatures[node] !== LEAF) numbers[node] = splits++;
  if (instance === null) return null;
  const image = new TreeImage(instance);
  const binsAt = image.reserve(BATCH_ROWS * features.length);
  const vectorsAt = image.reserve(BATCH_ROWS * Uint32Array.BYTES_PER_ELEMENT);
  const bytes = splits * NODE_WORDS * Uint32Array.BYTES_PER_ELEMENT + categorySets.byteLength;
  if (image.end + bytes > MAX_IMAGE_BYTES) return null;
  const setsAt = image.add(categorySets);
  const words = new Uint32Array(splits * NODE_WORDS);
  const nodesAt = image.add(words);
  const childOf = (node: number): number =>
    nodeFeatures[node] === LEAF ? IS_LEAF + model.nodeRights[node]! : nodesAt + numbers[node]! * 16;
  for (let node = 0; node < nodeFeatures.length; node++) {
    const feature = nodeFeatures[node]!;
    if (feature === LEAF) continue;
    const at = numbers[node]! * NODE_WORDS;
    const split = model.nodeSplits[node]!;
    const isCode = isCategory(features[feature]!);
    words[at] = isCode ? feature + 2 ** 16 : feature;
    words[at + 1] = isCode ? setsAt + split * 4 : cutOf(split, model.edges[feature]!.length + 1);
    words[at + 2] = childOf(node + 1);
    words[at + 3] = childOf(model.nodeRights[node]!);
  }
  const rootWords = Int32Array.from(roots, childOf);
  return {
    binsOf: (rowCount) => new Uint8Array(image.load(), binsAt, rowCount * features.length),
    vectorsOf: (tree, rowCount) => {
      instance.walkTree(rootWords[tree]!, binsAt, features.length, rowCount, vectorsAt);
      return new Uint32Array(instance.memory.buffer, vectorsAt, rowCount);
    },
  };
}

/** The bins that go left begin at 0; or at that of missing values, which after 255 is followed by 0. */
function cutOf(split: number, missingBin: number): number {
  const first = (split & 1) === 1 ? missingBin : 0;
  return 256 * first + (((split >>> 1) - first) & 255);
}

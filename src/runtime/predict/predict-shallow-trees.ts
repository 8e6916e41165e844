import type { Model, TreesModel } from '../model.ts';
import { createBinner } from './bin-column.ts';
import { collectSplits, type FeatureSplits } from './collect-splits.ts';
import type { InputColumn } from './input-column.ts';
import { layOutShallowTrees, type ShallowTrees } from './shallow-trees.ts';
import { MAX_IMAGE_BYTES, TreeImage, treeInstance } from './tree-instance.ts';

/** Rows that are asked together. */
const GROUP_ROWS = 128;

/** Rows that are binned one column after the other. */
const BATCH_ROWS = 4 * GROUP_ROWS;

/** Bytes of a mask: a bit for each row of a group. */
const MASK_BYTES = 16;

/** Trees whose leaf values are added together. */
const TREES_AT_ONCE = 4;

/** Where the margin of each row of a group is, as the compiled loops find its leaf. */
const POSITION_OF_ROW = Uint8Array.from(
  { length: GROUP_ROWS },
  (_, row) => 16 * (row % 8) + 4 * Math.floor(row / 32) + (Math.floor(row / 8) % 4),
);

/** A tree that adds nothing, also not to a margin of -0. */
const NO_TREE = Float64Array.of(-0);

/**
 * The margins of boosted trees of at most SHALLOW_DEPTH levels for many rows, 128 of them at a time, in compiled loops: first the
 * answers to all distinct splits, then of each tree the leaf. They are added in the order of the trees, as where trees are
 * walked: the margins are the same to the last bit. Null where the loops cannot run, or would take too much memory.
 */
export function shallowMargins(
  model: TreesModel,
  depths: Uint32Array,
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
): ((rows: Int32Array) => Float64Array) | null {
  const instance = treeInstance();
  if (instance === null) return null;
  const width = model.startMargins.length;
  const splits = collectSplits(model, features);
  const image = new TreeImage(instance);
  const binsAt = image.reserve(splits.features.length * BATCH_ROWS * 2);
  const marginsAt = image.reserve(width * BATCH_ROWS * 8);
  const masksAt = image.reserve(splits.maskCount * MASK_BYTES);
  const trees = layOutShallowTrees(model, depths, splits.maskOfNode);
  const featuresAt = image.add(featureWordsOf(image, splits.features, masksAt));
  const treeWords = treeWordsOf(image, trees, width, masksAt, marginsAt);
  const treesAt = image.add(treeWords);
  if (image.end > MAX_IMAGE_BYTES) return null;
  const binners = splits.features.map((asked) =>
    createBinner(
      features[asked.feature]!,
      columns[asked.feature] ?? null,
      asked.kind === 'NUMBER' ? asked.edges : new Float64Array(0),
      reading,
    ),
  );
  return (rows) => {
    const results = new Float64Array(rows.length * width);
    const memory = image.load();
    const bins = new Uint16Array(memory, binsAt, binners.length * BATCH_ROWS);
    const margins = new Float64Array(memory, marginsAt, width * BATCH_ROWS);
    for (let start = 0; start < rows.length; start += BATCH_ROWS) {
      const batch = rows.subarray(start, start + BATCH_ROWS);
      for (const [f, writeBins] of binners.entries()) writeBins(batch, bins, f * BATCH_ROWS);
      for (let k = 0; k < width; k++) margins.fill(model.startMargins[k]!, k * BATCH_ROWS, (k + 1) * BATCH_ROWS);
      for (let row = 0; row < batch.length; row += GROUP_ROWS) {
        const groupBins = binsAt + row * 2;
        instance.addTrees(
          ...([featuresAt, binners.length, treesAt, treeWords.length / 4] as const),
          ...([groupBins, BATCH_ROWS * 2, row * 8] as const),
        );
      }
      for (let i = 0; i < batch.length; i++) {
        const from = (i & ~(GROUP_ROWS - 1)) + POSITION_OF_ROW[i & (GROUP_ROWS - 1)]!;
        for (let k = 0; k < width; k++) results[(start + i) * width + k] = margins[k * BATCH_ROWS + from]!;
      }
    }
    return results;
  };
}

/** Five words for each feature: see addTrees in src/runtime/assembly/shallow-trees.ts. */
function featureWordsOf(image: TreeImage, features: readonly FeatureSplits[], masksAt: number): Uint32Array {
  const words = features.flatMap((asked) => {
    const masks = masksAt + asked.firstMask * MASK_BYTES;
    return asked.kind === 'NUMBER'
      ? [0, masks, asked.missingLeft.length, image.add(asked.missingLeft), asked.edges.length + 1]
      : [1, masks, asked.leftMasks.length / 256, image.add(asked.leftMasks), 0];
  });
  return Uint32Array.from(words);
}

/** Four words for each tree, those of one margin after those of another, and of each filled up to whole fours. */
function treeWordsOf(
  image: TreeImage,
  { depths, splitStarts, masks, leafStarts, leafValues }: ShallowTrees,
  width: number,
  masksAt: number,
  marginsAt: number,
): Uint32Array {
  const splitsAt = image.add(masks.map((mask) => masksAt + mask * MASK_BYTES));
  const leavesAt = image.add(leafValues);
  const noTreeAt = image.add(NO_TREE);
  const words: number[] = [];
  for (let k = 0; k < width; k++) {
    const margins = marginsAt + k * BATCH_ROWS * 8;
    for (let tree = k; tree < depths.length; tree += width) {
      words.push(depths[tree]!, splitsAt + splitStarts[tree]! * 4, leavesAt + leafStarts[tree]! * 8, margins);
    }
    while (words.length % (4 * TREES_AT_ONCE) !== 0) words.push(0, splitsAt, noTreeAt, margins);
  }
  return Uint32Array.from(words);
}

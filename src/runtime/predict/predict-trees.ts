import {
  type ForestModel,
  isCategory,
  LEAF,
  type LeafSlopes,
  type Model,
  type ModelFeature,
  type TreesModel,
} from '../model.ts';
import type { CellReading } from '../values/cells.ts';
import { binOf, codeReader, numberReader } from './encode-features.ts';
import type { InputColumn } from './input-column.ts';
import { repeatNumbers } from './repeat-numbers.ts';

/**
 * Rows are binned and walked through all trees in batches of this size: the bins of a batch (rows * features bytes) then
 * stay in the processor's cache while thousands of trees read them.
 */
export const BATCH_ROWS = 1024;

/** Writes the bins of some rows, those of all features of a row before the next row's. */
export type BatchBinner = (rows: Int32Array, bins: Uint8Array) => void;

/**
 * The mean of the leaves' vectors, or under MARGINS the margins; row after row. `outputs`: how many the model has.
 * Cost for each row: one search per feature, then one comparison per level and tree.
 */
export function walkTrees(
  model: TreesModel | ForestModel,
  reading: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
  outputs: number,
  writeBins: BatchBinner = binRowByRow(model, reading, columns),
  walker: BatchWalker = rowWalker(model, reading.features),
): (rows: Int32Array) => Float64Array {
  // Without start margins, leaves have a number for each output.
  const hasStarts = model.kind === 'TREES' && model.startMargins.length > 0;
  const starts = hasStarts ? model.startMargins : new Float64Array(outputs);
  const width = starts.length;
  return (rows) => {
    const results = repeatNumbers(starts, rows.length);
    const bins = walker.binsOf(Math.min(rows.length, BATCH_ROWS));
    for (let start = 0; start < rows.length; start += BATCH_ROWS) {
      const batch = rows.subarray(start, start + BATCH_ROWS);
      writeBins(batch, bins);
      addLeaves(model, walker, results.subarray(start * width, (start + batch.length) * width), width, bins);
    }
    return results;
  };
}

/** Bins a few rows, without the preparations that pay for many. */
function binRowByRow(
  model: TreesModel | ForestModel,
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
): BatchBinner {
  const binners = features.map((feature, i) => featureBinner(model.edges[i]!, feature, columns[i] ?? null, reading));
  return (rows, bins) => {
    let at = 0;
    for (const row of rows) {
      for (const binOfRow of binners) bins[at++] = binOfRow(row);
    }
  };
}

/** Reads the bins of a feature's column. */
export function featureBinner(
  edges: Float64Array,
  feature: ModelFeature,
  column: InputColumn | null,
  reading: CellReading,
): (row: number) => number {
  if (isCategory(feature)) return codeReader(column, feature, reading);
  const numberAt = numberReader(column, feature, reading);
  return (row) => binOf(edges, numberAt(row));
}

/** Walks the rows of a batch through trees. */
export interface BatchWalker {
  /** Room for the bins of so many rows, until it is asked for again. */
  readonly binsOf: (rowCount: number) => Uint8Array;
  /** For each of the rows whose bins were written there the number of its leaf's vector, until it is asked again. */
  readonly vectorsOf: (tree: number, rowCount: number) => Uint32Array;
}

/** One row after the other. */
function rowWalker(model: TreesModel | ForestModel, features: readonly ModelFeature[]): BatchWalker {
  const { nodeRights, roots } = model;
  const walk = treeWalker(model, features);
  let bins = new Uint8Array(0);
  let vectors = new Uint32Array(0);
  return {
    binsOf: (rowCount) => {
      if (vectors.length < rowCount) {
        bins = new Uint8Array(rowCount * features.length);
        vectors = new Uint32Array(rowCount);
      }
      return bins;
    },
    vectorsOf: (tree, rowCount) => {
      for (let row = 0; row < rowCount; row++) {
        vectors[row] = nodeRights[walk(roots[tree]!, bins, row * features.length)]!;
      }
      return vectors;
    },
  };
}

/** From a root and the offset of a row's bins to the leaf in which the row ends. */
type TreeWalker = (root: number, bins: Uint8Array, at: number) => number;

export function treeWalker(model: TreesModel | ForestModel, features: readonly ModelFeature[]): TreeWalker {
  const { nodeFeatures, nodeSplits, nodeRights, categorySets } = model;
  const areCodes = features.map(isCategory);
  const missingBin = Uint8Array.from(model.edges, (edges) => edges.length + 1);
  return (root, bins, at) => {
    let node = root;
    for (;;) {
      const feature = nodeFeatures[node]!;
      if (feature === LEAF) return node;
      const bin = bins[at + feature]!;
      const split = nodeSplits[node]!;
      let right: number;
      if (areCodes[feature]) right = (~categorySets[split + (bin >>> 5)]! >>> (bin & 31)) & 1;
      else if (bin === missingBin[feature]) right = ~split & 1;
      else right = Number(bin > split >>> 1);
      // Both children are named and one is computed: which it is, the processor could only guess, wrong half of the time.
      const left = node + 1;
      node = left + right * (nodeRights[node]! - left);
    }
  };
}

/** Adds what the leaves have: a number to a margin, a number for each output, or numbers for the labels that occur in one. */
function addLeaves(
  model: TreesModel | ForestModel,
  walker: BatchWalker,
  sums: Float64Array,
  width: number,
  bins: Uint8Array,
): void {
  const { leafValues, roots, edges, slopes } = model;
  const rowCount = sums.length / width;
  const size = model.kind === 'TREES' ? model.leafSize : 1;
  const { leafEnds, leafLabels } = model.kind === 'FOREST' ? model : NO_LABELS;
  for (let tree = 0; tree < roots.length; tree++) {
    // Margins take turns, where a leaf has one number; of one output there is one sum.
    const first = size === width ? 0 : tree % width;
    const vectors = walker.vectorsOf(tree, rowCount);
    for (let row = 0; row < rowCount; row++) {
      const vector = vectors[row]!;
      const at = row * width;
      if (slopes) {
        let line = leafValues[vector]!;
        for (let i = slopes.ends[vector - 1] ?? 0; i < slopes.ends[vector]!; i++) {
          line += slopeAmount(slopes, edges, i, bins[row * edges.length + slopes.features[i]!]!);
        }
        sums[at]! += line;
      } else if (leafEnds.length > 0) {
        for (let i = vector === 0 ? 0 : leafEnds[vector - 1]!; i < leafEnds[vector]!; i++) {
          sums[at + leafLabels[i]!]! += leafValues[i]!;
        }
      } else for (let k = 0; k < size; k++) sums[at + first + k]! += leafValues[vector * size + k]!;
    }
  }
  finishSums(model, sums, width);
}

/** What the slope of that number adds where the bin of its feature is this. */
export function slopeAmount(
  { features, bins, values }: LeafSlopes,
  edges: TreesModel['edges'],
  slope: number,
  bin: number,
): number {
  const known = bins[slope]!;
  const isMissing = bin > edges[features[slope]!]!.length;
  return isMissing ? 0 : values[slope]! * (Math.max(known & 255, Math.min(bin, known >> 16)) - ((known >> 8) & 255));
}

const NO_LABELS = { leafEnds: new Uint32Array(0), leafLabels: new Uint16Array(0) };

/** From the sums of the leaves' vectors of all trees to outputs; margins stay as they are. */
export function finishSums(model: TreesModel | ForestModel, sums: Float64Array, width: number): void {
  const { roots } = model;
  if (model.kind === 'FOREST') {
    const { prior } = model;
    const trees = (1 - prior.reduce((sum, share) => sum + share, 0)) / roots.length;
    for (let i = 0; i < sums.length; i++) sums[i] = trees * sums[i]! + (prior[i % width] ?? 0);
  } else if (model.combine === 'LEAVES') {
    for (let i = 0; i < sums.length; i++) sums[i]! /= roots.length;
  }
}

import { type ForestModel, isCategory, LEAF, type Model, type ModelFeature, type TreesModel } from '../model.ts';
import type { CellReading } from '../values/cells.ts';
import { binOf, codeReader, numberReader } from './encode-features.ts';
import type { InputColumn } from './input-column.ts';

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
): (rows: Int32Array) => Float64Array {
  const { features } = reading;
  // Without start margins, leaves have a number for each output.
  const width = (model.kind === 'TREES' && model.startMargins.length) || outputs;
  const walk = treeWalker(model, features);
  return (rows) => {
    const results = new Float64Array(rows.length * width);
    const bins = new Uint8Array(Math.min(rows.length, BATCH_ROWS) * features.length);
    for (let start = 0; start < rows.length; start += BATCH_ROWS) {
      const batch = rows.subarray(start, start + BATCH_ROWS);
      writeBins(batch, bins);
      const part = results.subarray(start * width, (start + batch.length) * width);
      if (model.kind === 'FOREST') addShares(model, walk, bins, part, width);
      else if (model.combine === 'LEAVES') addLeaves(model, walk, bins, part);
      else addMargins(model, walk, bins, part);
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

/** From a root and the offset of a row's bins to the leaf in which the row ends. */
type TreeWalker = (root: number, bins: Uint8Array, at: number) => number;

function treeWalker(model: TreesModel | ForestModel, features: readonly ModelFeature[]): TreeWalker {
  const { nodeFeatures, nodeSplits, nodeRights, categorySets } = model;
  const areCodes = Uint8Array.from(features, (feature) => Number(isCategory(feature)));
  const missingBin = Uint8Array.from(model.edges, (edges) => edges.length + 1);
  return (root, bins, at) => {
    let node = root;
    for (;;) {
      const feature = nodeFeatures[node]!;
      if (feature === LEAF) return node;
      const bin = bins[at + feature]!;
      const split = nodeSplits[node]!;
      let right: number;
      if (areCodes[feature] === 1) right = (~categorySets[split + (bin >>> 5)]! >>> (bin & 31)) & 1;
      else if (bin === missingBin[feature]) right = ~split & 1;
      else right = Number(bin > split >>> 1);
      // Both children are named and one is computed: which it is, the processor could only guess, wrong half of the time.
      const left = node + 1;
      node = left + right * (nodeRights[node]! - left);
    }
  };
}

function addMargins(model: TreesModel, walk: TreeWalker, bins: Uint8Array, margins: Float64Array): void {
  const width = model.startMargins.length;
  const rowCount = margins.length / width;
  const featureCount = model.edges.length;
  for (let row = 0; row < rowCount; row++) margins.set(model.startMargins, row * width);
  for (let tree = 0; tree < model.roots.length; tree++) {
    const root = model.roots[tree]!;
    const output = tree % width;
    for (let row = 0; row < rowCount; row++) {
      margins[row * width + output]! += model.leafValues[model.nodeRights[walk(root, bins, row * featureCount)]!]!;
    }
  }
}

function addLeaves(model: TreesModel, walk: TreeWalker, bins: Uint8Array, outputs: Float64Array): void {
  const { leafSize, leafValues, nodeRights, roots } = model;
  const rowCount = outputs.length / leafSize;
  const featureCount = model.edges.length;
  for (let tree = 0; tree < roots.length; tree++) {
    for (let row = 0; row < rowCount; row++) {
      const leaf = nodeRights[walk(roots[tree]!, bins, row * featureCount)]! * leafSize;
      for (let k = 0; k < leafSize; k++) outputs[row * leafSize + k]! += leafValues[leaf + k]!;
    }
  }
  finishSums(model, outputs, leafSize);
}

/** As addLeaves, for vectors that hold only the labels that occur; for regression one value. */
function addShares(model: ForestModel, walk: TreeWalker, bins: Uint8Array, outputs: Float64Array, width: number): void {
  const { leafEnds, leafLabels, leafValues, nodeRights, roots } = model;
  const isClassifier = leafEnds.length > 0;
  const rowCount = outputs.length / width;
  const featureCount = model.edges.length;
  for (let tree = 0; tree < roots.length; tree++) {
    for (let row = 0; row < rowCount; row++) {
      const vector = nodeRights[walk(roots[tree]!, bins, row * featureCount)]!;
      if (!isClassifier) {
        outputs[row]! += leafValues[vector]!;
        continue;
      }
      const end = leafEnds[vector]!;
      for (let i = vector === 0 ? 0 : leafEnds[vector - 1]!; i < end; i++) {
        outputs[row * width + leafLabels[i]!]! += leafValues[i]!;
      }
    }
  }
  finishSums(model, outputs, width);
}

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

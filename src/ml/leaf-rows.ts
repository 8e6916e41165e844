import { type ForestModel, LEAF, type Model, type TreesModel } from '../runtime/model.ts';
import type { InputTable } from '../runtime/predict/input-column.ts';
import { featureBinner, treeWalker } from '../runtime/predict/predict-trees.ts';

/** So many walks from a root to a leaf take about 50 ms. */
const MAX_WALKS = 1_000_000;

/** Bounds on the rows that are counted: enough for the shares of any node, or for those of large ones. */
const MAX_ROWS = 10_000;
const MIN_ROWS = 500;

/** The counts of more leaves would make files of hundreds of megabytes larger still; contributions of such models take too long anyway. */
const MAX_LEAVES = 1_000_000;

/**
 * The model with the number of training rows that end in each of its leaves (see TreesModel.leafRows), counted on every n-th
 * of them. Other models are returned as they are.
 * Cost: one walk for each counted row and tree; at most 10,000 rows.
 */
export function withLeafRows(model: Model, table: InputTable, trainRows: Int32Array): Model {
  const { estimator } = model;
  if (estimator.kind !== 'TREES' && estimator.kind !== 'FOREST') return model;
  const leaves = estimator.nodeFeatures.reduce((count, feature) => count + Number(feature === LEAF), 0);
  if (leaves === 0 || leaves > MAX_LEAVES) return model;
  const leafRows = countLeafRows(model, estimator, table, sampleOf(trainRows, estimator.roots.length));
  return Object.freeze({ ...model, estimator: { ...estimator, leafRows } });
}

/** Every n-th row, the first included. */
function sampleOf(rows: Int32Array, trees: number): Int32Array {
  const wanted = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.floor(MAX_WALKS / trees)));
  const step = Math.ceil(rows.length / wanted);
  return rows.filter((_, index) => index % step === 0);
}

function countLeafRows(
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  trees: TreesModel | ForestModel,
  table: InputTable,
  rows: Int32Array,
): Uint32Array {
  const columnOf = new Map(table.columns.map((column) => [column.name, column]));
  const binners = features.map((feature, i) =>
    featureBinner(trees.edges[i]!, feature, columnOf.get(feature.name) ?? null, reading),
  );
  const walk = treeWalker(trees, features);
  const bins = new Uint8Array(features.length);
  const counts = new Uint32Array(trees.nodeFeatures.length);
  for (const row of rows) {
    for (let f = 0; f < bins.length; f++) bins[f] = binners[f]!(row);
    for (const root of trees.roots) {
      const leaf = walk(root, bins, 0);
      counts[leaf] = counts[leaf]! + 1;
    }
  }
  return counts.filter((_, node) => trees.nodeFeatures[node] === LEAF);
}

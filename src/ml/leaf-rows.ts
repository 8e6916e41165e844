import {
  type EstimatorModel,
  type ForestModel,
  isCategory,
  LEAF,
  type MemberModel,
  type Model,
  type TreesModel,
} from '../runtime/model.ts';
import { createBinner } from '../runtime/predict/bin-column.ts';
import { columnsOf, type InputTable } from '../runtime/predict/input-column.ts';

/** So many ways from a root to a leaf take about 10 ms. */
const MAX_WALKS = 1_000_000;

/** Bounds on the rows that are counted: enough for the shares of any node, or for those of large ones. */
const MAX_ROWS = 10_000;
const MIN_ROWS = 500;

/** The counts of more leaves would make files of hundreds of megabytes larger still; contributions of such models take too long anyway. */
const MAX_LEAVES = 1_000_000;

/**
 * The model with the number of training rows that end in each of its leaves (see TreesModel.leafRows), counted on every n-th
 * of them. Other models are returned as they are.
 * Cost: for each counted row and tree about a nanosecond for each node on its way; at most 10,000 rows.
 */
export function withLeafRows(model: Model, table: InputTable, trainRows: Int32Array): Model {
  const counted = <Kind extends MemberModel>(member: Kind): Kind => {
    if (member.kind !== 'TREES' && member.kind !== 'FOREST') return member;
    const leaves = member.nodeFeatures.reduce((count, feature) => count + Number(feature === LEAF), 0);
    if (leaves === 0 || leaves > MAX_LEAVES) return member;
    return { ...member, leafRows: countLeafRows(model, member, table, sampleOf(trainRows, member.roots.length)) };
  };
  const { estimator } = model;
  if (estimator.kind !== 'BLEND') return withEstimator(model, counted(estimator));
  const members = estimator.members.map(({ weight, model: member }) => ({ weight, model: counted(member) }));
  return withEstimator(model, { ...estimator, members });
}

function withEstimator(model: Model, estimator: EstimatorModel): Model {
  return estimator === model.estimator ? model : Object.freeze({ ...model, estimator });
}

/** Every n-th row, the first included. */
function sampleOf(rows: Int32Array, trees: number): Int32Array {
  const wanted = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.floor(MAX_WALKS / trees)));
  const step = Math.ceil(rows.length / wanted);
  return rows.filter((_, index) => index % step === 0);
}

/** Divides the rows at each node of a tree between its children: faster than taking one row after the other to its leaf. */
function countLeafRows(
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  trees: TreesModel | ForestModel,
  table: InputTable,
  rows: Int32Array,
): Uint32Array {
  const columns = columnsOf(features, table.columns);
  const bins = features.map((feature, f) => {
    const column = new Uint16Array(rows.length);
    createBinner(feature, columns[f]!, trees.edges[f]!, reading)(rows, column, 0);
    return column;
  });
  const areCodes = features.map(isCategory);
  const { nodeFeatures, nodeSplits, nodeRights, categorySets } = trees;
  const counts = new Uint32Array(nodeFeatures.length);
  const order = new Int32Array(rows.length);
  const spare = new Int32Array(rows.length);
  const open: number[] = [];
  for (const root of trees.roots) {
    for (let i = 0; i < order.length; i++) order[i] = i;
    open.push(root, 0, order.length);
    while (open.length > 0) {
      // They are pushed by threes.
      const end = open.pop()!;
      const start = open.pop()!;
      const node = open.pop()!;
      const feature = nodeFeatures[node]!;
      if (feature === LEAF) {
        counts[node] = end - start;
        continue;
      }
      const split = nodeSplits[node]!;
      const part = order.subarray(start, end);
      const left = areCodes[feature]!
        ? divideBySet(part, spare, bins[feature]!, categorySets, split)
        : divideByCut(part, spare, bins[feature]!, split, trees.edges[feature]!.length + 1);
      if (left > 0) open.push(node + 1, start, start + left);
      if (left < part.length) open.push(nodeRights[node]!, start + left, end);
    }
  }
  return counts.filter((_, node) => nodeFeatures[node] === LEAF);
}

/** Puts those of the rows first whose bin is at most split >> 1, or missing where the lowest bit is 1; returns how many these are. */
function divideByCut(rows: Int32Array, spare: Int32Array, bins: Uint16Array, split: number, missing: number): number {
  const cut = split >>> 1;
  // The number of the bin of what is missing is above all others. Where it goes left, it is below the number of no bin.
  const first = (split & 1) === 1 ? missing : missing + 1;
  let left = 0;
  let right = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const bin = bins[row]!;
    // The sign bits of two differences: no branch that the processor could only guess.
    const goesRight = ((cut - bin) & (bin - first)) >>> 31;
    rows[left] = row;
    spare[right] = row;
    left += 1 - goesRight;
    right += goesRight;
  }
  for (let i = 0; i < right; i++) rows[left + i] = spare[i]!;
  return left;
}

/** Puts those of the rows first whose code is in a set. */
function divideBySet(rows: Int32Array, spare: Int32Array, codes: Uint16Array, sets: Uint32Array, set: number): number {
  let left = 0;
  let right = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const code = codes[row]!;
    const goesRight = (~sets[set + (code >>> 5)]! >>> (code & 31)) & 1;
    rows[left] = row;
    spare[right] = row;
    left += 1 - goesRight;
    right += goesRight;
  }
  for (let i = 0; i < right; i++) rows[left + i] = spare[i]!;
  return left;
}

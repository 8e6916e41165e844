import type { LeafSlopes, ModelFeature, TreesModel } from '../../../runtime/model.ts';
import { intAttribute, type OnnxGraph, requireSize } from './onnx-graph.ts';
import { addTreeSums } from './onnx-trees.ts';

const COLUMNS = [intAttribute('axis', 1)];
const ROWS = [intAttribute('axis', 0)];

/** Trees whose lines are computed together: few operators, and little memory for each row. */
const TREES_AT_ONCE = 64;

/** The numbers of one slope in the tables that leaves are looked up in. */
const TABLE_BYTES = 5 * Float64Array.BYTES_PER_ELEMENT;

/**
 * Adds the sum over the trees of what leaves with slopes say, of shape [rows, 1]. A leaf of TreeEnsemble holds one number: here that
 * of its vector, by which its value, its slopes, their features and bins are looked up.
 *
 * @param columns all features side by side, of shape [rows, features]
 * @throws ModelExportError with TOO_LARGE
 */
export function addLineSums(
  graph: OnnxGraph,
  trees: TreesModel,
  slopes: LeafSlopes,
  features: readonly ModelFeature[],
  columns: string,
): string {
  const treeCount = trees.roots.length;
  const found = addTreeSums(graph, trees, features, columns, treeCount, (vector, tree) => ({
    target: tree,
    weight: vector,
  }));
  const numbers = graph.toIntegers(found);
  const values = graph.doubles(trees.leafValues, [trees.leafValues.length]);
  const lines = slopes.values.length === 0 ? null : addTables(graph, trees, slopes, columns);
  const sums: string[] = [];
  for (let first = 0; first < treeCount; first += TREES_AT_ONCE) {
    const some = Array.from({ length: Math.min(TREES_AT_ONCE, treeCount - first) }, (_, i) => first + i);
    const leaves = graph.add('Gather', [numbers, graph.integers(some)], COLUMNS);
    sums.push(sumOfRow(graph, graph.add('Gather', [values, leaves], ROWS)));
    if (lines !== null) sums.push(sumOfRow(graph, addAmounts(graph, lines, leaves, some.length)));
  }
  return sums.reduce((sum, next) => graph.add('Add', [sum, next]));
}

/** What slopes are looked up in; those of leaves of shape [leaves, width], filled up with slopes of 0. */
interface LineTables {
  readonly width: number;
  /** The bins of the features that have slopes, of shape [rows, such features], and 1 where they are known, else 0. */
  readonly bins: string;
  readonly areKnown: string;
  /** For each slope its feature, among those. */
  readonly features: string;
  readonly lowest: string;
  readonly middle: string;
  readonly highest: string;
  readonly slopes: string;
}

function addTables(graph: OnnxGraph, { edges }: TreesModel, slopes: LeafSlopes, columns: string): LineTables {
  const { ends, features, bins, values } = slopes;
  const leaves = ends.length;
  const startOf = (leaf: number) => ends[leaf - 1] ?? 0;
  const width = ends.reduce((most, end, leaf) => Math.max(most, end - startOf(leaf)), 0);
  requireSize(leaves * width * TABLE_BYTES);
  const table = (numberOf: (slope: number) => number): Float64Array => {
    const numbers = new Float64Array(leaves * width);
    for (let leaf = 0; leaf < leaves; leaf++) {
      const start = startOf(leaf);
      for (let i = start; i < ends[leaf]!; i++) numbers[leaf * width + i - start] = numberOf(i);
    }
    return numbers;
  };
  const doubles = (numberOf: (slope: number) => number) => graph.doubles(table(numberOf), [leaves, width]);
  const used = [...new Set(features)].sort((a, b) => a - b);
  const positionOf = new Map(used.map((feature, i) => [feature, i]));
  const numbers = used.map((feature) => graph.add('Gather', [columns, graph.integers([feature])], COLUMNS));
  const found = numbers.map((number, i) => binsOf(graph, number, edges[used[i]!]!));
  const areMissing = graph.add('IsNaN', [graph.add('Concat', numbers, COLUMNS)]);
  return {
    width,
    bins: graph.add('Concat', found, COLUMNS),
    areKnown: graph.toDoubles(graph.add('Not', [areMissing])),
    // Every feature of a slope is among those that are used.
    features: graph.integers([...table((i) => positionOf.get(features[i]!)!)], [leaves, width]),
    lowest: doubles((i) => bins[i]! & 255),
    middle: doubles((i) => (bins[i]! >> 8) & 255),
    highest: doubles((i) => bins[i]! >> 16),
    slopes: doubles((i) => values[i]!),
  };
}

/** How many edges each number is above. */
function binsOf(graph: OnnxGraph, numbers: string, edges: Float64Array): string {
  const above = graph.add('Greater', [numbers, graph.doubles(edges, [1, edges.length])]);
  return graph.add('ReduceSum', [graph.toDoubles(above), graph.integers([1])]);
}

/** What the slopes of some leaves of each row add, side by side. `leaves`: their numbers, of shape [rows, count]. */
function addAmounts(graph: OnnxGraph, tables: LineTables, leaves: string, count: number): string {
  // As many rows as before.
  const shape = graph.integers([0, count * tables.width]);
  const look = (table: string) => graph.add('Reshape', [graph.add('Gather', [table, leaves], ROWS), shape]);
  const features = look(tables.features);
  const bins = graph.add('GatherElements', [tables.bins, features], COLUMNS);
  const kept = graph.add('Min', [graph.add('Max', [bins, look(tables.lowest)]), look(tables.highest)]);
  const distances = graph.add('Sub', [kept, look(tables.middle)]);
  const areKnown = graph.add('GatherElements', [tables.areKnown, features], COLUMNS);
  return graph.add('Mul', [look(tables.slopes), graph.add('Mul', [distances, areKnown])]);
}

function sumOfRow(graph: OnnxGraph, numbers: string): string {
  return graph.add('ReduceSum', [numbers, graph.integers([1])]);
}

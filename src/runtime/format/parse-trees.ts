import {
  type ForestModel,
  isCategory,
  LEAF,
  type LeafSlopes,
  MAX_CATEGORIES,
  type ModelFeature,
  marginCountOf,
  type TreesModel,
} from '../model.ts';
import {
  arrayOf,
  at,
  checkAscending,
  choiceOf,
  elementAt,
  fail,
  type JsonValue,
  listOf,
  optional,
  wholeNumberOf,
} from './json-fields.ts';

/** The nodes of trees, as both kinds of models have them. */
type Nodes = Pick<TreesModel, 'edges' | 'roots' | 'nodeFeatures' | 'nodeSplits' | 'nodeRights' | 'categorySets'>;

/** The fields of the file that hold a node's split, its vector, and what tells its right child. */
type NodeFields = readonly [split: string, vector: string, right: string];

const OF_LABELS = ['LEAVES', 'MARGINS'] as const;

/** Reads and checks a model of kind TREES; `outputs`: how many the model has. Throws ModelFormatError. */
export function parseTrees(model: JsonValue, features: readonly ModelFeature[], outputs: number): TreesModel {
  const combine = choiceOf(
    at(model, 'combine'),
    outputs > 1 ? OF_LABELS : [...OF_LABELS, 'EXP_MARGINS', 'LINEAR_MARGINS'],
  );
  // A tree has leaves of a number for each margin, or is one margin's alone.
  const margins = combine === 'LEAVES' ? outputs : marginCountOf(outputs);
  const leafSize = wholeNumberOf(at(model, 'leafSize'), combine === 'LEAVES' ? outputs : 1, margins);
  if (leafSize > 1 && leafSize < margins) fail(at(model, 'leafSize'), `1 or ${margins}`);
  const nodes = parseNodes(model, features);
  const { nodeFeatures, leafValues, roots } = nodes;
  const trees: TreesModel = {
    kind: 'TREES',
    combine,
    leafSize,
    startMargins: arrayOf(at(model, 'startMargins'), 'float64', combine === 'LEAVES' ? 0 : margins),
    ...nodes,
    nodeSplits: arrayOf(at(model, 'nodeSplits'), 'uint32', nodeFeatures.length),
    nodeRights: arrayOf(at(model, 'nodeRights'), 'uint32', nodeFeatures.length),
    ...(combine === 'LINEAR_MARGINS' && { slopes: parseSlopes(model, nodes) }),
  };
  if (leafValues.length % leafSize !== 0) fail(at(model, 'leafValues'), `a multiple of ${leafSize} long`);
  if (combine === 'LEAVES' && roots.length === 0) fail(at(model, 'roots'), 'at least one tree');
  checkNodes(model, trees, features, leafValues.length / leafSize, ['nodeSplits', 'nodeRights', 'nodeRights']);
  return trees;
}

/** The slopes of the leaves, of features that have the bins which they name: so they are of numbers, or 0 for each bin. */
function parseSlopes(model: JsonValue, { edges, leafValues }: Pick<TreesModel, 'edges' | 'leafValues'>): LeafSlopes {
  let total = 0;
  const counts = arrayOf(at(model, 'slopeCounts'), 'uint16', leafValues.length);
  const ends = Uint32Array.from(counts, (count) => (total += count));
  const features = arrayOf(at(model, 'slopeFeatures'), 'uint16', total);
  const bins = arrayOf(at(model, 'slopeBins'), 'uint32', total);
  for (const [i, f] of features.entries()) {
    if (bins[i]! >>> 16 > (edges[f]?.length ?? -1)) fail(elementAt(at(model, 'slopeBins'), i), 'bins that exist');
  }
  return { ends, features, bins, values: arrayOf(at(model, 'slopes'), 'float64', total) };
}

/** Reads and checks a model of kind FOREST. Throws ModelFormatError. */
export function parseForest(
  model: JsonValue,
  features: readonly ModelFeature[],
  labelCount: number | null,
): ForestModel {
  const nodes = parseNodes(model, features);
  const { nodeFeatures, leafValues, roots } = nodes;
  const nodeValues = arrayOf(at(model, 'nodeValues'), 'uint32', nodeFeatures.length);
  if (roots.length === 0) fail(at(model, 'roots'), 'at least one tree');
  const prior = arrayOf(at(model, 'background'), 'float64', labelCount ?? 0);
  const sum = prior.reduce((total, share) => total + share, 0);
  if (sum > 1 || prior.some((share) => share < 0)) fail(at(model, 'background'), 'from 0 up, at most 1 together');
  const forest: ForestModel = {
    kind: 'FOREST',
    prior,
    ...nodes,
    nodeSplits: nodeValues.map((value, node) => (nodeFeatures[node] === LEAF ? 0 : value)),
    nodeRights: rightChildrenOf(nodeFeatures, nodeValues),
    leafEnds: arrayOf(at(model, 'leafEnds'), 'uint32', labelCount === null ? 0 : undefined),
    leafLabels: arrayOf(at(model, 'leafLabels'), 'uint16', labelCount === null ? 0 : leafValues.length),
  };
  checkVectors(model, forest, labelCount ?? 0);
  const vectorCount = labelCount === null ? leafValues.length : forest.leafEnds.length;
  checkNodes(model, forest, features, vectorCount, ['nodeValues', 'nodeValues', 'nodeFeatures']);
  return forest;
}

/** The arrays that both kinds have. */
function parseNodes(model: JsonValue, features: readonly ModelFeature[]) {
  const nodeFeatures = arrayOf(at(model, 'nodeFeatures'), 'uint16');
  const leafCount = nodeFeatures.reduce((count, feature) => count + Number(feature === LEAF), 0);
  return {
    edges: listOf(at(model, 'edges'), (edges, f) => parseEdges(edges, features[f]!), features.length),
    roots: arrayOf(at(model, 'roots'), 'uint32'),
    nodeFeatures,
    categorySets: arrayOf(at(model, 'categorySets'), 'uint32'),
    leafValues: arrayOf(at(model, 'leafValues'), 'float64'),
    // How many training rows end in each leaf, where the file says so.
    ...optional(model, 'leafRows', (rows) => arrayOf(rows, 'uint32', leafCount)),
  };
}

/**
 * For each node its right child, for a leaf the number of its vector. In preorder the right child follows the left one's
 * last leaf. A split whose right child is not there gets 0, which checkNodes refuses.
 */
function rightChildrenOf(nodeFeatures: Uint16Array, nodeValues: Uint32Array): Uint32Array {
  const rightChildren = new Uint32Array(nodeFeatures.length);
  const waiting: number[] = [];
  for (let node = 0; node < rightChildren.length; node++) {
    if (nodeFeatures[node] !== LEAF) {
      waiting.push(node);
      continue;
    }
    rightChildren[node] = nodeValues[node]!;
    const above = waiting.pop();
    if (above !== undefined) rightChildren[above] = node + 1;
  }
  return rightChildren;
}

function checkVectors(model: JsonValue, { leafEnds, leafLabels, leafValues }: ForestModel, labelCount: number): void {
  let start = 0;
  for (const end of leafEnds) {
    if (end <= start || end > leafValues.length) fail(at(model, 'leafEnds'), 'ascending, within leafValues');
    for (let i = start; i < end; i++) {
      if (leafLabels[i]! >= labelCount || (i > start && leafLabels[i]! <= leafLabels[i - 1]!)) {
        fail(elementAt(at(model, 'leafLabels'), i), 'the number of a label, ascending');
      }
    }
    start = end;
  }
}

function parseEdges(json: JsonValue, feature: ModelFeature): Float64Array {
  const edges = arrayOf(json, 'float64');
  const most = isCategory(feature) ? 0 : MAX_CATEGORIES;
  if (edges.length > most) fail(json, `at most ${most} edges`);
  checkAscending(edges, json);
  return edges;
}

/**
 * Every tree lies between its root and the next, and every child lies after its parent within the tree: so each walk from a
 * root ends at a leaf.
 */
function checkNodes(
  model: JsonValue,
  { roots, nodeFeatures, nodeRights, nodeSplits, categorySets, edges }: Nodes,
  features: readonly ModelFeature[],
  vectorCount: number,
  [splitField, vectorField, rightField]: NodeFields,
): void {
  const check = (isRight: boolean, field: string, node: number, wanted: string): void => {
    if (!isRight) fail(elementAt(at(model, field), node), wanted);
  };
  if (roots.length === 0 && nodeFeatures.length > 0) fail(at(model, 'nodeFeatures'), 'empty, without trees');
  for (let tree = 0; tree < roots.length; tree++) {
    const first = roots[tree]!;
    const end = roots[tree + 1] ?? nodeFeatures.length;
    if (first >= end || end > nodeFeatures.length || (tree === 0 && first > 0)) {
      fail(at(model, 'roots'), 'first nodes, ascending from 0');
    }
    for (let node = first; node < end; node++) {
      const index = nodeFeatures[node]!;
      const right = nodeRights[node]!;
      if (index === LEAF) {
        check(right < vectorCount, vectorField, node, 'the number of a leaf vector');
        continue;
      }
      // The left child is node + 1; a right child of at least node + 2 leaves room for it.
      check(right > node + 1 && right < end, rightField, node, 'a right child in its tree');
      const feature = features[index];
      check(feature !== undefined, 'nodeFeatures', node, 'the number of a feature');
      const split = nodeSplits[node]!;
      const exists =
        feature && isCategory(feature)
          ? split + Math.ceil((feature.categories.length + 2) / 32) <= categorySets.length
          : split >>> 1 <= edges[index]!.length;
      check(exists, splitField, node, 'a set or bin that exists');
    }
  }
}

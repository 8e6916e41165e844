import {
  type ForestModel,
  isCategory,
  LEAF,
  MAX_CATEGORIES,
  type ModelFeature,
  marginCountOf,
  type TreesModel,
} from '../model.ts';
import type { ArrayOfType, ArrayType } from './base64.ts';
import {
  arrayAt,
  arrayOfLengthAt,
  checkAscending,
  choiceAt,
  fail,
  type JsonObject,
  listOfLengthAt,
  wholeNumberAt,
} from './json-fields.ts';

/** The nodes of trees, as both kinds of models have them. */
type Nodes = Pick<TreesModel, 'edges' | 'roots' | 'nodeFeatures' | 'nodeSplits' | 'nodeRights' | 'categorySets'>;

/** The fields of the file that hold a node's split, its vector, and what tells its right child. */
type NodeFields = readonly [split: string, vector: string, right: string];

const OF_LABELS = ['LEAVES', 'MARGINS'] as const;

/** An array of the model at `at`, of the length if one is given. */
function fieldAt<T extends ArrayType>(
  model: JsonObject,
  at: string,
  field: string,
  type: T,
  length?: number,
): ArrayOfType<T> {
  const path = `${at}.${field}`;
  return length === undefined ? arrayAt(model[field], type, path) : arrayOfLengthAt(model[field], type, length, path);
}

/** Reads and checks a model of kind TREES, which is at `at`; `outputs`: how many the model has. Throws ModelFormatError. */
export function parseTrees(
  model: JsonObject,
  at: string,
  features: readonly ModelFeature[],
  outputs: number,
): TreesModel {
  const combine = choiceAt(model['combine'], outputs > 1 ? OF_LABELS : [...OF_LABELS, 'EXP_MARGINS'], `${at}.combine`);
  const leafSize = combine === 'LEAVES' ? outputs : 1;
  wholeNumberAt(model['leafSize'], leafSize, leafSize, `${at}.leafSize`);
  const margins = combine === 'LEAVES' ? 0 : marginCountOf(outputs);
  const startMargins = fieldAt(model, at, 'startMargins', 'float64', margins);
  const nodeFeatures = fieldAt(model, at, 'nodeFeatures', 'uint16');
  const leafValues = fieldAt(model, at, 'leafValues', 'float64');
  if (leafValues.length % leafSize !== 0) fail(`${at}.leafValues`, `a multiple of ${leafSize} long`);
  const trees: TreesModel = {
    kind: 'TREES',
    combine,
    leafSize,
    startMargins,
    edges: parseEdgeLists(model, at, features),
    roots: fieldAt(model, at, 'roots', 'uint32'),
    nodeFeatures,
    nodeSplits: fieldAt(model, at, 'nodeSplits', 'uint32', nodeFeatures.length),
    nodeRights: fieldAt(model, at, 'nodeRights', 'uint32', nodeFeatures.length),
    categorySets: fieldAt(model, at, 'categorySets', 'uint32'),
    leafValues,
    ...parseLeafRows(model, at, nodeFeatures),
  };
  if (combine === 'LEAVES' && trees.roots.length === 0) fail(`${at}.roots`, 'at least one tree');
  checkNodes(trees, features, leafValues.length / leafSize, ['nodeSplits', 'nodeRights', 'nodeRights'], at);
  return trees;
}

/** Reads and checks a model of kind FOREST, which is at `at`. Throws ModelFormatError. */
export function parseForest(
  model: JsonObject,
  at: string,
  features: readonly ModelFeature[],
  labelCount: number | null,
): ForestModel {
  const nodeFeatures = fieldAt(model, at, 'nodeFeatures', 'uint16');
  const nodeValues = fieldAt(model, at, 'nodeValues', 'uint32', nodeFeatures.length);
  const leafValues = fieldAt(model, at, 'leafValues', 'float64');
  const valueCount = labelCount === null ? 0 : leafValues.length;
  const roots = fieldAt(model, at, 'roots', 'uint32');
  if (roots.length === 0) fail(`${at}.roots`, 'at least one tree');
  const forest: ForestModel = {
    kind: 'FOREST',
    prior: fieldAt(model, at, 'background', 'float64', labelCount ?? 0),
    edges: parseEdgeLists(model, at, features),
    roots,
    nodeFeatures,
    nodeSplits: nodeValues.map((value, node) => (nodeFeatures[node] === LEAF ? 0 : value)),
    nodeRights: rightChildrenOf(nodeFeatures, nodeValues),
    categorySets: fieldAt(model, at, 'categorySets', 'uint32'),
    leafEnds: fieldAt(model, at, 'leafEnds', 'uint32'),
    leafLabels: fieldAt(model, at, 'leafLabels', 'uint16', valueCount),
    leafValues,
    ...parseLeafRows(model, at, nodeFeatures),
  };
  const sum = forest.prior.reduce((total, share) => total + share, 0);
  if (sum > 1 || forest.prior.some((share) => share < 0)) fail(`${at}.background`, 'from 0 up, at most 1 together');
  checkVectors(forest, labelCount, at);
  checkNodes(
    forest,
    features,
    labelCount === null ? leafValues.length : forest.leafEnds.length,
    ['nodeValues', 'nodeValues', 'nodeFeatures'],
    at,
  );
  return forest;
}

/** How many training rows end in each leaf, where the file says so. */
function parseLeafRows(model: JsonObject, at: string, nodeFeatures: Uint16Array): Pick<TreesModel, 'leafRows'> {
  if (model['leafRows'] === undefined) return {};
  const leafCount = nodeFeatures.reduce((count, feature) => count + Number(feature === LEAF), 0);
  return { leafRows: fieldAt(model, at, 'leafRows', 'uint32', leafCount) };
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

function checkVectors({ leafEnds, leafLabels, leafValues }: ForestModel, labelCount: number | null, at: string): void {
  if (labelCount === null) {
    if (leafEnds.length > 0) fail(`${at}.leafEnds`, 'empty, without labels');
    return;
  }
  let start = 0;
  for (let vector = 0; vector < leafEnds.length; vector++) {
    const end = leafEnds[vector]!;
    if (end <= start || end > leafValues.length) fail(`${at}.leafEnds`, 'ascending, within leafValues');
    for (let i = start; i < end; i++) {
      if (leafLabels[i]! >= labelCount || (i > start && leafLabels[i]! <= leafLabels[i - 1]!)) {
        fail(`${at}.leafLabels[${i}]`, 'the number of a label, ascending');
      }
    }
    start = end;
  }
}

function parseEdgeLists(model: JsonObject, at: string, features: readonly ModelFeature[]): Float64Array[] {
  const edgeLists = listOfLengthAt(model['edges'], features.length, `${at}.edges`);
  return features.map((feature, i) => parseEdges(edgeLists[i], feature, `${at}.edges[${i}]`));
}

function parseEdges(value: unknown, feature: ModelFeature, path: string): Float64Array {
  const edges = arrayAt(value, 'float64', path);
  if (isCategory(feature) && edges.length > 0) fail(path, 'empty, the feature is a category');
  if (edges.length > MAX_CATEGORIES) fail(path, `at most ${MAX_CATEGORIES} edges`);
  checkAscending(edges, path);
  return edges;
}

/**
 * Every tree lies between its root and the next, and every child lies after its parent within the tree: so each walk from a
 * root ends at a leaf.
 */
function checkNodes(
  trees: Nodes,
  features: readonly ModelFeature[],
  vectorCount: number,
  [splitField, vectorField, rightField]: NodeFields,
  at: string,
): void {
  const { roots, nodeFeatures, nodeRights } = trees;
  for (let tree = 0; tree < roots.length; tree++) {
    const first = roots[tree]!;
    const end = tree + 1 < roots.length ? roots[tree + 1]! : nodeFeatures.length;
    if (tree === 0 ? first !== 0 : first <= roots[tree - 1]!) fail(`${at}.roots`, 'ascending from 0');
    if (first >= end || end > nodeFeatures.length) fail(`${at}.roots`, 'first nodes');
    for (let node = first; node < end; node++) {
      if (nodeFeatures[node] === LEAF) {
        if (nodeRights[node]! >= vectorCount) {
          fail(`${at}.${vectorField}[${node}]`, 'the number of a leaf vector');
        }
      } else {
        // The left child is node + 1; a right child of at least node + 2 leaves room for it.
        if (nodeRights[node]! < node + 2 || nodeRights[node]! >= end) {
          fail(`${at}.${rightField}[${node}]`, 'of a node with two children in its tree');
        }
        checkSplit(trees, features, node, splitField, at);
      }
    }
  }
  if (roots.length === 0 && nodeFeatures.length > 0) fail(`${at}.nodeFeatures`, 'empty, without trees');
}

function checkSplit(trees: Nodes, features: readonly ModelFeature[], node: number, field: string, at: string): void {
  const index = trees.nodeFeatures[node]!;
  const feature = features[index];
  if (feature === undefined) fail(`${at}.nodeFeatures[${node}]`, 'the number of a feature');
  const split = trees.nodeSplits[node]!;
  if (isCategory(feature)) {
    const words = Math.ceil((feature.categories.length + 2) / 32);
    if (split + words > trees.categorySets.length) fail(`${at}.${field}[${node}]`, 'the place of a set');
  } else if (split >>> 1 > trees.edges[index]!.length) {
    fail(`${at}.${field}[${node}]`, 'a bin');
  }
}

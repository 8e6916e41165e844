import {
  arrayAt,
  arrayOfLengthAt,
  choiceAt,
  distinctTextsAt,
  fail,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  textAt,
  wholeNumberAt,
} from './json-fields.ts';
import {
  type EstimatorModel,
  LEAF,
  type LinearModel,
  MAX_CATEGORIES,
  type Model,
  type ModelFeature,
  type TreesModel,
} from './model.ts';
import { MAX_MODEL_BYTES, MODEL_FORMAT, MODEL_VERSION, ModelFormatError } from './model-format.ts';

/**
 * Reads a model file and checks all of it: after this, predicting cannot run out of an array or into a loop, and every number
 * that it computes with is finite. Throws ModelFormatError, which says what is wrong and where.
 * Cost: a few passes over the file; memory about twice its size.
 */
export function parseModel(file: Uint8Array | string): Model {
  if (file.length > MAX_MODEL_BYTES) {
    throw new ModelFormatError(`a model file holds at most ${MAX_MODEL_BYTES / 2 ** 20} MB`);
  }
  const root = objectAt(parseJson(file), 'the file');
  if (root['format'] !== MODEL_FORMAT) fail('format', `"${MODEL_FORMAT}"`);
  if (root['version'] !== MODEL_VERSION) {
    throw new ModelFormatError(
      `the model file is of version ${String(root['version'])}; this program reads version ${MODEL_VERSION}`,
    );
  }
  const task = choiceAt(root['task'], ['CLASSIFICATION', 'REGRESSION'], 'task');
  const labels = task === 'CLASSIFICATION' ? distinctTextsAt(root['labels'], 'labels') : null;
  if (labels !== null && labels.length < 2) fail('labels', 'at least two labels');
  const features = listAt(root['features'], 'features').map((feature, i) => parseFeature(feature, `features[${i}]`));
  if (features.length >= LEAF) fail('features', `fewer than ${LEAF} features`);
  if (new Set(features.map((feature) => feature.name)).size !== features.length) fail('features', 'of different names');
  return Object.freeze({
    task,
    algorithm: textAt(root['algorithm'], 'algorithm'),
    target: textAt(root['target'], 'target'),
    labels,
    features,
    estimator: parseEstimator(objectAt(root['model'], 'model'), features, labels === null ? 1 : labels.length),
  });
}

function parseJson(file: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof file === 'string' ? file : new TextDecoder('utf-8', { fatal: true }).decode(file));
  } catch (cause) {
    throw new ModelFormatError('not a valid model file: it is not JSON in UTF-8', { cause });
  }
}

function parseFeature(value: unknown, path: string): ModelFeature {
  const feature = objectAt(value, path);
  const name = textAt(feature['name'], `${path}.name`);
  const kind = choiceAt(feature['kind'], ['NUMBER', 'DATETIME', 'CATEGORY'], `${path}.kind`);
  if (kind !== 'CATEGORY') return { name, kind };
  const categories = distinctTextsAt(feature['categories'], `${path}.categories`);
  if (categories.length > MAX_CATEGORIES) fail(`${path}.categories`, `at most ${MAX_CATEGORIES} texts`);
  return { name, kind, categories };
}

function parseEstimator(model: JsonObject, features: readonly ModelFeature[], outputs: number): EstimatorModel {
  switch (choiceAt(model['kind'], ['CONSTANT', 'LINEAR', 'TREES'], 'model.kind')) {
    case 'CONSTANT':
      return { kind: 'CONSTANT', outputs: arrayOfLengthAt(model['outputs'], 'float64', outputs, 'model.outputs') };
    case 'LINEAR':
      return parseLinear(model, features, outputs);
    case 'TREES':
      return parseTrees(model, features, outputs);
  }
}

/** Two labels need one margin (the second label's); more need one each; regression has one. */
function marginCountOf(outputs: number): number {
  return outputs <= 2 ? 1 : outputs;
}

function parseLinear(model: JsonObject, features: readonly ModelFeature[], outputs: number): LinearModel {
  const marginCount = marginCountOf(outputs);
  wholeNumberAt(model['marginCount'], marginCount, marginCount, 'model.marginCount');
  const terms = listAt(model['terms'], 'model.terms');
  if (terms.length !== features.length) fail('model.terms', `${features.length} terms, one for each feature`);
  return {
    kind: 'LINEAR',
    marginCount,
    intercepts: arrayOfLengthAt(model['intercepts'], 'float64', marginCount, 'model.intercepts'),
    terms: features.map((feature, i) => {
      const path = `model.terms[${i}]`;
      const term = objectAt(terms[i], path);
      const scale = numberAt(term['scale'], `${path}.scale`);
      if (scale <= 0) fail(`${path}.scale`, 'above 0');
      const weightSets = feature.kind === 'CATEGORY' ? feature.categories.length + 2 : 2;
      const weights = arrayOfLengthAt(term['weights'], 'float64', weightSets * marginCount, `${path}.weights`);
      return { mean: numberAt(term['mean'], `${path}.mean`), scale, weights };
    }),
  };
}

function parseTrees(model: JsonObject, features: readonly ModelFeature[], outputs: number): TreesModel {
  const combine = choiceAt(model['combine'], ['LEAVES', 'MARGINS'], 'model.combine');
  const leafSize = combine === 'LEAVES' ? outputs : 1;
  wholeNumberAt(model['leafSize'], leafSize, leafSize, 'model.leafSize');
  const margins = combine === 'LEAVES' ? 0 : marginCountOf(outputs);
  const startMargins = arrayOfLengthAt(model['startMargins'], 'float64', margins, 'model.startMargins');
  const edgeLists = listAt(model['edges'], 'model.edges');
  if (edgeLists.length !== features.length) fail('model.edges', `${features.length} lists, one for each feature`);
  const edges = features.map((feature, i) => parseEdges(edgeLists[i], feature, `model.edges[${i}]`));
  const nodeFeatures = arrayAt(model['nodeFeatures'], 'uint16', 'model.nodeFeatures');
  const leafValues = arrayAt(model['leafValues'], 'float64', 'model.leafValues');
  if (leafValues.length % leafSize !== 0) fail('model.leafValues', `a multiple of ${leafSize} long`);
  const trees: TreesModel = {
    kind: 'TREES',
    combine,
    leafSize,
    startMargins,
    edges,
    roots: arrayAt(model['roots'], 'uint32', 'model.roots'),
    nodeFeatures,
    nodeSplits: arrayOfLengthAt(model['nodeSplits'], 'uint32', nodeFeatures.length, 'model.nodeSplits'),
    nodeRights: arrayOfLengthAt(model['nodeRights'], 'uint32', nodeFeatures.length, 'model.nodeRights'),
    categorySets: arrayAt(model['categorySets'], 'uint32', 'model.categorySets'),
    leafValues,
  };
  if (combine === 'LEAVES' && trees.roots.length === 0) fail('model.roots', 'at least one tree');
  checkNodes(trees, features);
  return trees;
}

function parseEdges(value: unknown, feature: ModelFeature, path: string): Float64Array {
  const edges = arrayAt(value, 'float64', path);
  if (feature.kind === 'CATEGORY' && edges.length > 0) fail(path, 'empty, the feature is a category');
  if (edges.length > MAX_CATEGORIES) fail(path, `at most ${MAX_CATEGORIES} edges`);
  if (edges.some((edge, i) => i > 0 && edge <= edges[i - 1]!)) fail(path, 'ascending');
  return edges;
}

/**
 * Every tree lies between its root and the next, and every child lies after its parent within the tree: so each walk from a
 * root ends at a leaf.
 */
function checkNodes(trees: TreesModel, features: readonly ModelFeature[]): void {
  const { roots, nodeFeatures, nodeRights } = trees;
  for (let tree = 0; tree < roots.length; tree++) {
    const first = roots[tree]!;
    const end = tree + 1 < roots.length ? roots[tree + 1]! : nodeFeatures.length;
    if (tree === 0 ? first !== 0 : first <= roots[tree - 1]!) fail('model.roots', 'ascending from 0');
    if (first >= end || end > nodeFeatures.length) fail('model.roots', 'the first nodes of trees that are not empty');
    for (let node = first; node < end; node++) {
      if (nodeFeatures[node] === LEAF) {
        if ((nodeRights[node]! + 1) * trees.leafSize > trees.leafValues.length) {
          fail(`model.nodeRights[${node}]`, 'the number of a leaf vector');
        }
      } else {
        // The left child is node + 1; a right child of at least node + 2 leaves room for it.
        if (nodeRights[node]! < node + 2 || nodeRights[node]! >= end) {
          fail(`model.nodeRights[${node}]`, 'a later node of the same tree');
        }
        checkSplit(trees, features, node);
      }
    }
  }
  if (roots.length === 0 && nodeFeatures.length > 0) fail('model.nodeFeatures', 'empty, there is no tree');
}

function checkSplit(trees: TreesModel, features: readonly ModelFeature[], node: number): void {
  const index = trees.nodeFeatures[node]!;
  const feature = features[index];
  if (feature === undefined) fail(`model.nodeFeatures[${node}]`, 'the number of a feature');
  const split = trees.nodeSplits[node]!;
  if (feature.kind === 'CATEGORY') {
    const words = Math.ceil((feature.categories.length + 2) / 32);
    if (split + words > trees.categorySets.length) fail(`model.nodeSplits[${node}]`, 'the place of a category set');
  } else if (split >>> 1 > trees.edges[index]!.length) {
    fail(`model.nodeSplits[${node}]`, 'a bin of the feature');
  }
}

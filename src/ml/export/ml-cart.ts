import { LEAF, type Model, type TreesModel } from '../../runtime/model.ts';
import { JsonText } from './json-text.ts';
import { ModelExportError } from './model-export-error.ts';
import { matrixColumnNames, missingValuesError, requireNumericFeatures } from './numeric-features.ts';

/** ml-cart reads and walks a tree by recursion; JavaScript's stack holds some thousand such calls everywhere. */
const MAX_DEPTH = 1000;

/**
 * Writes a DECISION_TREE in the JSON form of ml-cart 2: `DecisionTreeClassifier.load` or `DecisionTreeRegression.load` reads
 * it, and predicts label numbers or values, exactly those of the model, from a matrix with one column for each feature.
 * `features` and `labels`, which ml-cart ignores, say what they stand for.
 *
 * @param columnsWithMissing names of the columns that had missing values in training
 * @returns JSON in UTF-8
 * @throws ModelExportError where the form cannot carry the model
 */
export function exportToMlCart(model: Model, columnsWithMissing: ReadonlySet<string>): Uint8Array<ArrayBuffer> {
  const { estimator } = model;
  if (estimator.kind !== 'TREES' || estimator.combine !== 'LEAVES' || estimator.roots.length !== 1) {
    throw new ModelExportError('ESTIMATOR_NOT_SUPPORTED', 'ml-cart has single trees only: train a DECISION_TREE');
  }
  requireNumericFeatures(model, columnsWithMissing);
  const names = matrixColumnNames(model);
  const json = new JsonText();
  json.add(`{"name":"${model.labels === null ? 'DTRegression' : 'DTClassifier'}"`);
  json.add(`,"options":${JSON.stringify(optionsOf(model))}`);
  json.add(`,"features":${JSON.stringify(names)}`);
  if (model.labels !== null) json.add(`,"labels":${JSON.stringify(model.labels)}`);
  json.add(',"root":');
  writeNodes(estimator, names, model.labels !== null, json);
  json.add('}');
  return json.toBytes();
}

/** Predicting reads none of them but `kind`; the others are ml-cart's defaults, with a depth that JSON can hold. */
function optionsOf(model: Model): object {
  return model.labels === null
    ? { kind: 'regression', gainFunction: 'regression', splitFunction: 'mean', minNumSamples: 3, maxDepth: MAX_DEPTH }
    : {
        kind: 'classifier',
        gainFunction: 'gini',
        splitFunction: 'mean',
        minNumSamples: 3,
        maxDepth: MAX_DEPTH,
        gainThreshold: 0.01,
      };
}

/** Writes the nested nodes without recursion, with a stack of nodes and the text between them. */
function writeNodes(trees: TreesModel, names: readonly string[], isClassifier: boolean, json: JsonText): void {
  const { nodeFeatures, nodeSplits, nodeRights, edges } = trees;
  const pending: (string | { readonly node: number; readonly depth: number })[] = [{ node: 0, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') {
      json.add(next);
      continue;
    }
    const { node, depth } = next;
    if (depth > MAX_DEPTH) {
      throw new ModelExportError('TOO_LARGE', `ml-cart may fail on a tree of more than ${MAX_DEPTH} levels`);
    }
    const feature = nodeFeatures[node]!;
    if (feature === LEAF) {
      json.add(leafJson(trees, nodeRights[node]!, isClassifier));
      continue;
    }
    const edge = edges[feature]![nodeSplits[node]! >>> 1];
    // Beyond the last edge all numbers go left, and only missing values may go right.
    if (edge === undefined && (nodeSplits[node]! & 1) === 0) throw missingValuesError(names[feature]!);
    const bound = edge === undefined ? Number.POSITIVE_INFINITY : nextAbove(edge);
    if (bound === Number.POSITIVE_INFINITY) {
      pending.push({ node: node + 1, depth });
      continue;
    }
    json.add(`{"splitColumn":${feature},"splitValue":${bound},"left":`);
    pending.push('}', { node: nodeRights[node]!, depth: depth + 1 }, ',"right":', { node: node + 1, depth: depth + 1 });
  }
}

/** A classifier's leaf is a matrix of one row, the class probabilities; a regressor's a number. */
function leafJson({ leafValues, leafSize }: TreesModel, leaf: number, isClassifier: boolean): string {
  const values = leafValues.subarray(leaf * leafSize, (leaf + 1) * leafSize);
  return isClassifier ? `{"distribution":[[${values.join()}]]}` : `{"distribution":${values[0]!}}`;
}

/**
 * The smallest double above a finite one, Infinity above the largest. Our rows go left where x <= edge, ml-cart's where
 * x < splitValue: for doubles that is the same if the split value is the next one above the edge.
 *
 * @example nextAbove(1) // => 1.0000000000000002
 */
export function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const number = Float64Array.of(value);
  const bits = new BigInt64Array(number.buffer);
  // As whole numbers, the bits of doubles of one sign are in the order of their sizes.
  bits[0]! += value > 0 ? 1n : -1n;
  return number[0]!;
}

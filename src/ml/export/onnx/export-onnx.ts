import { type BlendModel, type ForestModel, type Model, outputCount, type TreesModel } from '../../../runtime/model.ts';
import { ModelExportError } from '../model-export-error.ts';
import { addFeatures, joinAsNumbers, type OnnxFeature } from './onnx-features.ts';
import { intAttribute, OnnxGraph, requireSize } from './onnx-graph.ts';
import { addLinearMargins } from './onnx-linear.ts';
import { addLineSums } from './onnx-lines.ts';
import { addTreeSums } from './onnx-trees.ts';

const COLUMNS = [intAttribute('axis', 1)];
const ROWS = [intAttribute('axis', 0)];

/**
 * Writes a model, with its preprocessing, as an ONNX file of plain tensors: for each column that the model reads an input of shape
 * [rows, 1], doubles for numbers and dates (in milliseconds since 1970; NaN is missing) and texts for categories (the empty text
 * is missing). The outputs are `label` [rows] and `probabilities` [rows, labels], or `value` [rows]. All of it is computed in
 * doubles: in floats, thresholds between close numbers would flip branches, and dates would be blurred by minutes.
 *
 * @throws ModelExportError with TOO_LARGE, or ESTIMATOR_NOT_SUPPORTED for a model that reads no column
 */
export function exportToOnnx(model: Model): Uint8Array<ArrayBuffer> {
  const { features, labels, task, target, algorithm } = model;
  if (features.length === 0) {
    throw new ModelExportError('ESTIMATOR_NOT_SUPPORTED', 'the model reads no column, and the form needs one');
  }
  const graph = new OnnxGraph(new Set(features.map(({ name }) => name)));
  const outputs = addOutputs(graph, model, addFeatures(graph, model));
  if (labels === null) {
    graph.addOutput('value', graph.add('Reshape', [outputs, graph.integers([-1])]), 'double', ['rows']);
  } else {
    const best = graph.add('ArgMax', [outputs], [...COLUMNS, intAttribute('keepdims', 0)]);
    graph.addOutput('label', graph.add('Gather', [graph.strings(labels), best], ROWS), 'string', ['rows']);
    graph.addOutput('probabilities', outputs, 'double', ['rows', labels.length]);
  }
  return graph.toBytes({ task, target, algorithm, ...(labels === null ? {} : { labels: JSON.stringify(labels) }) });
}

/** Adds the outputs of the estimator: probabilities or values, of shape [rows, outputs]. */
function addOutputs(graph: OnnxGraph, model: Model, features: readonly OnnxFeature[]): string {
  const { estimator } = model;
  switch (estimator.kind) {
    case 'CONSTANT':
      return repeatRow(graph, estimator.outputs, features[0]!);
    case 'LINEAR':
      return addLinks(graph, model, addLinearMargins(graph, estimator, model, features));
    case 'TREES':
      if (estimator.combine === 'LEAVES') return addMeans(graph, model, estimator, features);
      return addLinks(graph, model, addMargins(graph, model, estimator, features));
    case 'FOREST':
      return addMeans(graph, model, estimator, features);
    case 'BLEND':
      return addBlend(graph, model, estimator, features);
  }
}

/** The weighted sum of the members' outputs; of probabilities, made more or less certain by the temperature. */
function addBlend(
  graph: OnnxGraph,
  model: Model,
  { members, temperature }: BlendModel,
  features: readonly OnnxFeature[],
): string {
  const [sum = '', ...others] = members.map((member) => {
    const outputs = addOutputs(graph, { ...model, estimator: member.model }, features);
    return graph.add('Mul', [outputs, graph.scalar(member.weight)]);
  });
  const blended = others.reduce((before, next) => graph.add('Add', [before, next]), sum);
  if (temperature === 1) return blended;
  const powers = graph.add('Pow', [blended, graph.scalar(1 / temperature)]);
  return graph.add('Div', [powers, graph.add('ReduceSum', [powers, graph.integers([1])])]);
}

/** The same numbers for each row, of which there are as many as of the feature's. */
function repeatRow(graph: OnnxGraph, values: Float64Array, { value }: OnnxFeature): string {
  const rows = graph.add('Shape', [value], [intAttribute('start', 0), intAttribute('end', 1)]);
  const shape = graph.add('Concat', [rows, graph.integers([values.length])], ROWS);
  return graph.add('Expand', [graph.doubles(values, [1, values.length]), shape]);
}

/** From margins to probabilities; for regression the margin is the value, or its logarithm. */
function addLinks(graph: OnnxGraph, { labels, estimator }: Model, margins: string): string {
  const isExponential = 'combine' in estimator && estimator.combine === 'EXP_MARGINS';
  if (labels === null) return isExponential ? graph.add('Exp', [margins]) : margins;
  if (labels.length > 2) return graph.add('Softmax', [margins], COLUMNS);
  // Each from its own side: 1 - p would lose the digits of a small probability.
  const sides = [graph.add('Sigmoid', [graph.add('Neg', [margins])]), graph.add('Sigmoid', [margins])];
  return graph.add('Concat', sides, COLUMNS);
}

function addMargins(graph: OnnxGraph, model: Model, trees: TreesModel, features: readonly OnnxFeature[]): string {
  const { startMargins, leafValues, roots } = trees;
  const count = startMargins.length;
  if (roots.length === 0) return repeatRow(graph, startMargins, features[0]!);
  const columns = joinAsNumbers(graph, features);
  if (trees.slopes !== undefined) {
    const sums = addLineSums(graph, trees, trees.slopes, model.features, columns);
    return graph.add('Add', [sums, graph.doubles(startMargins, [1, count])]);
  }
  const sums =
    trees.leafSize > 1
      ? addVectorSums(graph, model, trees, columns, count)
      : addTreeSums(graph, trees, model.features, columns, count, (vector, tree) => ({
          target: tree % count,
          weight: leafValues[vector]!,
        }));
  return graph.add('Add', [sums, graph.doubles(startMargins, [1, count])]);
}

/** The means over the trees of the leaves' vectors, and for a forest the prior. */
function addMeans(
  graph: OnnxGraph,
  model: Model,
  trees: TreesModel | ForestModel,
  features: readonly OnnxFeature[],
): string {
  const outputs = outputCount(model);
  const columns = joinAsNumbers(graph, features);
  const prior = trees.kind === 'FOREST' ? trees.prior : new Float64Array(0);
  const share = (1 - prior.reduce((sum, part) => sum + part, 0)) / trees.roots.length;
  const sums =
    outputs === 1
      ? addTreeSums(graph, trees, model.features, columns, 1, (vector) => ({
          target: 0,
          weight: trees.leafValues[vector]!,
        }))
      : addVectorSums(graph, model, trees, columns, outputs);
  const means = graph.add('Mul', [sums, graph.scalar(share)]);
  return prior.length === 0 ? means : graph.add('Add', [means, graph.doubles(prior, [1, outputs])]);
}

/**
 * The sums over the trees of the leaves' vectors. A leaf of TreeEnsemble holds one number: here that of its vector, which is looked
 * up, for one tree after the other so that it takes no more memory than for one.
 */
function addVectorSums(
  graph: OnnxGraph,
  model: Model,
  trees: TreesModel | ForestModel,
  columns: string,
  outputs: number,
): string {
  const vectors = graph.doubles(...vectorTable(trees, outputs));
  const treeCount = trees.roots.length;
  const found = addTreeSums(graph, trees, model.features, columns, treeCount, (vector, tree) => ({
    target: tree,
    weight: vector,
  }));
  const numbers = graph.toIntegers(found);
  const ofTree = (tree: number) => {
    const number = graph.add('Gather', [numbers, graph.integers([tree], [])], COLUMNS);
    return graph.add('Gather', [vectors, number], ROWS);
  };
  let sum = ofTree(0);
  for (let tree = 1; tree < treeCount; tree++) sum = graph.add('Add', [sum, ofTree(tree)]);
  return sum;
}

/** The leaves' vectors, with a number for each label, and the table's shape. */
function vectorTable(trees: TreesModel | ForestModel, outputs: number): [Float64Array, readonly [number, number]] {
  if (trees.kind === 'TREES') return [trees.leafValues, [trees.leafValues.length / outputs, outputs]];
  const { leafEnds, leafLabels, leafValues } = trees;
  requireSize(leafEnds.length * outputs * Float64Array.BYTES_PER_ELEMENT);
  const table = new Float64Array(leafEnds.length * outputs);
  let at = 0;
  for (const [vector, end] of leafEnds.entries()) {
    for (; at < end; at++) table[vector * outputs + leafLabels[at]!] = leafValues[at]!;
  }
  return [table, [leafEnds.length, outputs]];
}

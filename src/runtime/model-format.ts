import { type ArrayType, encodeBase64, littleEndianBytes } from './base64.ts';
import { type EstimatorModel, type ForestModel, LEAF, type Model } from './model.ts';

/**
 * The model file: UTF-8 JSON, one object, no code, no time and no id in it. The same rows, parameters and seed give the
 * same bytes. Arrays of numbers are `{ "type": "float64", "base64": "…" }`, little-endian. parse-model.ts reads it.
 */
export const MODEL_FORMAT = 'trainyard-model';
export const MODEL_VERSION = 1;

/**
 * Larger files are refused, by the writer and by the reader. A V8 string holds 512 MB at most, and a parser needs the text
 * and its arrays at once.
 */
export const MAX_MODEL_BYTES = 256 * 1024 * 1024;

/** A model file that is damaged, of another kind or version, or too large; the message says where. */
export class ModelFormatError extends Error {
  override readonly name = 'ModelFormatError';
}

/** The model file's bytes. Throws ModelFormatError if they are more than MAX_MODEL_BYTES. */
export function writeModel(model: Model): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify({
    format: MODEL_FORMAT,
    version: MODEL_VERSION,
    task: model.task,
    algorithm: model.algorithm,
    target: model.target,
    ...(model.labels === null ? {} : { labels: model.labels }),
    features: model.features,
    model: estimatorJson(model.estimator),
  });
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_MODEL_BYTES) {
    throw new ModelFormatError(
      `the model takes ${Math.ceil(bytes.length / 2 ** 20)} MB; a model file holds at most ${MAX_MODEL_BYTES / 2 ** 20} MB`,
    );
  }
  return bytes;
}

function estimatorJson(estimator: EstimatorModel): object {
  switch (estimator.kind) {
    case 'CONSTANT':
      return { kind: estimator.kind, outputs: arrayJson('float64', estimator.outputs) };
    case 'LINEAR':
      return {
        kind: estimator.kind,
        marginCount: estimator.marginCount,
        intercepts: arrayJson('float64', estimator.intercepts),
        terms: estimator.terms.map((term) => ({
          mean: term.mean,
          scale: term.scale,
          weights: arrayJson('float64', term.weights),
        })),
      };
    case 'TREES':
      return {
        kind: estimator.kind,
        combine: estimator.combine,
        leafSize: estimator.leafSize,
        startMargins: arrayJson('float64', estimator.startMargins),
        edges: estimator.edges.map((edges) => arrayJson('float64', edges)),
        roots: arrayJson('uint32', estimator.roots),
        nodeFeatures: arrayJson('uint16', estimator.nodeFeatures),
        nodeSplits: arrayJson('uint32', estimator.nodeSplits),
        nodeRights: arrayJson('uint32', estimator.nodeRights),
        categorySets: arrayJson('uint32', estimator.categorySets),
        leafValues: arrayJson('float64', estimator.leafValues),
      };
    case 'FOREST':
      return {
        kind: estimator.kind,
        background: arrayJson('float64', estimator.background),
        edges: estimator.edges.map((edges) => arrayJson('float64', edges)),
        roots: arrayJson('uint32', estimator.roots),
        nodeFeatures: arrayJson('uint16', estimator.nodeFeatures),
        nodeValues: arrayJson('uint32', forestNodeValues(estimator)),
        categorySets: arrayJson('uint32', estimator.categorySets),
        leafEnds: arrayJson('uint32', estimator.leafEnds),
        leafLabels: arrayJson('uint16', estimator.leafLabels),
        leafValues: arrayJson('float64', estimator.leafValues),
      };
  }
}

/** For each node its split, for a leaf the number of its vector. */
function forestNodeValues({ nodeFeatures, nodeSplits, nodeRights }: ForestModel): Uint32Array {
  const values = nodeSplits.slice();
  for (let node = 0; node < values.length; node++) {
    if (nodeFeatures[node] === LEAF) values[node] = nodeRights[node]!;
  }
  return values;
}

function arrayJson(type: ArrayType, array: Float64Array | Uint32Array | Uint16Array): object {
  return { type, base64: encodeBase64(littleEndianBytes(array)) };
}

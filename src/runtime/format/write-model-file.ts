import {
  type EstimatorModel,
  type ForestModel,
  LEAF,
  type Model,
  type ModelFeature,
  type TreesModel,
} from '../model.ts';
import type { CellReading } from '../values/cells.ts';
import { FIRST_PARTS } from '../values/date-parts.ts';
import { MISSING_TOKENS } from '../values/missing-tokens.ts';
import { type ArrayType, encodeBase64, littleEndianBytes } from './base64.ts';

/**
 * The model file: UTF-8 JSON, one object, no code, no time and no id in it. The same rows, parameters and seed give the
 * same bytes. Arrays of numbers are `{ "type": "float64", "base64": "…" }`, little-endian. parse-model.ts reads it.
 */
export const MODEL_FORMAT = 'trainyard-model';
/** The newest that is read. */
export const MODEL_VERSION = 5;

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
  const arrayJson = countingArrayJson();
  const root = {
    format: MODEL_FORMAT,
    version: versionOf(model),
    task: model.task,
    algorithm: model.algorithm,
    target: model.target,
    ...(model.labels === null ? {} : { labels: model.labels }),
    features: model.features.map((feature) => featureJson(feature, arrayJson)),
    ...missingTokensField(model.reading),
    ...(model.profile === undefined ? {} : { profile: model.profile }),
    ...(model.interval === undefined ? {} : { interval: model.interval }),
    model: estimatorJson(model.estimator, arrayJson),
  };
  const text = jsonText(root);
  // A character takes at least one byte: a text that is certainly too long is not encoded.
  const bytes = text.length > MAX_MODEL_BYTES ? null : new TextEncoder().encode(text);
  if (bytes === null || bytes.length > MAX_MODEL_BYTES) throw tooLargeError();
  return bytes;
}

/** That of its reading; but who does not know a kind of feature, or weights of a logarithm, must not predict without it. */
function versionOf({ features, reading, estimator }: Model): number {
  const members = estimator.kind === 'BLEND' ? estimator.members.map(({ model }) => model) : [estimator];
  const hasLogarithm = members.some((member) => member.kind === 'LINEAR' && member.combine !== undefined);
  return Math.max(reading.version, hasLogarithm ? 4 : 1, ...features.map(versionOfFeature));
}

function versionOfFeature(feature: ModelFeature): number {
  const isFirstPart = feature.kind !== 'DATETIME' || FIRST_PARTS.some((part) => part === feature.part);
  if (feature.kind === 'TEXT' || !isFirstPart) return 5;
  return feature.kind === 'CATEGORY' && feature.means !== undefined ? 4 : 1;
}

/** In version 1 the texts beside the usual ones, if any; since then all of them. */
function missingTokensField({ version, missingTokens }: CellReading): { readonly missingTokens?: readonly string[] } {
  if (version > 1) return { missingTokens };
  const extra = missingTokens.filter((token) => !MISSING_TOKENS.includes(token));
  return extra.length === 0 ? {} : { missingTokens: extra };
}

function jsonText(root: object): string {
  try {
    return JSON.stringify(root);
  } catch (cause) {
    // The one error that plain data can meet here: a text longer than a string can be.
    if (!(cause instanceof RangeError)) throw cause;
    throw tooLargeError();
  }
}

function tooLargeError(): ModelFormatError {
  return new ModelFormatError(`the model takes more than ${MAX_MODEL_BYTES / 2 ** 20} MB, which a model file may not`);
}

function featureJson(feature: ModelFeature, arrayJson: ArrayJson): object {
  if (feature.kind === 'TEXT') {
    return { ...feature, terms: arrayJson('uint32', feature.terms), weights: arrayJson('float64', feature.weights) };
  }
  if (feature.kind !== 'CATEGORY' || feature.means === undefined) return feature;
  return { ...feature, means: arrayJson('float64', feature.means) };
}

type ArrayJson = (type: ArrayType, array: Float64Array | Uint32Array | Uint16Array) => object;

/** Encodes arrays until they are too many for one file, then throws: their texts alone could be more than there is memory. */
function countingArrayJson(): ArrayJson {
  let length = 0;
  return (type, array) => {
    length += Math.ceil(array.byteLength / 3) * 4;
    if (length > MAX_MODEL_BYTES) throw tooLargeError();
    return { type, base64: encodeBase64(littleEndianBytes(array)) };
  };
}

function estimatorJson(estimator: EstimatorModel, arrayJson: ArrayJson): object {
  switch (estimator.kind) {
    case 'CONSTANT':
      return { kind: estimator.kind, outputs: arrayJson('float64', estimator.outputs) };
    case 'LINEAR':
      return {
        kind: estimator.kind,
        ...(estimator.combine === undefined ? {} : { combine: estimator.combine }),
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
        ...slopesFields(estimator, arrayJson),
        ...leafRowsField(estimator, arrayJson),
      };
    case 'FOREST':
      return {
        kind: estimator.kind,
        background: arrayJson('float64', estimator.prior),
        edges: estimator.edges.map((edges) => arrayJson('float64', edges)),
        roots: arrayJson('uint32', estimator.roots),
        nodeFeatures: arrayJson('uint16', estimator.nodeFeatures),
        nodeValues: arrayJson('uint32', forestNodeValues(estimator)),
        categorySets: arrayJson('uint32', estimator.categorySets),
        leafEnds: arrayJson('uint32', estimator.leafEnds),
        leafLabels: arrayJson('uint16', estimator.leafLabels),
        leafValues: arrayJson('float64', estimator.leafValues),
        ...leafRowsField(estimator, arrayJson),
      };
    case 'BLEND':
      return {
        kind: estimator.kind,
        temperature: estimator.temperature,
        members: estimator.members.map(({ weight, model }) => ({ weight, model: estimatorJson(model, arrayJson) })),
      };
  }
}

function slopesFields({ slopes }: TreesModel, arrayJson: ArrayJson): object {
  if (slopes === undefined) return {};
  return {
    slopeCounts: arrayJson(
      'uint16',
      Uint16Array.from(slopes.ends, (end, leaf) => end - (slopes.ends[leaf - 1] ?? 0)),
    ),
    slopeFeatures: arrayJson('uint16', slopes.features),
    slopeBins: arrayJson('uint32', slopes.bins),
    slopes: arrayJson('float64', slopes.values),
  };
}

function leafRowsField(
  { leafRows }: Pick<TreesModel, 'leafRows'>,
  arrayJson: ArrayJson,
): { readonly leafRows?: object } {
  return leafRows === undefined ? {} : { leafRows: arrayJson('uint32', leafRows) };
}

/** For each node its split, for a leaf the number of its vector. */
function forestNodeValues({ nodeFeatures, nodeSplits, nodeRights }: ForestModel): Uint32Array {
  const values = nodeSplits.slice();
  for (let node = 0; node < values.length; node++) {
    if (nodeFeatures[node] === LEAF) values[node] = nodeRights[node]!;
  }
  return values;
}

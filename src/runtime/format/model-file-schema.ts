import {
  codeCount,
  type EstimatorModel,
  isLinearCode,
  type LinearModel,
  MAX_CATEGORIES,
  MAX_FEATURES,
  type MemberModel,
  type Model,
  type ModelFeature,
  marginCountOf,
  type PredictionInterval,
} from '../model.ts';
import { type CellReading, DATE_ORDERS, firstReading, type NumberFormat } from '../values/cells.ts';
import { DATE_PARTS } from '../values/date-parts.ts';
import {
  arrayOfLengthAt,
  choiceAt,
  distinctTextsAt,
  fail,
  type JsonObject,
  listAt,
  listOfLengthAt,
  numberFieldAt,
  objectAt,
  oneOf,
  optionalAt,
  textAt,
  wholeNumberAt,
} from './json-fields.ts';
import { parseProfile } from './parse-profile.ts';
import { parseForest, parseTrees } from './parse-trees.ts';
import { MAX_MODEL_BYTES, MODEL_FORMAT, MODEL_VERSION, ModelFormatError } from './write-model-file.ts';

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
  const version = versionAt(root['version']);
  const task = choiceAt(root['task'], ['CLASSIFICATION', 'REGRESSION'], 'task');
  const labels = task === 'CLASSIFICATION' ? distinctTextsAt(root['labels'], 'labels') : null;
  if (labels !== null && labels.length < 2) fail('labels', 'at least two labels');
  const features = listAt(root['features'], 'features').map((feature, i) =>
    parseFeature(feature, `features[${i}]`, version),
  );
  if (features.length > MAX_FEATURES) fail('features', `at most ${MAX_FEATURES} features`);
  checkFeatureNames(features);
  return Object.freeze({
    task,
    algorithm: textAt(root['algorithm'], 'algorithm'),
    target: textAt(root['target'], 'target'),
    labels,
    features,
    reading: readingAt(root['missingTokens'], version),
    estimator: parseEstimator(root['model'], features, labels?.length ?? null),
    ...parseProfile(root['profile'], features),
    ...parseInterval(root['interval'], task),
  });
}

/** As of which version texts are read: those of version 4 as of 3. */
function versionAt(value: unknown): CellReading['version'] {
  if (value === 1 || value === 2 || value === 3) return value;
  if (value === MODEL_VERSION) return 3;
  throw new ModelFormatError(
    `the model file is of version ${String(value)}; this program reads versions 1 to ${MODEL_VERSION}`,
  );
}

/** Version 1 names the tokens beside the usual ones, if there are any; later ones all. */
function readingAt(tokens: unknown, version: CellReading['version']): CellReading {
  if (version === 1) return firstReading(tokens === undefined ? [] : distinctTextsAt(tokens, 'missingTokens'));
  return { version, missingTokens: distinctTextsAt(tokens, 'missingTokens') };
}

function parseJson(file: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof file === 'string' ? file : new TextDecoder('utf-8', { fatal: true }).decode(file));
  } catch (cause) {
    throw new ModelFormatError('not a valid model file: not JSON in UTF-8', { cause });
  }
}

function parseFeature(value: unknown, path: string, version: CellReading['version']): ModelFeature {
  const feature = objectAt(value, path);
  const name = textAt(feature['name'], `${path}.name`);
  const kind = choiceAt(feature['kind'], ['NUMBER', 'DATETIME', 'CATEGORY'], `${path}.kind`);
  if (kind === 'NUMBER') {
    const format = (value: unknown, at: string) => parseNumberFormat(value, at, version);
    return { name, kind, ...optionalAt(feature, 'numberFormat', path, format) };
  }
  if (kind === 'DATETIME') {
    const part = choiceAt(feature['part'], DATE_PARTS, `${path}.part`);
    return { name, kind, part, ...optionalAt(feature, 'dateOrder', path, oneOf(DATE_ORDERS)) };
  }
  const categories = distinctTextsAt(feature['categories'], `${path}.categories`);
  const means = feature['means'];
  if (means !== undefined) {
    return { name, kind, categories, means: arrayOfLengthAt(means, 'float64', categories.length + 1, `${path}.means`) };
  }
  if (categories.length > MAX_CATEGORIES) fail(`${path}.categories`, `at most ${MAX_CATEGORIES} texts`);
  return { name, kind, categories };
}

/** Fields that only later versions have are unknown ones in version 1. */
function parseNumberFormat(value: unknown, path: string, version: CellReading['version']): NumberFormat {
  const format = objectAt(value, path);
  const decimal = choiceAt(format['decimal'], ['.', ','], `${path}.decimal`);
  const thousands = textAt(format['thousands'], `${path}.thousands`);
  if (thousands.length > 1 || thousands === decimal || /[\d+-]/.test(thousands)) {
    fail(`${path}.thousands`, 'empty or one character that is no digit, sign or decimal mark');
  }
  if (version === 1) return { decimal, thousands };
  return {
    decimal,
    thousands,
    ...optionalAt(format, 'grouping', path, oneOf(['INDIAN'])),
    ...optionalAt(format, 'prefix', path, textAt),
    ...optionalAt(format, 'suffix', path, textAt),
    ...optionalAt(format, 'parentheses', path, trueAt),
    ...optionalAt(format, 'duration', path, oneOf(['HOURS', 'MINUTES'])),
  };
}

function trueAt(value: unknown, path: string): true {
  if (value !== true) fail(path, 'true');
  return true;
}

/** A column is read once, but for dates, of them each part once, and means of texts, which are of several labels. */
function checkFeatureNames(features: readonly ModelFeature[]): void {
  const read = new Map<string, Set<string>>();
  for (const [i, feature] of features.entries()) {
    const part =
      feature.kind === 'DATETIME' ? feature.part : feature.kind === 'CATEGORY' && feature.means ? `${i}` : '';
    const parts = read.get(feature.name);
    if (parts === undefined) read.set(feature.name, new Set([part]));
    else if (parts.has(part) || parts.has('') || part === '') {
      fail('features', 'of different names or parts of dates');
    } else parts.add(part);
  }
}

function parseInterval(value: unknown, task: Model['task']): { readonly interval?: PredictionInterval } {
  if (value === undefined) return {};
  if (task !== 'REGRESSION') fail('interval', 'absent for classification');
  const interval = objectAt(value, 'interval');
  const coverage = numberFieldAt(interval, 'coverage', 'interval');
  if (coverage <= 0 || coverage >= 1) fail('interval.coverage', 'above 0 and below 1');
  const radius = numberFieldAt(interval, 'radius', 'interval');
  if (radius < 0) fail('interval.radius', 'at least 0');
  return { interval: { coverage, radius } };
}

/** How far from 1 the weights of a blend may sum: what adding them up rounds off. */
const SUM_TOLERANCE = 1e-9;

function parseEstimator(value: unknown, features: readonly ModelFeature[], labelCount: number | null): EstimatorModel {
  const model = objectAt(value, 'model');
  if (model['kind'] !== 'BLEND') return parseMember(model, 'model', features, labelCount);
  const temperature = numberFieldAt(model, 'temperature', 'model');
  if (temperature <= 0 || (labelCount === null && temperature !== 1)) {
    fail('model.temperature', 'above 0, and 1 without labels');
  }
  let sum = 0;
  const members = listAt(model['members'], 'model.members').map((value, i) => {
    const path = `model.members[${i}]`;
    const member = objectAt(value, path);
    const weight = numberFieldAt(member, 'weight', path);
    if (weight < 0) fail(`${path}.weight`, 'at least 0');
    sum += weight;
    const at = `${path}.model`;
    return { weight, model: parseMember(objectAt(member['model'], at), at, features, labelCount) };
  });
  if (Math.abs(sum - 1) > SUM_TOLERANCE) fail('model.members', 'of weights that sum to 1');
  return { kind: 'BLEND', temperature, members };
}

/** A model that is no blend; `at`: the path to it. */
function parseMember(
  model: JsonObject,
  at: string,
  features: readonly ModelFeature[],
  labelCount: number | null,
): MemberModel {
  const outputs = labelCount ?? 1;
  switch (choiceAt(model['kind'], ['CONSTANT', 'LINEAR', 'TREES', 'FOREST'], `${at}.kind`)) {
    case 'CONSTANT':
      return { kind: 'CONSTANT', outputs: arrayOfLengthAt(model['outputs'], 'float64', outputs, `${at}.outputs`) };
    case 'LINEAR':
      return parseLinear(model, at, features, outputs);
    case 'TREES':
      return parseTrees(model, at, features, outputs);
    case 'FOREST':
      return parseForest(model, at, features, labelCount);
  }
}

function parseLinear(model: JsonObject, at: string, features: readonly ModelFeature[], outputs: number): LinearModel {
  const marginCount = marginCountOf(outputs);
  wholeNumberAt(model['marginCount'], marginCount, marginCount, `${at}.marginCount`);
  const terms = listOfLengthAt(model['terms'], features.length, `${at}.terms`);
  return {
    kind: 'LINEAR',
    marginCount,
    intercepts: arrayOfLengthAt(model['intercepts'], 'float64', marginCount, `${at}.intercepts`),
    terms: features.map((feature, i) => {
      const path = `${at}.terms[${i}]`;
      const term = objectAt(terms[i], path);
      const scale = numberFieldAt(term, 'scale', path);
      if (scale <= 0) fail(`${path}.scale`, 'above 0');
      const weightSets = isLinearCode(feature) ? codeCount(feature) + 2 : 2;
      const weights = arrayOfLengthAt(term['weights'], 'float64', weightSets * marginCount, `${path}.weights`);
      return { mean: numberFieldAt(term, 'mean', path), scale, weights };
    }),
  };
}

import {
  codeCount,
  type EstimatorModel,
  isCategory,
  isLinearCode,
  type LinearModel,
  MAX_CATEGORIES,
  MAX_FEATURES,
  MAX_TEMPERATURE,
  type MemberModel,
  MIN_TEMPERATURE,
  type Model,
  type ModelFeature,
  marginCountOf,
  type PredictionInterval,
} from '../model.ts';
import { type CellReading, DATE_ORDERS, firstReading, type NumberFormat } from '../values/cells.ts';
import { DATE_PARTS, DAYS_SINCE, FIRST_PARTS } from '../values/date-parts.ts';
import {
  arrayOf,
  at,
  choiceOf,
  distinctTextsOf,
  fail,
  type JsonValue,
  listOf,
  numberOf,
  oneOf,
  optional,
  textOf,
  wholeNumberOf,
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
  return parseModelBy(file, parseProfile);
}

/** As parseModel, with what reads the profile of the training rows: programs that only predict do without it, and its code. */
export function parseModelBy(file: Uint8Array | string, readProfile: ProfileReader | null): Model {
  if (file.length > MAX_MODEL_BYTES) {
    throw new ModelFormatError(`a model file holds at most ${MAX_MODEL_BYTES / 2 ** 20} MB`);
  }
  const root = { value: parseJson(file), path: '' };
  choiceOf(at(root, 'format'), [MODEL_FORMAT]);
  const version = versionOf(at(root, 'version').value);
  const task = choiceOf(at(root, 'task'), ['CLASSIFICATION', 'REGRESSION']);
  const labels = task === 'CLASSIFICATION' ? distinctTextsOf(at(root, 'labels')) : null;
  if (labels && labels.length < 2) fail(at(root, 'labels'), 'at least two labels');
  const features = listOf(at(root, 'features'), (feature) => parseFeature(feature, version));
  checkFeatureNames(at(root, 'features'), features);
  return Object.freeze({
    task,
    algorithm: textOf(at(root, 'algorithm')),
    target: textOf(at(root, 'target')),
    labels,
    features,
    reading: readingOf(at(root, 'missingTokens'), version),
    estimator: parseEstimator(at(root, 'model'), features, labels?.length ?? null, version),
    ...(readProfile && optional(root, 'profile', (profile) => readProfile(profile, features))),
    ...optional(root, 'interval', (interval) => parseInterval(interval, task)),
  });
}

type ProfileReader = typeof parseProfile;

const VERSIONS = [1, 2, 3, 4, MODEL_VERSION] as const;
type FileVersion = (typeof VERSIONS)[number];

function versionOf(value: unknown): FileVersion {
  const version = VERSIONS.find((each) => each === value);
  if (version !== undefined) return version;
  throw new ModelFormatError(
    `the model file is of version ${String(value)}; this program reads versions 1 to ${MODEL_VERSION}`,
  );
}

/**
 * Version 1 names the tokens beside the usual ones, if there are any; later ones all. Texts are read alike since version 3.
 */
function readingOf(tokens: JsonValue, version: FileVersion): CellReading {
  if (version === 1) return firstReading(tokens.value === undefined ? [] : distinctTextsOf(tokens));
  return { version: version === 2 ? 2 : 3, missingTokens: distinctTextsOf(tokens) };
}

function parseJson(file: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof file === 'string' ? file : new TextDecoder('utf-8', { fatal: true }).decode(file));
  } catch (cause) {
    throw new ModelFormatError('not a valid model file: not JSON in UTF-8', { cause });
  }
}

const FIRST_KINDS = ['NUMBER', 'DATETIME', 'CATEGORY'] as const;

/** Kinds and parts that only later versions have are refused, and their fields are unknown ones. */
function parseFeature(feature: JsonValue, version: FileVersion): ModelFeature {
  const name = textOf(at(feature, 'name'));
  const kind = choiceOf(at(feature, 'kind'), version < 5 ? FIRST_KINDS : [...FIRST_KINDS, 'TEXT']);
  if (kind === 'NUMBER') {
    return { name, kind, ...optional(feature, 'numberFormat', (format) => parseNumberFormat(format, version)) };
  }
  if (kind === 'DATETIME') {
    const part = choiceOf(at(feature, 'part'), version < 5 ? FIRST_PARTS : [...DATE_PARTS, DAYS_SINCE]);
    const order = orderOf(feature);
    if (part !== DAYS_SINCE) return { name, kind, part, ...order };
    const since = at(feature, 'since');
    return { name, kind, part, ...order, since: { name: textOf(at(since, 'name')), ...orderOf(since) } };
  }
  if (kind === 'TEXT') {
    const terms = arrayOf(at(feature, 'terms'), 'uint32');
    return { name, kind, terms, weights: arrayOf(at(feature, 'weights'), 'float64', terms.length) };
  }
  const json = at(feature, 'categories');
  const categories = distinctTextsOf(json);
  const means = at(feature, 'means');
  if (version > 3 && means.value !== undefined) {
    return { name, kind, categories, means: arrayOf(means, 'float64', categories.length + 1) };
  }
  if (categories.length > MAX_CATEGORIES) fail(json, `at most ${MAX_CATEGORIES} texts`);
  return { name, kind, categories };
}

function orderOf(date: JsonValue) {
  return optional(date, 'dateOrder', oneOf(...DATE_ORDERS));
}

/** Fields that only later versions have are unknown ones in version 1. */
function parseNumberFormat(format: JsonValue, version: FileVersion): NumberFormat {
  const decimal = choiceOf(at(format, 'decimal'), ['.', ',']);
  const json = at(format, 'thousands');
  const thousands = textOf(json);
  if (thousands.length > 1 || thousands === decimal || /[\d+-]/.test(thousands)) {
    fail(json, 'empty or one mark of its own');
  }
  const numbers = { decimal, thousands };
  if (version === 1) return numbers;
  return {
    ...numbers,
    ...optional(format, 'grouping', oneOf('INDIAN')),
    ...optional(format, 'prefix', textOf),
    ...optional(format, 'suffix', textOf),
    ...optional(format, 'parentheses', trueOf),
    ...optional(format, 'duration', oneOf('HOURS', 'MINUTES')),
  };
}

function trueOf(json: JsonValue): true {
  return json.value === true || fail(json, 'true');
}

/**
 * Several features of one name are of one kind: the same numbers, which have many bounds, means or words, of several labels, or
 * different parts of dates. A category is read once.
 */
function checkFeatureNames(json: JsonValue, features: readonly ModelFeature[]): void {
  if (features.length > MAX_FEATURES) fail(json, `at most ${MAX_FEATURES} features`);
  const kinds = new Map<string, string>();
  const parts = new Set<string>();
  for (const [i, feature] of features.entries()) {
    const { name, kind } = feature;
    const part = isCategory(feature)
      ? name
      : [kind === 'DATETIME' ? feature.part + (feature.since?.name ?? '') : i, name].join('\0');
    const isRepeated = isCategory(feature) ? kinds.has(name) : parts.has(part) || parts.has(name);
    if (isRepeated || (kinds.get(name) ?? kind) !== kind) fail(json, 'of different names or parts');
    kinds.set(name, kind);
    parts.add(part);
  }
  for (const feature of features) {
    const since = feature.kind === 'DATETIME' && feature.since?.name;
    if (since && !parts.has(`ORDINAL\0${since}`)) fail(json, 'with dates to count from');
  }
}

function parseInterval(interval: JsonValue, task: Model['task']): PredictionInterval {
  if (task !== 'REGRESSION') fail(interval, 'absent for classification');
  const coverage = numberOf(at(interval, 'coverage'));
  if (coverage <= 0 || coverage >= 1) fail(at(interval, 'coverage'), 'above 0 and below 1');
  return { coverage, radius: numberOf(at(interval, 'radius'), 0) };
}

/** How far from 1 the weights of a blend may sum: what adding them up rounds off. */
const SUM_TOLERANCE = 1e-9;

function parseEstimator(
  model: JsonValue,
  features: readonly ModelFeature[],
  labelCount: number | null,
  version: FileVersion,
): EstimatorModel {
  if (at(model, 'kind').value !== 'BLEND') return parseMember(model, features, labelCount, version);
  const [low, high] = labelCount === null ? [1, 1] : [MIN_TEMPERATURE, MAX_TEMPERATURE];
  const temperature = numberOf(at(model, 'temperature'), low, high);
  let sum = 0;
  const members = listOf(at(model, 'members'), (member) => {
    const weight = numberOf(at(member, 'weight'), 0, 1);
    sum += weight;
    return { weight, model: parseMember(at(member, 'model'), features, labelCount, version) };
  });
  if (Math.abs(sum - 1) > SUM_TOLERANCE) fail(at(model, 'members'), 'of weights that sum to 1');
  return { kind: 'BLEND', temperature, members };
}

/** A model that is no blend. */
function parseMember(
  model: JsonValue,
  features: readonly ModelFeature[],
  labelCount: number | null,
  version: FileVersion,
): MemberModel {
  const outputs = labelCount ?? 1;
  switch (choiceOf(at(model, 'kind'), ['CONSTANT', 'LINEAR', 'TREES', 'FOREST'])) {
    case 'CONSTANT':
      return { kind: 'CONSTANT', outputs: arrayOf(at(model, 'outputs'), 'float64', outputs) };
    case 'LINEAR':
      return parseLinear(model, features, outputs, version);
    case 'TREES':
      return parseTrees(model, features, outputs);
    case 'FOREST':
      return parseForest(model, features, labelCount);
  }
}

function parseLinear(
  model: JsonValue,
  features: readonly ModelFeature[],
  outputs: number,
  version: FileVersion,
): LinearModel {
  const marginCount = marginCountOf(outputs);
  wholeNumberOf(at(model, 'marginCount'), marginCount, marginCount);
  const parseTerm = (term: JsonValue, index: number) => {
    const feature = features[index]!;
    const scale = numberOf(at(term, 'scale'));
    if (scale <= 0) fail(at(term, 'scale'), 'above 0');
    const weightSets = isLinearCode(feature) ? codeCount(feature) + 2 : 2;
    const weights = arrayOf(at(term, 'weights'), 'float64', weightSets * marginCount);
    return { mean: numberOf(at(term, 'mean')), scale, weights };
  };
  return {
    kind: 'LINEAR',
    ...(version > 3 && optional(model, 'combine', oneOf(...(outputs === 1 ? (['EXP_MARGINS'] as const) : [])))),
    marginCount,
    intercepts: arrayOf(at(model, 'intercepts'), 'float64', marginCount),
    terms: listOf(at(model, 'terms'), parseTerm, features.length),
  };
}

import type {
  DateFeature,
  DaysFeature,
  MeanFeature,
  Model,
  ModelFeature,
  NumberFeature,
  TextFeature,
} from '../../../runtime/model.ts';
import { categoryCodes } from '../../../runtime/predict/encode-features.ts';
import { labelOf } from '../../../runtime/predict/rows-to-table.ts';
import { type CellReading, missingNumbers, parseBoolean } from '../../../runtime/values/cells.ts';
import { MILLISECONDS_PER_DAY } from '../../../runtime/values/civil-calendar.ts';
import { DAYS_SINCE } from '../../../runtime/values/date-parts.ts';
import { textFeatureError } from '../model-export-error.ts';
import { onnxDatePart } from './onnx-date-parts.ts';
import { intAttribute, intsAttribute, ML_DOMAIN, type OnnxGraph, stringsAttribute } from './onnx-graph.ts';

/** A feature in an ONNX graph, of shape [rows, 1]: doubles, of which NaN is missing, or the codes of a category as integers. */
export type OnnxFeature = { readonly kind: 'NUMBER' | 'CODE'; readonly value: string };

/** Adds the inputs, one for each column, and what turns them into the features of the model, in their order. */
export function addFeatures(graph: OnnxGraph, { features, reading }: Model): readonly OnnxFeature[] {
  const inputs = new Map<string, string>();
  const inputOf = ({ name }: Pick<ModelFeature, 'name'>, type: 'string' | 'double'): string => {
    const input = inputs.get(name) ?? graph.addInput(name, type);
    inputs.set(name, input);
    return input;
  };
  return features.map((feature) => {
    if (feature.kind === 'DATETIME') return { kind: 'NUMBER', value: dateNumber(graph, feature, inputOf) };
    if (feature.kind === 'TEXT') throw textFeatureError(feature.name);
    return encode(graph, feature, inputOf(feature, feature.kind === 'CATEGORY' ? 'string' : 'double'), reading);
  });
}

/** A part of a date, or the days since another one. */
function dateNumber(
  graph: OnnxGraph,
  feature: DateFeature | DaysFeature,
  inputOf: (column: Pick<ModelFeature, 'name'>, type: 'double') => string,
): string {
  const input = inputOf(feature, 'double');
  if (feature.part !== DAYS_SINCE) return onnxDatePart(graph, feature.part, input);
  const timestamps = [input, inputOf(feature.since, 'double')].map((date) => onnxDatePart(graph, 'ORDINAL', date));
  return graph.add('Div', [graph.add('Sub', timestamps), graph.scalar(MILLISECONDS_PER_DAY)]);
}

function encode(
  graph: OnnxGraph,
  feature: NumberFeature | TextFeature,
  input: string,
  reading: CellReading,
): OnnxFeature {
  switch (feature.kind) {
    case 'NUMBER':
      return { kind: 'NUMBER', value: plainNumber(graph, feature, input, reading) };
    case 'CATEGORY':
      if (feature.means !== undefined) return { kind: 'NUMBER', value: meanOf(graph, feature, input, reading) };
      return { kind: 'CODE', value: codeOf(graph, feature, input, reading) };
  }
}

/** Infinities, and the numbers that stand for "no value", become NaN. */
function plainNumber(graph: OnnxGraph, feature: NumberFeature, input: string, reading: CellReading): string {
  const isMissing = missingNumbers(reading.missingTokens, feature.numberFormat)
    .map((number) => graph.add('Equal', [input, graph.scalar(number)]))
    .reduce((either, equal) => graph.add('Or', [either, equal]), graph.add('IsInf', [input]));
  return graph.add('Where', [isMissing, graph.scalar(Number.NaN), input]);
}

/** Looks texts up: categories, their other spellings, and those that stand for "no value". All others are unseen ones. */
function codeOf(graph: OnnxGraph, feature: TextFeature, input: string, reading: CellReading): string {
  const { categories } = feature;
  const codeOfText = categoryCodes(feature, reading);
  const codes = new Map<string, number>();
  for (const text of ['', ...reading.missingTokens, ...categories, ...categories.flatMap(otherSpellings)]) {
    const label = labelOf(text, categories, reading);
    const code = label === null ? categories.length + 1 : codeOfText(label);
    if (code !== categories.length) codes.set(text, code);
  }
  const attributes = [
    stringsAttribute('keys_strings', [...codes.keys()]),
    intsAttribute('values_int64s', [...codes.values()]),
    intAttribute('default_int64', categories.length),
  ];
  return graph.add('LabelEncoder', [input], attributes, ML_DOMAIN);
}

/** The mean of a text's code; of the last code, "missing", there is none. */
function meanOf(graph: OnnxGraph, feature: MeanFeature, input: string, reading: CellReading): string {
  const means = graph.doubles(Float64Array.of(...feature.means, Number.NaN), [feature.means.length + 1]);
  return graph.add('Gather', [means, codeOf(graph, feature, input, reading)]);
}

/** Texts that may be read as the same category: true and false in any case, and a whole number with a sign or a fraction of 0. */
function otherSpellings(category: string): readonly string[] {
  if (parseBoolean(category) !== null) return casesOf(category);
  return /^\d{1,15}$/.test(category) ? [`${category}.`, `${category}.0`, `+${category}`] : [];
}

/** The text with each letter in both cases: at most 32 texts, for "false". */
function casesOf(text: string): readonly string[] {
  return [...text].reduce<readonly string[]>(
    (texts, letter) => texts.flatMap((start) => [start + letter.toLowerCase(), start + letter.toUpperCase()]),
    [''],
  );
}

/** All features side by side, of shape [rows, features]; codes as numbers. */
export function joinAsNumbers(graph: OnnxGraph, features: readonly OnnxFeature[]): string {
  const numbers = features.map(({ kind, value }) => (kind === 'NUMBER' ? value : graph.toDoubles(value)));
  return graph.add('Concat', numbers, [intAttribute('axis', 1)]);
}

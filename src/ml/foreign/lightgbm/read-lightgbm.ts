import { MAX_CLASSES, MAX_FOREIGN_FEATURES } from '../foreign-limits.ts';
import type { ForeignLink, ForeignModel } from '../foreign-model.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import { namedFeatures } from '../named-features.ts';
import {
  failAtLine,
  fieldOfBlock,
  type ModelText,
  parseModelText,
  type TextBlock,
  type TextField,
  wholeNumberOf,
} from './model-text.ts';
import { readPandasCategories } from './pandas-categories.ts';
import { readTree, SplitTotals } from './read-tree.ts';

/**
 * Reads the text that LightGBM's save_model writes (formats v3 and v4).
 *
 * @throws ForeignModelError where it is none, contradicts itself, or has what a model file cannot carry
 */
export function readLightgbm(bytes: Uint8Array): ForeignModel {
  const text = parseModelText(bytes);
  const { header } = text;
  const { objective, link, marginCount, slope } = readObjective(header);
  const features = readFeatures(text);
  const totals = new SplitTotals();
  const trees = text.trees
    .map((block, i) => readTree(block, i % marginCount, features.length, totals))
    // The link is of a multiple of the margin.
    .map((tree) => (slope === 1 ? tree : { ...tree, values: finiteProducts(tree.values, slope, header.line) }));
  if (totals.isZeroMissing && totals.comparedAt !== null) {
    throw new ForeignModelError(
      'UNSUPPORTED',
      `line ${totals.comparedAt}`,
      'zeros are missing values at some splits and numbers at others: train with one value of zero_as_missing',
    );
  }
  return {
    maker: 'LIGHTGBM',
    version: header.fields.get('version')?.text ?? null,
    ...{ objective, link, marginCount },
    startMargins: new Float64Array(marginCount),
    features: namedFeatures(features, trees),
    trees,
    bestTreeCount: trees.length,
    isAveraged: header.flags.has('average_output'),
    comparison: 'AT_MOST',
    isZeroMissing: totals.isZeroMissing,
    notes: [],
  };
}

interface Objective {
  readonly objective: string;
  readonly link: ForeignLink;
  readonly marginCount: number;
  /** What margins are multiplied by before the link is applied. */
  readonly slope: number;
}

/** The objectives whose predictions a model file can carry; docs/importing-models.md has the table. */
export const LIGHTGBM_LINKS: Readonly<Record<string, ForeignLink>> = {
  regression: 'IDENTITY',
  regression_l1: 'IDENTITY',
  huber: 'IDENTITY',
  fair: 'IDENTITY',
  quantile: 'IDENTITY',
  mape: 'IDENTITY',
  poisson: 'LOG',
  gamma: 'LOG',
  tweedie: 'LOG',
  binary: 'LOGIT',
  cross_entropy: 'LOGIT',
  multiclass: 'SOFTMAX',
};

/** Why the others are refused. */
const REFUSED: Readonly<Record<string, string>> = {
  lambdarank: 'it orders the rows of a group, and predicts neither a value nor a class',
  rank_xendcg: 'it orders the rows of a group, and predicts neither a value nor a class',
  multiclassova: 'its probabilities do not sum to 1: train with multiclass',
  cross_entropy_lambda: 'it predicts an intensity',
};

/** Such as `binary sigmoid:1`. */
function readObjective(header: TextBlock): Objective {
  const field = fieldOfBlock(header, 'objective');
  const [name = '', ...settings] = field.text.split(' ');
  const link = Object.hasOwn(LIGHTGBM_LINKS, name) ? LIGHTGBM_LINKS[name] : undefined;
  const refuse = (reason: string): never => {
    throw new ForeignModelError(
      'UNSUPPORTED',
      `line ${field.line}`,
      `the objective ${JSON.stringify(field.text.slice(0, 100))} is not supported: ${reason}`,
    );
  };
  if (link === undefined) {
    return refuse((Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined) ?? 'it is none that is known');
  }
  if (settings.includes('sqrt')) return refuse('its predictions are squares of margins: train without reg_sqrt');
  const marginCount = wholeNumberOf(fieldOfBlock(header, 'num_tree_per_iteration'), 1, MAX_CLASSES);
  if (link === 'SOFTMAX' ? marginCount < 2 : marginCount > 1) {
    failAtLine(field.line, `does not fit num_tree_per_iteration=${marginCount}`);
  }
  const sigmoid = settings.find((setting) => setting.startsWith('sigmoid:'))?.slice('sigmoid:'.length) ?? '1';
  const slope = link === 'LOGIT' ? Number(sigmoid) : 1;
  if (!(slope > 0 && slope < Number.POSITIVE_INFINITY)) failAtLine(field.line, 'sigmoid must be a number above 0');
  return { objective: name, link, marginCount, slope };
}

function finiteProducts(values: Float64Array, factor: number, line: number): Float64Array {
  const products = values.map((value) => value * factor);
  return products.every(Number.isFinite) ? products : failAtLine(line, 'sigmoid makes leaves infinite');
}

/** In feature_infos, `[0:9]` says a number's range, `0:3:1` the codes of categories, and `none` that there was one value only. */
function readFeatures(text: ModelText) {
  const { header } = text;
  const count = wholeNumberOf(fieldOfBlock(header, 'max_feature_idx'), 0, MAX_FOREIGN_FEATURES - 1) + 1;
  const nameField = fieldOfBlock(header, 'feature_names');
  const names = wordsOf(nameField, count);
  if (new Set(names).size < names.length) failAtLine(nameField.line, 'must have different names');
  const infos = wordsOf(fieldOfBlock(header, 'feature_infos'), count);
  const areCategories = infos.map((info) => info !== 'none' && !info.startsWith('['));
  const categories = readPandasCategories(text, areCategories);
  return names.map((name, f) => ({
    name,
    kind: areCategories[f] === true ? ('CATEGORY' as const) : ('NUMBER' as const),
    categories: categories.get(f) ?? null,
  }));
}

function wordsOf({ text, line }: TextField, count: number): readonly string[] {
  const words = text.split(' ');
  return words.length === count ? words : failAtLine(line, `must have ${count} words, not ${words.length}`);
}

import { MAX_FOREIGN_FEATURES } from '../foreign-limits.ts';
import type { ForeignFeature, ForeignModel, ForeignTree } from '../foreign-model.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import {
  countAt,
  elementsAt,
  type ForeignValue,
  failAt,
  fieldAt,
  fieldOf,
  type Located,
  numbersAt,
  optionalCount,
  textAt,
  textsAt,
  wholeNumbersAt,
} from '../foreign-values.ts';
import { namedFeatures } from '../named-features.ts';
import { readCategories } from './read-categories.ts';
import { type ForeignObjective, readObjective } from './read-objective.ts';
import { readTree } from './read-tree.ts';

/**
 * Reads what XGBoost writes (versions 1.0 to 3.x; of boosters, gbtree and dart), whichever notation it was in.
 *
 * @throws ForeignModelError where the file contradicts itself, or has what a model file cannot carry
 */
export function readXgboost(value: ForeignValue): ForeignModel {
  const root = { value, path: '' };
  const learner = fieldOf(root, 'learner');
  const objective = readObjective(learner);
  const booster = readBooster(fieldOf(learner, 'gradient_booster'));
  const features = readFeatures(learner, booster.model);
  const trees = readTrees(booster, objective, features.length);
  const best = bestTreeCount(fieldOf(learner, 'attributes'), booster.model, trees, objective);
  return {
    maker: 'XGBOOST',
    version: versionAt(fieldOf(root, 'version')),
    ...objective,
    features: namedFeatures(features, trees),
    trees,
    bestTreeCount: best ?? trees.length,
    isAveraged: false,
    comparison: 'BELOW_FLOAT32',
    isZeroMissing: false,
    notes:
      objective.objective === 'multi:softmax'
        ? [
            'XGBoost predicts the most probable class with multi:softmax; here it has its probability too, as with multi:softprob.',
          ]
        : [],
  };
}

interface Booster {
  readonly model: Located;
  /** By tree what its leaves are multiplied by; null for 1. */
  readonly weights: Located | null;
}

function readBooster(booster: Located): Booster {
  const name = fieldOf(booster, 'name');
  switch (textAt(name)) {
    case 'gbtree':
      return { model: fieldOf(booster, 'model'), weights: null };
    case 'dart':
      return { model: fieldAt(booster, 'gbtree', 'model'), weights: fieldOf(booster, 'weight_drop') };
    case 'gblinear':
      throw new ForeignModelError('UNSUPPORTED', name.path, 'the booster gblinear has no trees: train with gbtree');
    default:
      return failAt(name, 'gbtree, dart or gblinear');
  }
}

/** Absent in old files. */
function versionAt(version: Located): string | null {
  return version.value === undefined ? null : wholeNumbersAt(version, 999_999, 3).join('.');
}

/** The features without what the trees say of them. */
function readFeatures(learner: Located, model: Located): readonly Omit<ForeignFeature, 'namedCodes' | 'isUsed'>[] {
  const countField = fieldAt(learner, 'learner_model_param', 'num_feature');
  const count = countAt(countField);
  if (count > MAX_FOREIGN_FEATURES) {
    throw new ForeignModelError('TOO_LARGE', countField.path, `at most ${MAX_FOREIGN_FEATURES} features`);
  }
  const names = listOrNothing(fieldOf(learner, 'feature_names'), count);
  const types = listOrNothing(fieldOf(learner, 'feature_types'), count);
  if (new Set(names).size < names.length) failAt(fieldOf(learner, 'feature_names'), 'different names');
  const inModel = fieldOf(model, 'cats');
  const categories = readCategories(inModel.value === undefined ? fieldOf(learner, 'cats') : inModel, count);
  return Array.from({ length: count }, (_, f) => ({
    name: names[f] ?? null,
    kind: types[f] === 'c' ? 'CATEGORY' : 'NUMBER',
    categories: categories[f] ?? null,
  }));
}

/** So many texts; none where the field is absent or its list empty. */
function listOrNothing(list: Located, count: number): readonly string[] {
  const texts = list.value === undefined ? [] : textsAt(list);
  return texts.length === 0 || texts.length === count ? texts : failAt(list, `empty, or ${count} texts`);
}

function readTrees({ model, weights }: Booster, objective: ForeignObjective, featureCount: number): ForeignTree[] {
  const list = fieldOf(model, 'trees');
  const trees = elementsAt(list);
  const declared = fieldAt(model, 'gbtree_model_param', 'num_trees');
  if (countAt(declared) !== trees.length) failAt(declared, `${trees.length}, which is how many trees there are`);
  const margins = wholeNumbersAt(fieldOf(model, 'tree_info'), objective.marginCount - 1, trees.length);
  const weightOf = weights === null ? null : numbersAt(weights, trees.length);
  let isVector = false;
  const inOrder = new Array<ForeignTree>(trees.length);
  for (const [i, tree] of trees.entries()) {
    const id = fieldOf(tree, 'id');
    const number = optionalCount(id, i);
    if (number >= trees.length || inOrder[number] !== undefined) failAt(id, 'the number of a tree, which no other has');
    const weight = weightOf?.[number] ?? 1;
    const laidOut = readTree(tree, {
      featureCount,
      weight,
      margin: margins[number]!,
      marginCount: objective.marginCount,
    });
    if (i > 0 && isVector !== (laidOut.margin === null)) failAt(tree, 'of leaves of one size, as the trees before');
    isVector = laidOut.margin === null;
    inOrder[number] = laidOut;
  }
  return inOrder;
}

/** Null where the file names no best round, or one that it has no trees of (any more). */
function bestTreeCount(
  attributes: Located,
  model: Located,
  trees: readonly ForeignTree[],
  { marginCount }: ForeignObjective,
): number | null {
  const best = attributes.value === undefined ? attributes : fieldOf(attributes, 'best_iteration');
  if (best.value === undefined) return null;
  const round = countAt(best);
  const starts = fieldOf(model, 'iteration_indptr');
  const perRound = optionalCount(fieldAt(model, 'gbtree_model_param', 'num_parallel_tree'), 1);
  const marginsOfTree = trees[0]?.margin === null ? marginCount : 1;
  const count =
    starts.value === undefined
      ? (round + 1) * Math.max(perRound, 1) * (marginCount / marginsOfTree)
      : wholeNumbersAt(starts, trees.length)[round + 1];
  return count === undefined || count > trees.length ? null : count;
}

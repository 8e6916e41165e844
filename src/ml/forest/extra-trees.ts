import type { Estimator } from '../estimator.ts';
import { fitForest } from './fit-forest.ts';
import { extraTreesCost } from './forest-cost.ts';
import { forestParameters } from './forest-parameters.ts';

/**
 * Extremely randomised trees (Geurts, Ernst and Wehenkel 2006): each split tries one random threshold per feature, and each
 * tree sees all rows.
 */
export const extraTrees: Estimator<'EXTRA_TREES'> = {
  name: 'EXTRA_TREES',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description:
    'The average of many deep trees whose splits are chosen among random thresholds (extremely randomised trees). Smoother than a random forest and quicker to train; each tree is grown on all rows, so there is no loss curve unless rowFraction is below 1.',
  isDefault: false,
  parameters: forestParameters({
    featureFraction:
      'The share of the features that each split is chosen from, with one random threshold for each; drawn at random for each split. Not set: the square root of their number for labels, all of them for numbers.',
    rowFraction:
      'The share of the training rows that each tree is grown on, drawn without repetition. 1: all of them, and no out-of-bag loss.',
  }),
  cost: extraTreesCost,
  *fitSteps(data, parameters, random, conditions) {
    const kind = { algorithm: 'EXTRA_TREES', sampling: 'WITHOUT_REPETITION', hasRandomThresholds: true } as const;
    return yield* fitForest(kind, data, parameters, random, conditions);
  },
};

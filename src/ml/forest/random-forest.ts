import type { Estimator } from '../estimator.ts';
import { fitForest } from './fit-forest.ts';
import { forestCost } from './forest-cost.ts';
import { forestParameters } from './forest-parameters.ts';

/** Many trees, each grown on its own sample of the rows and with few features to choose from at each split. */
export const randomForest: Estimator<'RANDOM_FOREST'> = {
  name: 'RANDOM_FOREST',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description:
    'The average of many deep trees, each grown on a bootstrap sample. Robust without tuning, and its loss curve is an honest out-of-bag estimate.',
  isDefault: false,
  parameters: forestParameters({
    featureFraction:
      'The share of the features that each split is chosen from, drawn at random for each split. Not set: the square root of their number for labels, two thirds of them for numbers.',
    rowFraction: 'The size of the bootstrap sample of each tree, as a share of the training rows.',
  }),
  cost: forestCost,
  *fitSteps(data, parameters, random, conditions) {
    const kind = { algorithm: 'RANDOM_FOREST', sampling: 'BOOTSTRAP', hasRandomThresholds: false } as const;
    return yield* fitForest(kind, data, parameters, random, conditions);
  },
};

import { baseline } from '../baseline.ts';
import type { Estimator } from '../estimator.ts';
import { extraTrees } from '../forest/extra-trees.ts';
import { randomForest } from '../forest/random-forest.ts';
import { linear } from '../linear/linear.ts';
import { gradientBoosting } from '../tree/boosting/gradient-boosting.ts';
import { decisionTree } from '../tree/decision-tree.ts';
import type { LearnerName } from './learner-names.ts';

/** Every learner by its name. */
export const LEARNERS: { readonly [Name in LearnerName]: Estimator<Name> } = {
  BASELINE: baseline,
  LINEAR: linear,
  DECISION_TREE: decisionTree,
  RANDOM_FOREST: randomForest,
  EXTRA_TREES: extraTrees,
  GRADIENT_BOOSTING: gradientBoosting,
};

import { PLAN_VERSION, type SearchPlan } from '../../src/ml/auto/plan/executed-plan.ts';
import { parseSearchPlan } from '../../src/ml/auto/plan/parse-plan.ts';

/** What models.txt calls the plan below. */
export const PLAN_NAME = 'golden-plan.ts';

/**
 * A plan as it stands in the card of an AUTO model, made by hand: a candidate of each kind of model, one that was dropped after its first
 * fold, and one that was never tried. The same plan gives the same bytes for the same rows, although what AUTO finds within a time does
 * not. Later code must carry it out to the bytes in models.txt: users keep such plans to make their models again.
 */
export function goldenPlan(): SearchPlan {
  return parseSearchPlan({
    version: PLAN_VERSION,
    folds: 3,
    isHoldOut: false,
    candidates: [
      { name: 'Baseline', algorithm: 'BASELINE', parameters: {}, foldsDone: 3 },
      { name: 'Linear', algorithm: 'LINEAR', parameters: { l2: 0.5 }, foldsDone: 3 },
      { name: 'Tree', algorithm: 'DECISION_TREE', parameters: { maxLeaves: 12 }, foldsDone: 1 },
      { name: 'Forest', algorithm: 'RANDOM_FOREST', parameters: { trees: 8, seed: 5 }, foldsDone: 3 },
      { name: 'Random trees', algorithm: 'EXTRA_TREES', parameters: { trees: 8, seed: 5 }, foldsDone: 3 },
      { name: 'Boosting', algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 30, seed: 5 }, foldsDone: 3 },
      { name: 'Stumps', algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 30, maxLeaves: 2 }, foldsDone: 0 },
    ],
    members: [
      { candidate: 'Boosting', weight: 0.5, rounds: 12, temperature: null },
      { candidate: 'Linear', weight: 0.25, rounds: null, temperature: null },
      { candidate: 'Forest', weight: 0.15, rounds: null, temperature: null },
      { candidate: 'Random trees', weight: 0.1, rounds: null, temperature: null },
    ],
  });
}

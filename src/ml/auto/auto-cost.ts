import type { EstimatorCost, FitSize } from '../estimator-cost.ts';
import { LEARNERS } from '../learners/learners.ts';
import { optionalNumberParameter } from '../parameters/parameter-spec.ts';
import { resolveSpecs } from '../parameters/resolve-specs.ts';

/** A blend takes about as long to predict as so many boostings by default. */
const BOOSTINGS_OF_A_BLEND = 3;

/** What comes after the candidates, see TimeBudget. */
const SHARE_OF_BUDGET = 0.95;

/** Of AUTO the time is given, not the work. */
export const autoCost: EstimatorCost = {
  fitting: ({ parameters }) => 1e9 * SHARE_OF_BUDGET * (optionalNumberParameter(parameters, 'timeBudgetSeconds') ?? 60),
  predicting: (size) => BOOSTINGS_OF_A_BLEND * LEARNERS.GRADIENT_BOOSTING.cost.predicting(asBoosting(size)),
  explaining: (size, variants) =>
    BOOSTINGS_OF_A_BLEND * (LEARNERS.GRADIENT_BOOSTING.cost.explaining?.(asBoosting(size), variants) ?? 0),
  sharedFraction: 0,
};

function asBoosting(size: FitSize): FitSize {
  return { ...size, parameters: resolveSpecs(LEARNERS.GRADIENT_BOOSTING.parameters, {}, size) };
}

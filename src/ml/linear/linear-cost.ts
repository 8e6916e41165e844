import { type EstimatorCost, type FitSize, marginsOf } from '../estimator-cost.ts';
import { numberParameter } from '../parameters/parameter-spec.ts';

/** Typical number of passes over the rows. */
const TYPICAL_PASSES = 20;

/** A quantile is found by so many searches, see losses/fit-quantile.ts. */
const QUANTILE_SEARCHES = 5;

/** With more weights than this, or than rows, the search does without second derivatives. */
const MAX_FOR_SECOND_DERIVATIVES = 1000;

/** Of a cell: to find means, deviations and codes, and to write the rows that the passes read. */
const DESIGN_NANOSECONDS = 25;
const ROW_BUILD_NANOSECONDS = 25;

export const linearCost: EstimatorCost = {
  fitting: linearFitting,
  predicting: (size) => 2 * size.features * marginsOf(size),
  explaining: (size, variants) => 80 * size.features + (20 * variants + 35 * size.features) * marginsOf(size),
  sharedFraction: 0,
};

/** How much of the fitting is over before the search for the weights begins, 0 to 1. */
export function linearDesignFraction(size: FitSize): number {
  return (DESIGN_NANOSECONDS * size.features * size.trainRows) / linearFitting(size);
}

function linearFitting(size: FitSize): number {
  const { trainRows, features, labels, parameters } = size;
  const convergence = Math.min(1, numberParameter(parameters, 'maxIterations') / TYPICAL_PASSES);
  const loss = labels === 0 ? (parameters['loss'] ?? 'SQUARED') : 'LOG_LOSS';
  const isSquared = loss === 'SQUARED';
  const searches = loss === 'QUANTILE' ? QUANTILE_SEARCHES : 1;
  const design = (DESIGN_NANOSECONDS + ROW_BUILD_NANOSECONDS) * features;
  if (labels > 2) return trainRows * (design + convergence * 55 * features * labels);
  if (features > Math.min(MAX_FOR_SECOND_DERIVATIVES, trainRows)) {
    return trainRows * (design + searches * convergence * 40 * features);
  }
  return trainRows * (design + (isSquared ? 0.3 : 0.7 * searches * convergence) * features ** 2);
}

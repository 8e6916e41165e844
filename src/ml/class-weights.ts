import type { Parameters } from './parameters/parameter-spec.ts';
import type { TrainingTarget } from './training-set.ts';

export const CLASS_WEIGHT_PARAMETER = {
  name: 'classWeight',
  kind: 'ENUM',
  default: 'NONE',
  min: null,
  max: null,
  choices: ['NONE', 'BALANCED'],
  description:
    'BALANCED: rows of rare classes get a higher weight in training, so that all classes weigh the same. Probabilities are recalibrated to the frequencies of the classes. Ignored for regression.',
} as const;

/**
 * For each class how much a row of it counts, or null if all rows count alike. BALANCED: rows / (classes * rows of the
 * class), the rule of scikit-learn; the weights of all rows sum to their number.
 */
export function classWeights(target: TrainingTarget, parameters: Parameters): Float64Array | null {
  if (target.task === 'REGRESSION' || parameters['classWeight'] !== 'BALANCED') return null;
  const counts = new Float64Array(target.labels.length);
  for (const code of target.codes) counts[code]!++;
  return counts.map((count) => target.codes.length / (counts.length * count));
}

/**
 * The margins that a model fitted with class weights has for the classes as they are: weights are a prior of their own, and
 * by Bayes' rule the odds of two classes are theirs with the weights, divided by those of the weights (Elkan 2001, theorem 2).
 * Otherwise of rows that were given 0.65 hardly a third would be of the class.
 */
export function marginsWithoutWeights(margins: Float64Array, weights: Float64Array | null): Float64Array {
  if (weights === null) return margins;
  if (margins.length === 1) return Float64Array.of(margins[0]! - Math.log(weights[1]! / weights[0]!));
  return margins.map((margin, k) => margin - Math.log(weights[k]!));
}

import type { Parameters } from './parameter-spec.ts';
import type { TrainingTarget } from './training-set.ts';

export const CLASS_WEIGHT_PARAMETER = {
  name: 'classWeight',
  kind: 'ENUM',
  default: 'NONE',
  min: null,
  max: null,
  choices: ['NONE', 'BALANCED'],
  description:
    'BALANCED: rows of rare classes count more, so that every class weighs the same; ignored for regression.',
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

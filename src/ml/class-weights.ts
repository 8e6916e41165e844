import type { Parameters } from './parameters/parameter-spec.ts';
import type { TrainingSet, TrainingTarget } from './training-set.ts';

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

/** How much rows count in fitting; a row of a class counts the product of both. */
export interface TrainingWeights {
  /** For each class how much a row of it counts; null: all alike. */
  readonly ofClasses: Float64Array | null;
  /** For each training row how much it counts, above 0; null: each 1. */
  readonly ofRows: Float64Array | null;
}

/** The weights of classes that the parameters ask for, and those of the rows. */
export function trainingWeights({ target, weights = null }: TrainingSet, parameters: Parameters): TrainingWeights {
  return { ofClasses: classWeights(target, weights, parameters), ofRows: weights };
}

/**
 * For each class how much a row of it counts, or null if all classes count alike. BALANCED: rows / (classes * rows of the
 * class), the rule of scikit-learn, where a row counts by its own weight; the weights of all rows keep their sum.
 */
function classWeights(
  target: TrainingTarget,
  ofRows: Float64Array | null,
  parameters: Parameters,
): Float64Array | null {
  if (target.task === 'REGRESSION' || parameters['classWeight'] !== 'BALANCED') return null;
  const counts = classTotals(target.codes, target.labels.length, ofRows);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => total / (counts.length * count));
}

/** For each class how much its rows count together. */
export function classTotals(codes: Int32Array, classCount: number, ofRows: Float64Array | null): Float64Array {
  const totals = new Float64Array(classCount);
  for (let i = 0; i < codes.length; i++) totals[codes[i]!]! += ofRows === null ? 1 : ofRows[i]!;
  return totals;
}

/** For each training row the product of its weight and that of its class; null where all rows count alike. */
export function combinedWeights(target: TrainingTarget, { ofClasses, ofRows }: TrainingWeights): Float64Array | null {
  if (target.task === 'REGRESSION' || ofClasses === null) return ofRows;
  return Float64Array.from(target.codes, (code, i) => ofClasses[code]! * (ofRows?.[i] ?? 1));
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

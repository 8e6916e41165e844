import { classTotals } from './class-weights.ts';
import type { Estimator, FitStep, Fitted } from './estimator.ts';
import { mean } from './mean.ts';
import type { TrainingSet } from './training-set.ts';

/** The baseline that every other model is compared with: it uses no feature. */
export const baseline: Estimator<'BASELINE'> = {
  name: 'BASELINE',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description:
    'Predicts the same for every row: the class frequencies of the training rows, or their mean. Every other model should beat it.',
  isDefault: false,
  parameters: [],
  cost: { fitting: ({ trainRows }) => trainRows, predicting: () => 0, explaining: null, sharedFraction: 0 },
  *fitSteps(data: TrainingSet): Generator<FitStep, Fitted> {
    yield { progress: 0, point: null };
    return Object.freeze({
      estimator: { kind: 'CONSTANT', outputs: meanOutputs(data) } as const,
      featureWeights: new Float64Array(0),
      endReason: 'COMPLETED' as const,
      warnings: [],
    });
  },
};

/** The share of each label in the training rows, or the mean of the target, by weight. */
function meanOutputs({ target, weights = null }: TrainingSet): Float64Array {
  if (target.task === 'REGRESSION') return Float64Array.of(mean(target.values, weights));
  if (weights !== null) {
    const totals = classTotals(target.codes, target.labels.length, weights);
    const all = totals.reduce((sum, total) => sum + total, 0);
    return totals.map((total) => total / all);
  }
  const frequencies = new Float64Array(target.labels.length);
  for (const code of target.codes) frequencies[code]! += 1 / target.codes.length;
  return frequencies;
}

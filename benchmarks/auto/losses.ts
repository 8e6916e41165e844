import type { TestPredictions } from '../../src/ml/evaluation/test-predictions.ts';
import { mean } from '../support/quality-bars.ts';

const SMALLEST_PROBABILITY = 1e-15;

/**
 * What a model loses on each test row: minus the logarithm of the probability of its label, kept within [1e-15, 1 - 1e-15], whose mean
 * is the log-loss; or the squared error over the variance of the test targets, whose mean is 1 - R2.
 */
export function lossesOf(predictions: TestPredictions): Float32Array {
  if (predictions.task === 'CLASSIFICATION') {
    return predictions.trueProbability.map(
      (probability) => -Math.log(Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probability))),
    );
  }
  const { actual, predicted } = predictions;
  const middle = mean([...actual]);
  const variance = mean(Array.from(actual, (value) => (value - middle) ** 2));
  return Float32Array.from(actual, (value, i) => (value - predicted[i]!) ** 2 / variance);
}

/** How much more a rival loses than AUTO, over the same test rows. */
export interface Lead {
  readonly own: number;
  readonly rival: number;
  /** Rival minus own: above 0, AUTO is ahead. */
  readonly mean: number;
  /** The standard error of `mean`, over the rows. */
  readonly error: number;
}

export type Verdict = 'ahead' | 'level' | 'BEHIND';

/** A lead beyond two standard errors is one. */
export function verdictOf({ mean: lead, error }: Lead): Verdict {
  if (Math.abs(lead) <= 2 * error || lead === 0) return 'level';
  return lead > 0 ? 'ahead' : 'BEHIND';
}

/** `pairs`: for each offset what AUTO and the rival lose on its rows. Throws Error where the rows are not the same. */
export function leadOf(pairs: readonly { readonly own: Float32Array; readonly rival: Float32Array }[]): Lead {
  const [owns, rivals, differences]: [number[], number[], number[]] = [[], [], []];
  for (const { own, rival } of pairs) {
    if (own.length !== rival.length) throw new Error(`${own.length} test rows of AUTO, ${rival.length} of a rival`);
    for (const [i, loss] of own.entries()) {
      owns.push(loss);
      rivals.push(rival[i]!);
      differences.push(rival[i]! - loss);
    }
  }
  const lead = mean(differences);
  const squares = differences.reduce((sum, difference) => sum + (difference - lead) ** 2, 0);
  const error = Math.sqrt(squares / Math.max(1, differences.length - 1) / differences.length);
  return { own: mean(owns), rival: mean(rivals), mean: lead, error };
}

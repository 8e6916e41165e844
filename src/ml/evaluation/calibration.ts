import { type ClassifierOutput, SECOND_LABEL } from './classifier-output.ts';
import type { CalibrationBin } from './evaluation.ts';

const BINS = 10;

/**
 * Of a binary model: whether of the rows that are given a probability of about p, a share of p is positive. Ten bins of
 * equal width from 0 to 1; a probability on the border of two counts in the lower one; bins without rows are left out.
 */
export function calibrationBins({
  actual,
  probabilities,
  positive = SECOND_LABEL,
}: ClassifierOutput): readonly CalibrationBin[] {
  const counts = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  const positives = new Float64Array(BINS);
  for (let i = 0; i < actual.length; i++) {
    const p = probabilities[2 * i + positive]!;
    const bin = binOf(p);
    counts[bin]!++;
    sums[bin]! += p;
    if (actual[i] === positive) positives[bin]!++;
  }
  return Array.from(counts, (count, bin) => ({
    predicted: sums[bin]! / count,
    observed: positives[bin]! / count,
    count,
  })).filter(({ count }) => count > 0);
}

function binOf(p: number): number {
  let bin = Math.min(BINS - 1, Math.floor(p * BINS));
  // The product is rounded: the borders themselves decide.
  while (bin > 0 && p <= bin * (1 / BINS)) bin--;
  while (bin < BINS - 1 && p > (bin + 1) * (1 / BINS)) bin++;
  return bin;
}

/** Of a binary model: the mean of (p - 1)^2 over the positive rows and p^2 over all others, p the probability of positive. */
export function brierScore({ actual, probabilities, positive = SECOND_LABEL }: ClassifierOutput): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = probabilities[2 * i + positive]! - (actual[i] === positive ? 1 : 0);
    sum += error * error;
  }
  return sum / actual.length;
}

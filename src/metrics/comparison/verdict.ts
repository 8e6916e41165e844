import type { PairedTest } from '../../ml/comparison/paired-test.ts';
import { isSignificant } from '../../ml/comparison/paired-test.ts';
import type { Interval } from '../../ml/evaluation/metrics.ts';

/** Whether a run is better or worse than another, beyond chance; UNKNOWN if that cannot be said. */
export const VERDICTS = ['BETTER', 'WORSE', 'NO_DIFFERENCE', 'UNKNOWN'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** Half the width of a 95 % interval, in standard errors. */
const STANDARD_ERRORS = 1.96;

/** By the paired test of the run (first) and the other one. */
export function verdictByTest(test: PairedTest & { readonly isTested: true }, higherIsBetter: boolean): Verdict {
  if (!isSignificant(test)) return 'NO_DIFFERENCE';
  return test.difference > 0 === higherIsBetter ? 'BETTER' : 'WORSE';
}

/** A metric measured on some test rows. */
export interface Measured {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * By the metrics of both runs on test rows of their own: the difference over its standard error, the root of the sum of both
 * squared standard errors, which follow from the 95 % intervals. UNKNOWN if neither interval has any width: a few rows, all
 * of them right or all wrong, say nothing about others.
 */
export function verdictByIntervals(latest: Measured, previous: Measured, higherIsBetter: boolean): Verdict {
  const error = Math.hypot(standardError(latest), standardError(previous));
  if (error === 0) return 'UNKNOWN';
  const z = (latest.value - previous.value) / error;
  if (Math.abs(z) <= STANDARD_ERRORS) return 'NO_DIFFERENCE';
  return z > 0 === higherIsBetter ? 'BETTER' : 'WORSE';
}

function standardError({ interval: { low, high } }: Measured): number {
  return (high - low) / (2 * STANDARD_ERRORS);
}

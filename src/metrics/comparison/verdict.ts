import type { PairedTest } from '../../ml/comparison/paired-test.ts';
import { isSignificant } from '../../ml/comparison/paired-test.ts';
import type { Interval } from '../../ml/evaluation/metrics.ts';

/** Whether a run is better or worse than another one, beyond chance; UNKNOWN where that cannot be said. */
export const VERDICTS = ['BETTER', 'WORSE', 'NO_DIFFERENCE', 'UNKNOWN'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** Half the width of a 95 % interval, in standard errors. */
const STANDARD_ERRORS = 1.96;

/** By the paired test of the run (first) against the other one. */
export function verdictByTest(test: PairedTest & { readonly isTested: true }, higherIsBetter: boolean): Verdict {
  if (!isSignificant(test)) return 'NO_DIFFERENCE';
  return test.difference > 0 === higherIsBetter ? 'BETTER' : 'WORSE';
}

/** A metric as it was measured on some test rows. */
export interface Measured {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * By what either run came to on test rows of its own: the difference over its standard error, which is the root of the sum
 * of both squared ones, as the 95 % intervals give them. UNKNOWN where neither interval has any width: then a few rows, all
 * of them right or all wrong, say nothing of others.
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

import type { PredictionInterval } from '../../runtime/model.ts';
import { accuracyInterval } from './accuracy-interval.ts';
import type { IntervalCoverage } from './evaluation.ts';

/** How many of the rows lie within the interval around their predictions. There is at least one row. */
export function intervalCoverage(
  { coverage, radius }: PredictionInterval,
  { actual, predicted }: { readonly actual: Float64Array; readonly predicted: Float64Array },
): IntervalCoverage {
  const hits = actual.reduce((count, value, i) => count + Number(Math.abs(value - predicted[i]!) <= radius), 0);
  return { level: coverage, radius, coverage: hits / actual.length, ...accuracyInterval(hits, actual.length) };
}

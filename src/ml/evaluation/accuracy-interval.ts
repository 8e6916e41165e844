import type { Interval } from './metrics.ts';

/** What an interval of 95 % leaves out at either end. */
const TAIL = 0.025;

/** Chances this small beside the largest one change no digit of the sum. */
const NEGLIGIBLE = 1e-25;

/**
 * The 95 % bootstrap interval of an accuracy: of `rows` (at least 1) test rows `hits` are right. Resampling them gives a
 * number of hits that is binomial with chance hits / rows, so its percentiles need no drawing.
 *
 * Where all rows are right, or none, every resample is the same. The end that then would be of no width is the
 * Clopper-Pearson one instead: the accuracy at which such a test would still come up in 2.5 % of cases.
 */
export function accuracyInterval(hits: number, rows: number): Interval {
  if (hits === rows) return { low: TAIL ** (1 / rows), high: 1 };
  // 1 - TAIL^(1 / rows), which would lose its digits for many rows.
  if (hits === 0) return { low: 0, high: -Math.expm1(Math.log(TAIL) / rows) };
  const [low, high] = binomialQuantiles(rows, hits, [TAIL, 1 - TAIL]);
  return { low: low! / rows, high: high! / rows };
}

/**
 * Quantiles of the binomial distribution of `trials` with chance mode / trials, 0 < mode < trials: for each share
 * (ascending) the smallest count whose cumulative chance is at least that.
 *
 * The chances are summed as ratios to that of the mode, P(k) / P(k - 1) = (trials - k + 1) p / (k (1 - p)), down to where
 * they vanish on either side: no factorials, so nothing is lost for many trials. Cost: about 20 standard deviations, 32,000
 * steps for ten million trials.
 */
function binomialQuantiles(trials: number, mode: number, fractions: readonly number[]): number[] {
  const odds = mode / (trials - mode);
  const falling: number[] = [];
  let weight = 1;
  for (let k = mode; k > 0 && weight > NEGLIGIBLE; k--) {
    weight *= k / ((trials - k + 1) * odds);
    falling.push(weight);
  }
  const weights = falling.reverse();
  const first = mode - weights.length;
  weights.push(1);
  weight = 1;
  for (let k = mode + 1; k <= trials && weight > NEGLIGIBLE; k++) {
    weight *= ((trials - k + 1) * odds) / k;
    weights.push(weight);
  }
  const total = weights.reduce((sum, each) => sum + each, 0);
  let index = 0;
  let cumulative = weights[0]!;
  return fractions.map((share) => {
    while (cumulative < share * total && index < weights.length - 1) cumulative += weights[++index]!;
    return first + index;
  });
}

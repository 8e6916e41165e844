import type { Metrics } from '../evaluation/metrics.ts';
import type { FeatureImportance } from './feature-importance.ts';

/** A model is nearly perfect if it closes so much of the gap between the baseline and a perfect score. */
const NEARLY_PERFECT = 0.9;

/** A column explains nearly everything by such a share of the gain … */
const NEARLY_ALL = 0.95;

/** … or if shuffling it costs that share of the gap that the model closed, and shuffling any other this part of that at most. */
const SMALL_BESIDE = 0.1;

/**
 * A warning where one column of several nearly gives the target away: it may have been filled in with the target in view, and
 * be missing or something else when the model is used. It may as well be a good column, which the figures cannot tell.
 *
 * Gain alone is not enough: a forest that may not look at all columns in every node leans on the others as well, though it
 * does not need them. Nor is permutation: where two columns count only together, each loses all when it is shuffled.
 */
export function leakageWarnings(
  target: string,
  importances: readonly FeatureImportance[],
  metrics: Metrics,
  baseline: Metrics,
): string[] {
  const reached = primaryScore(metrics);
  const floor = primaryScore(baseline);
  if (importances.length < 2 || reached === null || floor === null || floor >= 1) return [];
  const closed = reached - floor;
  if (closed < NEARLY_PERFECT * (1 - floor)) return [];
  const suspect = dominantColumn(importances, closedLoss(metrics, baseline) ?? closed);
  if (suspect === null) return [];
  return [
    `the column ${suspect} alone nearly gives ${target} away. Is it known, as it stands here, before ${target} is? ` +
      'If not, train without it: on new rows the model would be much worse than on these. If it is, all is well',
  ];
}

function dominantColumn(importances: readonly FeatureImportance[], closed: number): string | null {
  const byGain = importances.find(({ gain }) => gain >= NEARLY_ALL);
  if (byGain !== undefined) return byGain.feature;
  // Those by permutation come first, the largest before the others.
  const [first, second] = importances;
  if (first?.method !== 'PERMUTATION' || first.importance < NEARLY_ALL * closed) return null;
  return second !== undefined && second.importance > SMALL_BESIDE * first.importance ? null : first.feature;
}

/** By how much the model is better than the baseline in what importances are of: log-loss; null for R2. */
function closedLoss(metrics: Metrics, baseline: Metrics): number | null {
  if (metrics.task !== 'CLASSIFICATION' || baseline.task !== 'CLASSIFICATION') return null;
  return metrics.logLoss === null || baseline.logLoss === null ? null : baseline.logLoss - metrics.logLoss;
}

/** Accuracy or R2, of which 1 is perfect. */
function primaryScore(metrics: Metrics): number | null {
  return metrics.task === 'CLASSIFICATION' ? metrics.accuracy : metrics.r2;
}

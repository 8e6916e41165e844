import { linearRegression, linearRegressionLine } from 'simple-statistics';

/** The work and the duration of one training; both above 0. */
export interface DurationPoint {
  readonly work: number;
  readonly seconds: number;
}

/**
 * Prior: twice the work takes twice as long. Two pseudo-observations, one e times smaller than the mean of the observed
 * trainings and one e times larger, give the line its slope while there are few trainings, or all have the same size.
 */
const PRIOR_DISTANCE = 1;

/**
 * Predicts the duration of a training from its work: the least-squares line through log(seconds) over log(work) of past
 * trainings. Null without past trainings.
 */
export function durationRegression(points: readonly DurationPoint[]): ((work: number) => number) | null {
  if (points.length === 0) return null;
  const logs = points.map(({ work, seconds }) => [Math.log(work), Math.log(seconds)] as const);
  const mean = [0, 1].map((axis) => logs.reduce((sum, log) => sum + log[axis]!, 0) / logs.length);
  const prior = [-PRIOR_DISTANCE, PRIOR_DISTANCE].map((distance) => mean.map((value) => value + distance));
  const line = linearRegressionLine(linearRegression([...logs.map((log) => [...log]), ...prior]));
  return (work) => Math.exp(line(Math.log(work)));
}

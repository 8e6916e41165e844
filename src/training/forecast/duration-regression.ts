import { linearRegression, linearRegressionLine } from 'simple-statistics';

/** What one training took for how much work; both above 0. */
export interface DurationPoint {
  readonly work: number;
  readonly seconds: number;
}

/**
 * Twice the work takes twice as long: two made-up trainings say so, one e times smaller than the middle of those that were
 * seen and one e times larger. Where there are few real ones, or all are of one size, this gives the line its slope.
 */
const MADE_UP_DISTANCE = 1;

/**
 * How long trainings take by how much work they are, learned from those that have ended: the least-squares line through
 * log(seconds) by log(work). Null without a training to learn from.
 */
export function durationRegression(points: readonly DurationPoint[]): ((work: number) => number) | null {
  if (points.length === 0) return null;
  const logs = points.map(({ work, seconds }) => [Math.log(work), Math.log(seconds)] as const);
  const middle = [0, 1].map((axis) => logs.reduce((sum, log) => sum + log[axis]!, 0) / logs.length);
  const madeUp = [-MADE_UP_DISTANCE, MADE_UP_DISTANCE].map((distance) => middle.map((value) => value + distance));
  const line = linearRegressionLine(linearRegression([...logs.map((log) => [...log]), ...madeUp]));
  return (work) => Math.exp(line(Math.log(work)));
}

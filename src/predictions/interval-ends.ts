import type { Model } from '../runtime/model.ts';

/** The ends of the interval around a predicted value; null both for a model that has none, and for a label. */
export interface IntervalEnds {
  readonly low: number | null;
  readonly high: number | null;
}

export function intervalEnds({ interval }: Pick<Model, 'interval'>, value: number | null): IntervalEnds {
  if (interval === undefined || value === null) return { low: null, high: null };
  return { low: value - interval.radius, high: value + interval.radius };
}

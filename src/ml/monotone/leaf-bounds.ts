import type { LeafPenalty } from '../tree/splitting/newton-step.ts';

/** Between which values the leaves below a node must lie, so that a constrained split above it keeps its direction. */
export interface LeafBounds {
  readonly low: number;
  readonly high: number;
}

export const UNBOUNDED: LeafBounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** What parts the leaves of both sides of a split on a constrained feature: the lower ones are at most that, the others at least. */
export interface Parting {
  readonly value: number;
  /** Whether the left side is the lower one. */
  readonly isIncreasing: boolean;
}

/** The bounds of both sides of a split; a split without a parting passes on those of its node. */
export function boundsOfSides(bounds: LeafBounds, parting: Parting | null): readonly [LeafBounds, LeafBounds] {
  if (parting === null) return [bounds, bounds];
  const lower = { low: bounds.low, high: Math.min(bounds.high, parting.value) };
  const upper = { low: Math.max(bounds.low, parting.value), high: bounds.high };
  return parting.isIncreasing ? [lower, upper] : [upper, lower];
}

/** The value within the bounds that is next to it. */
export function bounded(value: number, { low, high }: LeafBounds): number {
  return Math.min(Math.max(value, low), high);
}

/** The value of a leaf with these sums that lowers the loss most, of those within the bounds. */
export function boundedStep(gradient: number, hessian: number, { l1, l2 }: LeafPenalty, bounds: LeafBounds): number {
  const size = Math.max(Math.abs(gradient) - l1, 0);
  return bounded((-Math.sign(gradient) * size) / (hessian + l2), bounds);
}

/** Twice what the loss falls by that value: T(G)^2 / (H + l2) where the bounds leave it as it is, see scoreOf. */
export function boundedScore(gradient: number, hessian: number, penalty: LeafPenalty, bounds: LeafBounds): number {
  const value = boundedStep(gradient, hessian, penalty, bounds);
  return -(2 * gradient * value + (hessian + penalty.l2) * value * value + 2 * penalty.l1 * Math.abs(value));
}

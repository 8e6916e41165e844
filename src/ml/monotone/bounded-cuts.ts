import type { LeafPenalty } from '../tree/splitting/newton-step.ts';
import { boundedScore, boundedStep, type LeafBounds, type Parting } from './leaf-bounds.ts';

/** A cut of a number's bins. */
interface NumberCut {
  /** `least` where none is better. */
  readonly score: number;
  /** Bins up to this one go left; -1 for no cut. */
  readonly cut: number;
  readonly missingLeft: boolean;
}

/** The sums of a node, and what its leaves must keep to. */
export interface BoundedNode {
  readonly gradient: number;
  readonly hessian: number;
  readonly penalty: LeafPenalty;
  readonly bounds: LeafBounds;
  /** Of the feature: 1 where the right side must not be below the left one, -1 for the reverse, 0 for either. */
  readonly direction: number;
}

/** What both sides of a cut score, given the sums of the left one; -Infinity where their values go the wrong way. */
export function boundedCutScore(node: BoundedNode, leftGradient: number, leftHessian: number): number {
  const { gradient, hessian, penalty, bounds, direction } = node;
  const right = [gradient - leftGradient, hessian - leftHessian] as const;
  if (direction !== 0) {
    const rise = boundedStep(...right, penalty, bounds) - boundedStep(leftGradient, leftHessian, penalty, bounds);
    if (rise * direction < 0) return Number.NEGATIVE_INFINITY;
  }
  return boundedScore(leftGradient, leftHessian, penalty, bounds) + boundedScore(...right, penalty, bounds);
}

/** Where the values of both sides are parted: in the middle (XGBoost's and LightGBM's "basic" method); null for either way. */
export function partingOf(node: BoundedNode, leftGradient: number, leftHessian: number): Parting | null {
  const { gradient, hessian, penalty, bounds, direction } = node;
  if (direction === 0) return null;
  const left = boundedStep(leftGradient, leftHessian, penalty, bounds);
  const right = boundedStep(gradient - leftGradient, hessian - leftHessian, penalty, bounds);
  return { value: (left + right) / 2, isIncreasing: direction > 0 };
}

/**
 * The best cut of a number's bins, as findNumberCut of src/ml/assembly/cuts.ts finds it without bounds: missing rows, in the last
 * bin, are tried on both sides.
 *
 * @param bins for each bin its gradient sum and its hessian sum
 * @param minimum the least hessian sum of a side
 * @param counts for each bin its rows, where a side must have `minRows` of them; else null
 */
export function boundedNumberCut(
  bins: Float64Array,
  node: BoundedNode,
  minimum: number,
  least: number,
  counts: Uint32Array | null,
  minRows: number,
): NumberCut {
  const missing = bins.length / 2 - 1;
  const hasMissing = bins[2 * missing] !== 0 || bins[2 * missing + 1] !== 0;
  const allRows = counts === null ? 0 : counts.reduce((sum, count) => sum + count, 0);
  let best: NumberCut = { score: least, cut: -1, missingLeft: false };
  let [gradient, hessian, rows] = [0, 0, 0];
  const weigh = (cut: number, leftGradient: number, leftHessian: number, leftRows: number, missingLeft: boolean) => {
    if (leftHessian < minimum || node.hessian - leftHessian < minimum) return;
    if (counts !== null && Math.min(leftRows, allRows - leftRows) < minRows) return;
    const score = boundedCutScore(node, leftGradient, leftHessian);
    if (score > best.score) best = { score, cut, missingLeft };
  };
  for (let bin = 0; bin < missing; bin++) {
    rows += counts?.[bin] ?? 0;
    if (bins[2 * bin] === 0 && bins[2 * bin + 1] === 0) continue;
    gradient += bins[2 * bin]!;
    hessian += bins[2 * bin + 1]!;
    weigh(bin, gradient, hessian, rows, false);
    if (!hasMissing) continue;
    const rowsWithMissing = rows + (counts?.[missing] ?? 0);
    weigh(bin, gradient + bins[2 * missing]!, hessian + bins[2 * missing + 1]!, rowsWithMissing, true);
  }
  return best;
}

/** What a cut of a node with that score must score more than: with bounds both may be below 0. */
export function scoreToBeat(parentScore: number, tolerance: number): number {
  return parentScore + tolerance * Math.abs(parentScore);
}

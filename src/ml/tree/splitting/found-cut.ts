import { type BoundedNode, partingOf } from '../../monotone/bounded-cuts.ts';
import type { LeafBounds, Parting } from '../../monotone/leaf-bounds.ts';
import type { PackedGradients } from './gradient-packing.ts';
import { numberSplit, type Split } from './split.ts';

/** A cut of a number that a search has found. */
interface FoundCut {
  readonly feature: number;
  readonly gain: number;
  /** Bins up to this one go left. */
  readonly cut: number;
  readonly missingLeft: boolean;
  /** Whether it stays where it is, as a random threshold does. */
  readonly isExact: boolean;
}

/**
 * The split of a number's cut. `bins`: for each bin its gradient sum and its hessian sum, those of missing values last; where there
 * are none they go to the side with more of the node's `hessian`. `bounded`: the node, where features have directions; else null.
 */
export function splitOfNumber(
  { feature, gain, cut, missingLeft, isExact }: FoundCut,
  bins: Float64Array,
  hessian: number,
  bounded: BoundedNode | null,
  gradients: PackedGradients,
): Split {
  const count = bins.length / 2;
  const isEmpty = (bin: number): boolean => bins[2 * bin] === 0 && bins[2 * bin + 1] === 0;
  let leftHessian = 0;
  for (let bin = 0; bin <= cut; bin++) leftHessian += bins[2 * bin + 1]!;
  const sendsMissingLeft = isEmpty(count - 1) ? 2 * leftHessian > hessian : missingLeft;
  const parting = bounded && partingAt(bounded, bins, cut, missingLeft, gradients);
  if (isExact) return numberSplit(feature, gain, Math.min(cut, count - 2), sendsMissingLeft, count, parting);
  // The cut may lie anywhere in the run of empty bins above it: the middle is the fairest guess for rows to come.
  let next = cut + 1;
  while (next < count - 1 && isEmpty(next)) next++;
  const cutBin = next < count - 1 ? (cut + next - 1) >>> 1 : cut;
  return numberSplit(feature, gain, cutBin, sendsMissingLeft, count, parting);
}

function partingAt(
  node: BoundedNode,
  bins: Float64Array,
  cut: number,
  missingLeft: boolean,
  { gradientScale, hessianScale }: PackedGradients,
): Parting | null {
  let [gradient, hessian] = missingLeft ? [bins.at(-2) ?? 0, bins.at(-1) ?? 0] : [0, 0];
  for (let bin = 0; bin <= Math.min(cut, bins.length / 2 - 2); bin++) {
    gradient += bins[2 * bin]!;
    hessian += bins[2 * bin + 1]!;
  }
  const packed = partingOf(node, gradient, hessian);
  return packed && { ...packed, value: (packed.value * hessianScale) / gradientScale };
}

/** Bounds of values as packed sums give them: G / H is then larger by the ratio of their scales. */
export function inPackedUnits({ low, high }: LeafBounds, { gradientScale, hessianScale }: PackedGradients): LeafBounds {
  const scale = gradientScale / hessianScale;
  return { low: low * scale, high: high * scale };
}

export function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[largest]!) largest = i;
  return largest;
}

import type { Parting } from '../../monotone/leaf-bounds.ts';

/** A split of the rows of a node in two. */
export interface Split {
  readonly feature: number;
  /** How much the loss falls, in the units of the finder that found it; above 0. */
  readonly gain: number;
  readonly isCategory: boolean;
  /** For a number: bins up to this one go left. 0 for a category. */
  readonly bin: number;
  /** For each bin of the feature, 1 if its rows go left: also for the bins that the node has no rows of. */
  readonly leftBins: Uint8Array;
  /** Of a constrained feature, what parts the values of both sides; else null. */
  readonly parting: Parting | null;
}

/** A number's split; missing values, in its last bin, go left or right. */
export function numberSplit(
  feature: number,
  gain: number,
  bin: number,
  missingLeft: boolean,
  bins: number,
  parting: Parting | null = null,
): Split {
  const leftBins = new Uint8Array(bins).fill(1, 0, bin + 1);
  leftBins[bins - 1] = missingLeft ? 1 : 0;
  return { feature, gain, isCategory: false, bin, leftBins, parting };
}

/** A category's split, by the codes that go left. */
export function categorySplit(feature: number, gain: number, leftBins: Uint8Array): Split {
  return { feature, gain, isCategory: true, bin: 0, leftBins, parting: null };
}

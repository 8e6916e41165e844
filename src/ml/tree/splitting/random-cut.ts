/** A cut of a number's bins, and which side its missing values go to. */
interface RandomCut {
  /** 0 if the cut is not allowed. */
  readonly score: number;
  /** Bins up to this one go left. */
  readonly cut: number;
  readonly missingLeft: boolean;
}

/**
 * One random cut of a number's bins: after a bin from the lowest that has rows to below the highest, or up to the highest
 * where missing values can be cut off. Missing values, in the last bin, are tried on both sides.
 *
 * `bins`: for each bin its gradient sum and its hessian sum; `draw`: from 0 to below 1; `score`: of the sums of a left side.
 */
export function randomCut(
  bins: Float64Array,
  draw: number,
  score: (gradient: number, hessian: number) => number,
): RandomCut {
  const missing = bins.length / 2 - 1;
  const has = (bin: number): boolean => bins[2 * bin] !== 0 || bins[2 * bin + 1] !== 0;
  let low = 0;
  let high = missing - 1;
  while (low < high && !has(low)) low++;
  while (high > low && !has(high)) high--;
  const hasMissing = has(missing);
  const choices = high - low + (hasMissing ? 1 : 0);
  if (choices <= 0) return { score: 0, cut: 0, missingLeft: false };
  const cut = low + Math.floor(draw * choices);
  let [gradient, hessian] = [0, 0];
  for (let bin = low; bin <= cut; bin++) {
    gradient += bins[2 * bin]!;
    hessian += bins[2 * bin + 1]!;
  }
  const without = score(gradient, hessian);
  const withMissing = hasMissing ? score(gradient + bins[2 * missing]!, hessian + bins[2 * missing + 1]!) : 0;
  return { score: Math.max(without, withMissing), cut, missingLeft: withMissing > without };
}

/** A number from 0 to 2^32 - 1 of two others: the finaliser of MurmurHash3, after a step of the golden ratio. */
export function mixed(seed: number, value: number): number {
  let z = (seed ^ Math.imul(value + 1, 0x9e3779b9)) >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

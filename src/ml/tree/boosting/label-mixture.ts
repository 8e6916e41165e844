import type { Random } from '../../random.ts';

/** Uniform numbers whose sum, less half of them, has mean 0 and variance 1 and is close to normal (Irwin and Hall). */
const UNIFORM_COUNT = 12;

/**
 * The direction in the space of the margins along which the splits of a round's tree are searched, where more than two labels
 * have a margin each: one number for each label, near normal and independent. A tree's splits then serve all labels at once,
 * and every round asks along another direction (a random projection to one dimension; Iosipoi and
 * Vakhrushev 2022). Sums alone, so that every machine draws the same numbers.
 */
export function drawLabelMixture(shares: Float64Array, random: Random): void {
  for (let k = 0; k < shares.length; k++) {
    let sum = -UNIFORM_COUNT / 2;
    for (let i = 0; i < UNIFORM_COUNT; i++) sum += random.uniform();
    shares[k] = sum;
  }
}

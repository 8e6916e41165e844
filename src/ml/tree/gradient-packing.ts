import type { Kernel } from '../kernel.ts';

/**
 * First and second derivatives of the loss as whole numbers, two in one of 64 bits: hessian * 2^shift + gradient. Adding up
 * such numbers adds both at once, and as long as no sum overflows its bits it is exact: sums are the same in any order, so
 * a model does not depend on how the rows are divided.
 */
export interface GradientPacking {
  /** The bit at which the hessian begins; gradients sum to less than half of 2^shift in absolute value. */
  readonly shift: number;
  /** The largest packed gradient (absolute) and hessian of one row. */
  readonly gradientLimit: number;
  readonly hessianLimit: number;
}

/** Rows that may be added up before the two sums must be taken apart, which costs some 1 % of the additions. */
export const BLOCK_ROWS = 32_768;

/** |sum g| <= 2^15 * (2^15 - 1) < 2^31, and so is sum h. */
export const VARYING_HESSIAN: GradientPacking = { shift: 32, gradientLimit: 32_767, hessianLimit: 32_767 };

/** All hessians are 1 and sums of them count rows: at most 2^15, so that gradients may have 24 bits: 2^15 * 2^24 = 2^39. */
export const UNIT_HESSIAN: GradientPacking = { shift: 40, gradientLimit: 2 ** 24 - 1, hessianLimit: 1 };

/** The packed derivatives of all rows, and what they are to be divided by: gradient = packed gradient / gradientScale. */
export interface PackedGradients {
  readonly packing: GradientPacking;
  readonly packed: BigInt64Array;
  /** What was packed last; null: all hessians are 1. */
  gradients: Float64Array;
  hessians: Float64Array | null;
  gradientScale: number;
  hessianScale: number;
}

export function createPackedGradients(rowCount: number, packing: GradientPacking, kernel: Kernel): PackedGradients {
  return {
    packing,
    packed: kernel.longs(rowCount),
    gradients: new Float64Array(0),
    hessians: null,
    gradientScale: 1,
    hessianScale: 1,
  };
}

/**
 * Packs gradients, and hessians unless they are all 1 (null), all in the kernel's memory. Rounding is dithered: row r is
 * rounded down after adding a fraction that depends on r and `seed`, so that small derivatives are right on average instead
 * of vanishing, and sums over many rows are nearly exact. Cost: two passes, some 4 ns a row.
 */
export function packGradients(
  gradients: Float64Array,
  hessians: Float64Array | null,
  target: PackedGradients,
  seed: number,
  kernel: Kernel,
): void {
  const { packed, packing } = target;
  const { functions } = kernel;
  const count = packed.length;
  target.gradients = gradients;
  target.hessians = hessians;
  const gradientsAt = kernel.addressOf(gradients);
  const hessiansAt = hessians === null ? 0 : kernel.addressOf(hessians);
  // One step of room, as the dither may round up past the scaled maximum.
  target.gradientScale = (packing.gradientLimit - 1) / (functions.largestSize(gradientsAt, count) || 1);
  target.hessianScale =
    hessians === null ? 1 : (packing.hessianLimit - 1) / (functions.largestSize(hessiansAt, count) || 1);
  functions.packDerivatives(
    gradientsAt,
    hessiansAt,
    count,
    target.gradientScale,
    target.hessianScale,
    packing.shift,
    seed,
    kernel.addressOf(packed),
  );
}

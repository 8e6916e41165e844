import type { TrainingWasm } from '../../parallel/training-wasm.ts';

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

/** Rows that may be added up before the two sums must be taken apart, which costs about 1 % of the additions. */
export const BLOCK_ROWS = 32_768;

/** |sum g| <= 2^15 * (2^15 - 1) < 2^31, and so is sum h. */
export const VARYING_HESSIAN: GradientPacking = { shift: 32, gradientLimit: 32_767, hessianLimit: 32_767 };

/** All hessians are 1 and sums of them count rows: at most 2^15, so that gradients may have 24 bits: 2^15 * 2^24 = 2^39. */
export const UNIT_HESSIAN: GradientPacking = { shift: 40, gradientLimit: 2 ** 24 - 1, hessianLimit: 1 };

/** The packed derivatives of all rows, and their divisors: gradient = packed gradient / gradientScale. */
export interface PackedGradients {
  readonly packing: GradientPacking;
  readonly packed: BigInt64Array;
  /** The packed derivatives, in wasm memory. */
  readonly gradients: Float64Array;
  /** Empty where all are 1. */
  readonly hessians: Float64Array;
  /** How many rows each stands for; empty where each stands for one. */
  readonly rowCounts: Float64Array;
  gradientScale: number;
  hessianScale: number;
}

/** Memory for packing the derivatives of the rows. */
export function createPackedGradients(
  {
    packing,
    gradients,
    hessians,
    rowCounts,
  }: Pick<PackedGradients, 'packing' | 'gradients' | 'hessians' | 'rowCounts'>,
  wasm: TrainingWasm,
): PackedGradients {
  const packed = wasm.longs(gradients.length);
  return { packing, packed, gradients, hessians, rowCounts, gradientScale: 1, hessianScale: 1 };
}

/**
 * Packs the derivatives. Rounding is dithered: row r is rounded down after adding a fraction that depends on r and `seed`,
 * so that small derivatives are right on average instead of vanishing, and sums over many rows are nearly exact.
 * Cost: two passes, about 4 ns a row.
 */
export function packGradients(target: PackedGradients, seed: number, wasm: TrainingWasm): void {
  const { packed, packing, gradients, hessians } = target;
  const areUnit = hessians.length === 0;
  // One step of room, as the dither may round up past the scaled maximum.
  target.gradientScale = (packing.gradientLimit - 1) / (largestSize(gradients) || 1);
  target.hessianScale = areUnit ? 1 : (packing.hessianLimit - 1) / (largestSize(hessians) || 1);
  wasm.functions.packDerivatives(
    wasm.addressOf(gradients),
    areUnit ? 0 : wasm.addressOf(hessians),
    0,
    packed.length,
    target.gradientScale,
    target.hessianScale,
    packing.shift,
    seed,
    wasm.addressOf(packed),
  );
}

function largestSize(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

/**
 * First and second derivatives of the loss as whole numbers, two in one double: hessian * hessianUnit + gradient. Adding up
 * such doubles adds both at once, and as long as every sum stays below 2^53 it is exact: sums are the same in any order, so
 * a model does not depend on how the rows are divided.
 */
export interface GradientPacking {
  /** 2^u; gradients sum to less than half of it in absolute value. */
  readonly hessianUnit: number;
  /** The largest packed gradient (absolute) and hessian of one row. */
  readonly gradientLimit: number;
  readonly hessianLimit: number;
}

/**
 * Rows that may be added up before the two sums must be taken apart. 8,192 = 2^13 rows leave 13 bits for each row's
 * gradient and hessian; taking apart every 8,192 rows costs some 3 % of the additions. (65,536 rows would leave 10 bits.)
 */
export const BLOCK_ROWS = 8192;

/** |sum g| <= 2^13 * (2^13 - 1) < 2^26, sum h < 2^26: packed sums stay below 2^26 * 2^27 = 2^53. */
export const VARYING_HESSIAN: GradientPacking = { hessianUnit: 2 ** 27, gradientLimit: 8191, hessianLimit: 8191 };

/** All hessians are 1 and sums of them count rows: at most 2^13, so gradients may use 25 bits: 2^13 * 2^39 + 2^38 < 2^53. */
export const UNIT_HESSIAN: GradientPacking = { hessianUnit: 2 ** 39, gradientLimit: 2 ** 25 - 1, hessianLimit: 1 };

/** The packed derivatives of all rows, and what they are to be divided by: gradient = packed gradient / gradientScale. */
export interface PackedGradients {
  readonly packing: GradientPacking;
  readonly packed: Float64Array;
  gradientScale: number;
  hessianScale: number;
}

export function createPackedGradients(rowCount: number, packing: GradientPacking): PackedGradients {
  return { packing, packed: new Float64Array(rowCount), gradientScale: 1, hessianScale: 1 };
}

/** The golden ratio of 2^32: its multiples modulo 2^32 are spread evenly, over any run of neighbouring rows. */
const GOLDEN_STEP = 0x9e3779b1;

/**
 * Packs gradients, and hessians unless they are all 1 (null). Rounding is dithered: row r is rounded down after adding a
 * fraction that depends on r and `seed`, so that small derivatives are right on average instead of vanishing, and sums
 * over many rows are nearly exact. Cost: two passes.
 */
export function packGradients(
  gradients: Float64Array,
  hessians: Float64Array | null,
  target: PackedGradients,
  seed: number,
): void {
  const { packed, packing } = target;
  // One step of room, as the dither may round up past the scaled maximum.
  const gradientScale = (packing.gradientLimit - 1) / (largestAbsolute(gradients) || 1);
  target.gradientScale = gradientScale;
  let dither = seed | 0;
  if (hessians === null) {
    target.hessianScale = 1;
    for (let i = 0; i < packed.length; i++) {
      packed[i] = packing.hessianUnit + Math.floor(gradients[i]! * gradientScale + (dither >>> 0) * 2 ** -32);
      dither = (dither + GOLDEN_STEP) | 0;
    }
    return;
  }
  const hessianScale = (packing.hessianLimit - 1) / (largestAbsolute(hessians) || 1);
  target.hessianScale = hessianScale;
  for (let i = 0; i < packed.length; i++) {
    const fraction = (dither >>> 0) * 2 ** -32;
    const gradient = Math.floor(gradients[i]! * gradientScale + fraction);
    // The mirrored fraction: a gradient and a hessian of one row should not be rounded alike.
    const hessian = Math.floor(hessians[i]! * hessianScale + (~dither >>> 0) * 2 ** -32);
    packed[i] = hessian * packing.hessianUnit + gradient;
    dither = (dither + GOLDEN_STEP) | 0;
  }
}

function largestAbsolute(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest) largest = size;
  }
  return largest;
}

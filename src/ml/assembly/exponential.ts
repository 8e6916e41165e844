// e^x, of two numbers at a time.

const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts, of which the first has zeros at its end: whole numbers of up to 11 bits times it are exact. */
const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
/** 1.5 * 2^52: a number of small size that is added to it ends up, rounded, in its lowest bits. */
const ROUNDER: f64 = 6755399441055744;
/** Powers below e^-708 are taken for that one, which is next to the least that is not subnormal. */
const MIN_EXPONENT: f64 = -708;
const MAX_EXPONENT: f64 = 709;

/**
 * e^x of two numbers, to 2 units in the last place; x from -708 to 709, beyond which it is as there. x = n ln 2 + r with
 * |r| < 0.35, e^r by its Taylor polynomial of degree 12, of which the rest is below 2e-16.
 */
export function expOfTwo(x: v128): v128 {
  const clamped = f64x2.min(f64x2.max(x, f64x2.splat(MIN_EXPONENT)), f64x2.splat(MAX_EXPONENT));
  const rounded = f64x2.add(f64x2.mul(clamped, f64x2.splat(LOG2_E)), f64x2.splat(ROUNDER));
  const n = f64x2.sub(rounded, f64x2.splat(ROUNDER));
  const coarse = f64x2.sub(clamped, f64x2.mul(n, f64x2.splat(LN2_HIGH)));
  const r = f64x2.sub(coarse, f64x2.mul(n, f64x2.splat(LN2_LOW)));
  // By Estrin's scheme: Horner's has each step wait for the one before.
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const terms0 = f64x2.add(f64x2.splat(1), r);
  const terms2 = f64x2.add(f64x2.splat(1.0 / 2.0), f64x2.mul(r, f64x2.splat(1.0 / 6.0)));
  const terms4 = f64x2.add(f64x2.splat(1.0 / 24.0), f64x2.mul(r, f64x2.splat(1.0 / 120.0)));
  const terms6 = f64x2.add(f64x2.splat(1.0 / 720.0), f64x2.mul(r, f64x2.splat(1.0 / 5040.0)));
  const terms8 = f64x2.add(f64x2.splat(1.0 / 40320.0), f64x2.mul(r, f64x2.splat(1.0 / 362880.0)));
  const terms10 = f64x2.add(f64x2.splat(1.0 / 3628800.0), f64x2.mul(r, f64x2.splat(1.0 / 39916800.0)));
  const low = f64x2.add(
    f64x2.add(terms0, f64x2.mul(r2, terms2)),
    f64x2.mul(r4, f64x2.add(terms4, f64x2.mul(r2, terms6))),
  );
  const high = f64x2.add(f64x2.add(terms8, f64x2.mul(r2, terms10)), f64x2.mul(r4, f64x2.splat(1.0 / 479001600.0)));
  const sum = f64x2.add(low, f64x2.mul(f64x2.mul(r4, r4), high));
  // n in the bits of the exponent: 2^n.
  const power = i64x2.shl(i64x2.add(rounded, i64x2.splat(1023)), 52);
  return f64x2.mul(sum, power);
}

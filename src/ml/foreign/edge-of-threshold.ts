const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);
const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

/**
 * The largest double x whose float32 is below a threshold, a finite float32: of doubles, x <= it decides as float32(x) < threshold does.
 *
 * That is the middle between the threshold and the float before it if the middle rounds down (to the one whose last bit is 0), else
 * the double before the middle.
 *
 * @example edgeBelowFloat(1); // 1 - 2^-25: the double after it rounds to 1
 */
export function edgeBelowFloat(threshold: number): number {
  const before = floatBefore(threshold);
  // Beyond the floats the middle would be with the power of two that they end at.
  const middle = ((before === Number.NEGATIVE_INFINITY ? -(2 ** 128) : before) + threshold) / 2;
  return Math.fround(middle) < threshold ? middle : doubleBefore(middle);
}

/** LightGBM predicts with 0 for numbers at most so far from it: the float32 1e-35. */
const ZERO_WIDTH = Math.fround(1e-35);

/** The largest double x with x <= threshold, where numbers within ZERO_WIDTH of 0 count as 0. */
export function edgeAtMost(threshold: number): number {
  if (Math.abs(threshold) > ZERO_WIDTH) return threshold;
  return threshold >= 0 ? ZERO_WIDTH : doubleBefore(-ZERO_WIDTH);
}

function floatBefore(value: number): number {
  float[0] = value;
  if (value === 0) floatBits[0] = -0x8000_0000 + 1;
  else floatBits[0]! += value > 0 ? -1 : 1;
  return float[0];
}

/** `value` is finite and not 0. */
function doubleBefore(value: number): number {
  double[0] = value;
  doubleBits[0]! += value > 0 ? -1n : 1n;
  return double[0];
}

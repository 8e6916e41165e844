import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edgeAtMost, edgeBelowFloat } from '../../../src/ml/foreign/edge-of-threshold.ts';

const finiteFloat = fc.float({ noNaN: true, noDefaultInfinity: true });

/** The double after one, by its bits. */
function doubleAfter(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  if (value === 0) return Number.MIN_VALUE;
  view.setBigInt64(0, bits + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

test('the edge is the last double whose float is below the threshold, whatever the threshold', () => {
  fc.assert(
    fc.property(finiteFloat, (threshold) => {
      const edge = edgeBelowFloat(threshold);
      expect(Math.fround(edge) < threshold).toBe(true);
      expect(Math.fround(doubleAfter(edge)) < threshold).toBe(false);
    }),
    { numRuns: 10_000 },
  );
});

test.each([
  0,
  -0,
  1,
  -1,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  2 ** 24,
  0.1,
])('so at the float32 of %s', (number) => {
  const threshold = Math.fround(number);
  const edge = edgeBelowFloat(threshold);
  expect(Math.fround(edge) < threshold).toBe(true);
  expect(Math.fround(doubleAfter(edge)) < threshold).toBe(false);
});

test('numbers as near to 0 as LightGBM takes for 0 go where 0 goes', () => {
  const near = Math.fround(1e-35);
  for (const threshold of [0, -0, near, 1e-36]) {
    expect([edgeAtMost(threshold), near <= edgeAtMost(threshold)]).toEqual([near, true]);
  }
  for (const threshold of [-near, -1e-36]) expect(-near <= edgeAtMost(threshold)).toBe(false);
  expect([edgeAtMost(2), edgeAtMost(-2), edgeAtMost(Number.POSITIVE_INFINITY)]).toEqual([
    2,
    -2,
    Number.POSITIVE_INFINITY,
  ]);
});

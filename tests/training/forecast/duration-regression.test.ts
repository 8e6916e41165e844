import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationRegression } from '../../../src/training/forecast/duration-regression.ts';

test('without past trainings no duration is expected', () => {
  expect(durationRegression([])).toBeNull();
});

test('one past training predicts others in proportion to their work', () => {
  const seconds = durationRegression([{ work: 4, seconds: 2 }]);
  expect(seconds?.(4)).toBeCloseTo(2, 9);
  expect(seconds?.(40)).toBeCloseTo(20, 9);
});

test('past trainings of one size predict that size, and say nothing about the slope', () => {
  const seconds = durationRegression([1.8, 2, 2.2].map((taken) => ({ work: 10, seconds: taken })));
  expect(seconds?.(10)).toBeGreaterThan(1.9);
  expect(seconds?.(10)).toBeLessThan(2.1);
  expect(seconds?.(20)).toBeCloseTo(2 * (seconds?.(10) ?? 0), 9);
});

test('many past trainings of different sizes are fitted by the line', () => {
  const points = Array.from({ length: 100 }, (_, i) => {
    const work = 1.1 ** i;
    return { work, seconds: 3 * work ** 0.8 };
  });
  const seconds = durationRegression(points);
  for (const work of [1, 100, 5_000]) expect(seconds?.(work)).toBeCloseTo(3 * work ** 0.8, -Math.log10(work));
});

test('an expected duration is a positive number, whatever the past durations', () => {
  const anyAmount = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  const anyPoints = fc.array(fc.record({ work: anyAmount, seconds: anyAmount }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(anyPoints, anyAmount, (points, work) => {
      const seconds = durationRegression(points)?.(work) ?? Number.NaN;
      expect(seconds).toBeGreaterThan(0);
    }),
  );
});

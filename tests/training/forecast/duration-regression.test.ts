import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationRegression } from '../../../src/training/forecast/duration-regression.ts';

test('without a training nothing is known', () => {
  expect(durationRegression([])).toBeNull();
});

test('one training tells of others in proportion', () => {
  const seconds = durationRegression([{ work: 4, seconds: 2 }]);
  expect(seconds?.(4)).toBeCloseTo(2, 9);
  expect(seconds?.(40)).toBeCloseTo(20, 9);
});

test('trainings of one size say what that size takes, and nothing of the slope', () => {
  const seconds = durationRegression([1.8, 2, 2.2].map((taken) => ({ work: 10, seconds: taken })));
  expect(seconds?.(10)).toBeGreaterThan(1.9);
  expect(seconds?.(10)).toBeLessThan(2.1);
  expect(seconds?.(20)).toBeCloseTo(2 * (seconds?.(10) ?? 0), 9);
});

test('many trainings of many sizes bend the line to what they took', () => {
  const points = Array.from({ length: 100 }, (_, i) => {
    const work = 1.1 ** i;
    return { work, seconds: 3 * work ** 0.8 };
  });
  const seconds = durationRegression(points);
  for (const work of [1, 100, 5_000]) expect(seconds?.(work)).toBeCloseTo(3 * work ** 0.8, -Math.log10(work));
});

test('whatever was taken, what is expected is a number above 0', () => {
  const anyAmount = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  const anyPoints = fc.array(fc.record({ work: anyAmount, seconds: anyAmount }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(anyPoints, anyAmount, (points, work) => {
      const seconds = durationRegression(points)?.(work) ?? Number.NaN;
      expect(seconds).toBeGreaterThan(0);
    }),
  );
});

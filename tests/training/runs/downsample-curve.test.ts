import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CurvePoint } from '../../../src/ml/train-model.ts';
import { downsampleCurve } from '../../../src/training/runs/downsample-curve.ts';
import { anyCurve, lossOf } from '../../support/any-curve.ts';

const firstBest = (curve: readonly CurvePoint[]) =>
  curve.find((point) => lossOf(point) === Math.min(...curve.map(lossOf)));

test('a downsampled curve has the first, the last and the best point, in order, and no more points than requested', () => {
  fc.assert(
    fc.property(anyCurve(300), fc.integer({ min: 2, max: 60 }), (curve, maxPoints) => {
      const thinned = downsampleCurve(curve, maxPoints);
      expect(thinned).toHaveLength(Math.min(curve.length, maxPoints));
      // Each is one of the curve's own, and they come in its order, none twice.
      expect(curve.filter((point) => thinned.includes(point))).toEqual(thinned);
      expect(thinned[0]).toBe(curve[0]);
      expect(thinned.at(-1)).toBe(curve.at(-1));
      // With room for two there are the ends alone.
      expect(maxPoints < 3 || firstBest(thinned) === firstBest(curve)).toBe(true);
    }),
  );
});

test('a downsampled curve is even: no gap is more than twice the mean', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 500 }), fc.integer({ min: 5, max: 60 }), (length, maxPoints) => {
      const curve = Array.from({ length }, (_, index) => ({
        iteration: index + 1,
        seconds: null,
        trainLoss: 1 / (index + 1),
        validationLoss: null,
      }));
      const thinned = downsampleCurve(curve, maxPoints);
      const gaps = thinned.slice(1).map(({ iteration }, index) => iteration - (thinned[index]?.iteration ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * Math.ceil((length - 1) / (thinned.length - 1)));
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimedCurve } from '../../src/ml/timed-curve.ts';

const pointAt = (iteration: number) => ({ iteration, trainLoss: 1 / iteration, validationLoss: null });

test('the seconds go on from the checkpoint, as if the fitting had never been interrupted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 20 }),
      fc.nat(),
      fc.integer({ min: 0, max: 1_000_000 }),
      (steps, place, pause) => {
        let now = 5;
        const clock = () => now;
        const whole = new TimedCurve([], clock);
        for (const [index, step] of steps.entries()) {
          now += step;
          whole.add(pointAt(index + 1));
        }
        const kept = 1 + (place % (steps.length - 1));
        now += pause;
        const resumed = new TimedCurve(whole.points.slice(0, kept), clock);
        for (const [index, step] of steps.slice(kept).entries()) {
          now += step;
          resumed.add(pointAt(kept + index + 1));
        }
        expect(resumed.points).toEqual(whole.points);
      },
    ),
  );
});

test('without a clock there are no seconds', () => {
  const curve = new TimedCurve([], null);
  expect(curve.add(pointAt(1))).toEqual({ ...pointAt(1), seconds: null });
});

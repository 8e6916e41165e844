import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Measured, verdictByIntervals, verdictByTest } from '../../../src/metrics/comparison/verdict.ts';

describe('by a paired test', () => {
  test.each([
    [0.04, 0.1, true, 'BETTER'],
    [0.04, -0.1, true, 'WORSE'],
    [0.04, -0.1, false, 'BETTER'],
    [0.05, 0.1, true, 'NO_DIFFERENCE'],
    [1, 0, true, 'NO_DIFFERENCE'],
  ])(
    'a paired test with p %d, a difference of %d, higher is better: %s',
    (pValue, difference, higherIsBetter, verdict) => {
      expect(verdictByTest({ isTested: true, pValue, difference }, higherIsBetter)).toBe(verdict);
    },
  );
});

describe('by two intervals', () => {
  const around = (value: number, half: number): Measured => ({
    value,
    interval: { low: value - half, high: value + half },
  });

  test.each([
    // Standard errors of 0.03 and 0.04 are one of 0.05 together: 1.96 of it are 0.098.
    [around(0.9, 1.96 * 0.03), around(0.801, 1.96 * 0.04), true, 'BETTER'],
    [around(0.9, 1.96 * 0.03), around(0.803, 1.96 * 0.04), true, 'NO_DIFFERENCE'],
    [around(0.801, 1.96 * 0.04), around(0.9, 1.96 * 0.03), true, 'WORSE'],
    [around(0.801, 1.96 * 0.04), around(0.9, 1.96 * 0.03), false, 'BETTER'],
    // All rows right in both, or all right and all wrong.
    [around(1, 0), around(1, 0), true, 'UNKNOWN'],
    [around(1, 0), around(0, 0), true, 'UNKNOWN'],
    [around(1, 0), around(0.5, 0.1), true, 'BETTER'],
  ])('the intervals of %j against %j, higher is better: %s', (latest, previous, higherIsBetter, verdict) => {
    expect(verdictByIntervals(latest, previous, higherIsBetter)).toBe(verdict);
  });

  test('exchanging two runs reverses the verdict', () => {
    const opposite = { BETTER: 'WORSE', WORSE: 'BETTER', NO_DIFFERENCE: 'NO_DIFFERENCE', UNKNOWN: 'UNKNOWN' };
    const measured = fc.tuple(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 0.2, noNaN: true }),
    );
    fc.assert(
      fc.property(measured, measured, fc.boolean(), (one, other, higherIsBetter) => {
        const [a, b] = [around(...one), around(...other)];
        expect(verdictByIntervals(b, a, higherIsBetter)).toBe(opposite[verdictByIntervals(a, b, higherIsBetter)]);
      }),
    );
  });
});

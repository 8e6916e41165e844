import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { precisionRecallCurve, rocCurve } from '../../../src/ml/evaluation/curves.ts';
import { downsampleCurve } from '../../../src/ml/evaluation/downsample-curve.ts';
import { sortScores, type ThresholdCounts, thresholdCounts } from '../../../src/ml/evaluation/sorted-scores.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';

type Point = readonly [x: number, y: number];

/** How far a point is from the line through the others. */
function distanceTo(line: readonly Point[], [x, y]: Point): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < line.length; i++) {
    const [x0, y0] = line[i - 1]!;
    const [dx, dy] = [line[i]![0] - x0, line[i]![1] - y0];
    const length = dx * dx + dy * dy;
    const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
    smallest = Math.min(smallest, Math.hypot(x - x0 - share * dx, y - y0 - share * dy));
  }
  return smallest;
}

/** Of rows of which one in `rarity` is positive, scoring higher by `skill`. */
function madeCounts(rows: number, rarity: number, skill: number, seed: number): ThresholdCounts {
  const random = createRandom(seed);
  const actual = Int32Array.from({ length: rows }, (_, i) => (i % rarity === 0 ? 1 : 0));
  const probabilities = Float64Array.from({ length: 2 * rows }, (_, i) =>
    Math.min(1, random.uniform() ** 2 + skill * actual[i >> 1]! * random.uniform()),
  );
  return thresholdCounts(runToEnd(sortScores({ actual, predicted: actual, probabilities, labelCount: 2 }, 1)));
}

const made = fc.record({
  rows: fc.integer({ min: 201, max: 3000 }),
  rarity: fc.integer({ min: 2, max: 60 }),
  skill: fc.double({ min: 0, max: 1, noNaN: true }),
  seed: fc.nat(),
});

/** The whole curve, as its definition says. */
function wholeCurves({ truePositives, falsePositives }: ThresholdCounts): { roc: Point[]; precisionRecall: Point[] } {
  const [positives, negatives] = [truePositives.at(-1)!, falsePositives.at(-1)!];
  const steps = Array.from(truePositives, (hits, t) => [hits, falsePositives[t]!] as const);
  return {
    roc: [[0, 0], ...steps.map(([hits, alarms]): Point => [alarms / negatives, hits / positives])],
    precisionRecall: [
      ...steps.map(([hits, alarms]): Point => [hits / positives, hits / (hits + alarms)]).reverse(),
      [0, 1],
    ],
  };
}

describe('curves of many thresholds', () => {
  test('a downsampled curve keeps its ends and original points, and deviates by at most a hundredth', () => {
    fc.assert(
      fc.property(made, ({ rows, rarity, skill, seed }) => {
        const counts = madeCounts(rows, rarity, skill, seed);
        const whole = wholeCurves(counts);
        const roc = rocCurve(counts)!;
        const precisionRecall = precisionRecallCurve(counts)!;
        const thinned: [Point[], Point[]][] = [
          [roc.map((point) => [point.falsePositiveRate, point.truePositiveRate]), whole.roc],
          [precisionRecall.map((point) => [point.recall, point.precision]), whole.precisionRecall],
        ];
        for (const [points, all] of thinned) {
          expect(points.length).toBeLessThanOrEqual(200);
          expect([points[0], points.at(-1)]).toEqual([all[0], all.at(-1)]);
          const known = new Set(all.map(String));
          expect(points.every((point) => known.has(String(point)))).toBe(true);
          expect(Math.max(...all.map((point) => distanceTo(points, point)))).toBeLessThan(0.01);
        }
        const thresholds = roc.slice(1).map(({ threshold }) => threshold!);
        expect(thresholds).toEqual([...thresholds].sort((a, b) => b - a));
        expect([roc[0]!.threshold, precisionRecall.at(-1)!.threshold]).toEqual([null, null]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('thinning', () => {
  const points = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 })), {
      minLength: 2,
      maxLength: 90,
    })
    .map(
      (pairs) =>
        [Float64Array.from(pairs, ([x]) => x / 400).sort(), Float64Array.from(pairs, ([, y]) => y / 400)] as const,
    );

  test('downsampling keeps at most the requested number of points, ascending, with both ends, or all if there are no more', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 2, max: 60 }), ([x, y], maxPoints) => {
        const taken = [...downsampleCurve(x, y, maxPoints)];
        expect(taken.length).toBeLessThanOrEqual(maxPoints);
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
        expect([taken[0], taken.at(-1)]).toEqual([0, x.length - 1]);
        expect(x.length > maxPoints || taken.length === x.length).toBe(true);
      }),
    );
  });

  test('downsampling keeps the points farthest off first', () => {
    fc.assert(
      fc.property(points, ([x, y]) => {
        fc.pre(x.length > 3);
        const line: Point[] = [
          [x[0]!, y[0]!],
          [x.at(-1)!, y.at(-1)!],
        ];
        const away = Array.from(x, (_, i) => distanceTo(line, [x[i]!, y[i]!]));
        const taken = downsampleCurve(x, y, 3);
        // A point in the middle is left out only where all lie on one line.
        const farthest = taken.length === 3 ? away[taken[1]!]! : 0;
        expect(farthest).toBeCloseTo(Math.max(...away), 12);
      }),
    );
  });

  test('downsampling of points on a line keeps only the ends', () => {
    const x = Float64Array.from({ length: 1025 }, (_, i) => i / 1024);
    expect([...downsampleCurve(x, x, 200)]).toEqual([0, 1024]);
  });
});

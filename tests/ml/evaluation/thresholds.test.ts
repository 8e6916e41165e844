import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SortedScores, thresholdCounts } from '../../../src/ml/evaluation/sorted-scores.ts';
import { thresholdPoints } from '../../../src/ml/evaluation/thresholds.ts';

const scores = (max: number) => fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: max });

function sorted(positives: readonly number[], negatives: readonly number[]): SortedScores {
  const ascending = (values: readonly number[]) => Float64Array.from(values, (value) => value / 1_000).sort();
  return { positives: ascending(positives), negatives: ascending(negatives) };
}

test('each point is what counting row by row gives', () => {
  fc.assert(
    fc.property(scores(60), scores(60), (positives, negatives) => {
      const ranked = sorted(positives, negatives);
      const points = thresholdPoints(thresholdCounts(ranked)) ?? [];
      expect(points).toHaveLength(new Set([...positives, ...negatives]).size);
      for (const point of points) {
        const [tp, fp] = [ranked.positives, ranked.negatives].map(
          (of) => of.filter((p) => p >= point.threshold).length,
        );
        const [fn, tn] = [positives.length - tp!, negatives.length - fp!];
        const [precision, recall] = [tp! / (tp! + fp!), tp! / positives.length];
        expect(point).toMatchObject({ truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn });
        expect(point.precision).toBeCloseTo(precision, 12);
        expect(point.recall).toBeCloseTo(recall, 12);
        expect(point.f1).toBeCloseTo(tp === 0 ? 0 : (2 * precision * recall) / (precision + recall), 12);
        expect(point.accuracy).toBeCloseTo((tp! + tn) / (positives.length + negatives.length), 12);
      }
    }),
  );
});

test('of many thresholds those stay that are best by F1 or by any costs', () => {
  const many = (size: number) => fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: size, maxLength: size });
  fc.assert(
    fc.property(many(700), many(900), fc.double({ min: 0.01, max: 100, noNaN: true }), (positives, negatives, cost) => {
      const counts = thresholdCounts(sorted(positives, negatives));
      const points = thresholdPoints(counts) ?? [];
      expect(points.length).toBeLessThanOrEqual(200);
      expect(counts.thresholds.length).toBeGreaterThan(200);
      const all = Array.from(
        counts.thresholds,
        (_, t) => [counts.truePositives[t]!, counts.falsePositives[t]!] as const,
      );
      const costs = all.map(([tp, fp]) => fp + cost * (positives.length - tp));
      const f1s = all.map(([tp, fp]) => (2 * tp) / (tp + fp + positives.length));
      expect(Math.min(...points.map((point) => point.falsePositives + cost * point.falseNegatives))).toBeCloseTo(
        Math.min(...costs),
        8,
      );
      expect(Math.max(...points.map(({ f1 }) => f1))).toBeCloseTo(Math.max(...f1s), 12);
    }),
    { numRuns: 30 },
  );
});

test('rows of one label alone have no thresholds', () => {
  expect(thresholdPoints(thresholdCounts(sorted([1], [])))).toBeNull();
  expect(thresholdPoints(thresholdCounts(sorted([], [1])))).toBeNull();
});

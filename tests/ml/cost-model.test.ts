import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateCost, sampleSize, type TrainingSize, totalCost } from '../../src/ml/cost-model.ts';
import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import { ALGORITHM_NAMES } from '../../src/ml/registry.ts';

const anySize = fc
  .record({
    algorithm: fc.constantFrom(...ALGORITHM_NAMES),
    trainRows: fc.integer({ min: 1, max: 10_000_000 }),
    testRows: fc.integer({ min: 1, max: 10_000_000 }),
    features: fc.integer({ min: 1, max: 5_000 }),
    labels: fc.oneof(fc.constant(0), fc.integer({ min: 2, max: 1_000 })),
  })
  .map((size): TrainingSize => ({ ...size, parameters: resolveParameters(size.algorithm, {}) }));

test('it is a number above 0 for every algorithm and size', () => {
  fc.assert(fc.property(anySize, (size) => Number.isFinite(totalCost(size)) && totalCost(size) > 0));
});

test('more rows, more features and more labels are never less work', () => {
  const isNoLess = (size: TrainingSize, more: Partial<TrainingSize>) =>
    totalCost({ ...size, ...more }) >= totalCost(size) * (1 - 1e-12);
  fc.assert(
    fc.property(anySize, (size) => {
      expect(isNoLess(size, { trainRows: 2 * size.trainRows })).toBe(true);
      expect(isNoLess(size, { testRows: 2 * size.testRows })).toBe(true);
      expect(size.algorithm === 'LINEAR' || isNoLess(size, { features: 2 * size.features })).toBe(true);
      expect(size.labels < 3 || isNoLess(size, { labels: 2 * size.labels })).toBe(true);
    }),
  );
});

test('trees count once each', () => {
  const size = { trainRows: 8_000, testRows: 2_000, features: 20, labels: 2 };
  for (const algorithm of ['RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const) {
    const fittingOf = (trees: number) =>
      estimateCost({ ...size, algorithm, parameters: resolveParameters(algorithm, { trees }) }).fitting;
    expect(fittingOf(300) - fittingOf(200)).toBeCloseTo(fittingOf(200) - fittingOf(100), 9);
  }
});

test('a limit of depth or of leaves is less work', () => {
  const size = { trainRows: 80_000, testRows: 20_000, features: 20, labels: 2 };
  for (const algorithm of ['DECISION_TREE', 'GRADIENT_BOOSTING'] as const) {
    const workOf = (parameters: object) =>
      totalCost({ ...size, algorithm, parameters: resolveParameters(algorithm, { ...parameters }) });
    expect(workOf({ maxDepth: 3 })).toBeLessThan(workOf({ maxDepth: 8 }));
    expect(workOf({ maxDepth: 8, maxLeaves: 8 })).toBeLessThan(workOf({ maxDepth: 8 }));
  }
});

test('importances are of 64 to 30,000 test rows, or of all where there are fewer', () => {
  fc.assert(
    fc.property(anySize, (size) => {
      expect(sampleSize(size)).toBeGreaterThanOrEqual(Math.min(64, size.testRows));
      expect(sampleSize(size)).toBeLessThanOrEqual(Math.min(30_000, size.testRows));
    }),
  );
});

test('importances of fewer than 2,000 test rows, where there are more, take a second or a share of the fitting', () => {
  fc.assert(
    fc.property(anySize, (size) => {
      const rows = sampleSize(size);
      if (rows >= Math.min(2_000, size.testRows) || rows === 64) return;
      const { fitting, explaining } = estimateCost(size);
      expect(explaining).toBeCloseTo(Math.max(1, 0.1 * fitting), 9);
    }),
  );
});

test('importances of a quick line of 300 columns and 300 labels take a second, of 20 columns all 1,000 rows', () => {
  const parameters = resolveParameters('LINEAR', { maxIterations: 1 });
  const line = { algorithm: 'LINEAR', parameters, trainRows: 4_000, testRows: 1_000 } as const;
  const wide = { ...line, features: 300, labels: 300 };
  expect(sampleSize(wide)).toBeLessThan(500);
  expect(estimateCost(wide).explaining).toBeCloseTo(1, 9);
  expect(sampleSize({ ...line, features: 20, labels: 10 })).toBe(1_000);
});

test('importances take a small share of a large training', () => {
  for (const algorithm of ['RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const) {
    for (const trainRows of [100_000, 1_000_000]) {
      const rows = { trainRows, testRows: trainRows / 4, features: 20, labels: 2 };
      const size = { algorithm, parameters: resolveParameters(algorithm, {}, rows), ...rows };
      const { fitting, explaining } = estimateCost(size);
      expect(explaining).toBeLessThan(0.2 * fitting);
    }
  }
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';
import { newtonStep } from '../../../src/ml/tree/splitting/newton-step.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { bindModel } from '../../../src/runtime/predict/predict.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, train } from '../made-tables.ts';

function predictedValues(
  data: Table,
  features: readonly string[],
  parameters: object,
  rows: readonly number[],
): number[] {
  const wanted = request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', features, { ...parameters });
  const predicted = bindModel(parseModel(train(wanted).trained.modelBytes), data)(Int32Array.from(rows));
  return predicted.task === 'REGRESSION' ? [...predicted.values] : [];
}

describe('l1', () => {
  const penalties = fc.record({ l1: fc.double({ min: 0, max: 50, noNaN: true }), l2: fc.constantFrom(0, 1, 7.5) });

  test('a leaf’s value is the minimum of its loss with both penalties', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: 0.5, max: 40, noNaN: true }),
        penalties,
        (g, h, penalty) => {
          const loss = (v: number): number => g * v + ((h + penalty.l2) * v * v) / 2 + penalty.l1 * Math.abs(v);
          const value = newtonStep(g, h, penalty);
          for (const other of [value - 1e-3, value + 1e-3, 0]) {
            expect(loss(other)).toBeGreaterThanOrEqual(loss(value) - 1e-9);
          }
        },
      ),
    );
  });

  test('the best cut of a number is the one that XGBoost’s formula of the gain chooses', () => {
    const bin = fc.record({ g: fc.integer({ min: -60, max: 60 }), h: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(bin, { minLength: 3, maxLength: 12 }), penalties, (bins, { l1, l2 }) => {
        using wasm = TrainingWasm.take();
        const histogram = wasm.doubles(2 * bins.length);
        histogram.set(bins.flatMap(({ g, h }) => [g, h]));
        const cut = wasm.integers(1);
        const [G, H] = [bins.reduce((sum, { g }) => sum + g, 0), bins.reduce((sum, { h }) => sum + h, 0)];
        // The thresholded sum and the gain as src/tree/param.h of XGBoost has them, written out once more.
        const gain = (g: number, h: number): number => {
          const shrunk = g > l1 ? g - l1 : g < -l1 ? g + l1 : 0;
          return shrunk ** 2 / (h + l2);
        };
        const missing = bins.length - 1;
        const scores = bins.slice(0, missing).flatMap((_, last) =>
          [false, true].map((missingLeft) => {
            const left = bins.filter((__, i) => (i === missing ? missingLeft : i <= last));
            const g = left.reduce((sum, each) => sum + each.g, 0);
            const h = left.reduce((sum, each) => sum + each.h, 0);
            return h < H ? gain(g, h) + gain(G - g, H - h) : 0;
          }),
        );
        const found = wasm.functions.findNumberCut(
          wasm.addressOf(histogram),
          missing,
          G,
          H,
          l1,
          l2,
          1,
          -1,
          0,
          0,
          wasm.addressOf(cut),
        );
        expect(found).toBeCloseTo(Math.max(...scores), 8);
      }),
    );
  });

  /** Of XGBoost 1.7.4: max_depth 2, eta 0.5, tree_method exact, two rounds from the mean, these reg_alpha and reg_lambda. */
  test.each([
    [0, 1, [8.1337, 8.1337, 8.1337, 35.2725, 59.3812, 97.6781, 59.3812]],
    [5, 1, [8.3155, 8.3155, 8.3155, 35.323, 58.8083, 97.0792, 58.8083]],
    [40, 0, [18.1147, 7.2093, 7.2093, 24.6758, 65.4044, 94.3455, 65.4044]],
    [200, 2, [17.2885, 17.2885, 17.2885, 37.8, 68.7274, 68.7274, 57.0036]],
  ])('boosting with l1 %d and l2 %d predicts what XGBoost predicts', (l1, l2, expected) => {
    const rows = Array.from({ length: 50 }, (_, i) => i);
    const data = table(
      numbers(
        'x',
        rows.map((i) => (i * 7) % 40),
      ),
      numbers(
        'z',
        rows.map((i) => (i * 11) % 13),
      ),
      numbers(
        'amount',
        rows.map((i) => 0.1 * ((i * 7) % 40) ** 2 - 3 * ((i * 11) % 13) + ((i * 17) % 23)),
      ),
    );
    const exact = { minSamplesLeaf: 1, featureFraction: 1, rowFraction: 1 };
    const parameters = { trees: 2, learningRate: 0.5, maxDepth: 2, ...exact, l1, l2 };
    const predicted = predictedValues(data, ['x', 'z'], parameters, [0, 1, 2, 3, 10, 17, 33]);
    for (const [i, value] of expected.entries()) expect(predicted[i]).toBeCloseTo(value, 3);
  });
});

describe('random thresholds', () => {
  const data = mixedTable(1000);
  const trained = (parameters: object) =>
    train(request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, { trees: 60, ...parameters }))
      .trained;

  test('give other trees than the best thresholds, and other ones by another seed, that are nearly as good', () => {
    const [best, random, other] = [
      trained({}),
      trained({ randomThresholds: true }),
      trained({ randomThresholds: true, seed: 1 }),
    ];
    expect(random.modelBytes).not.toEqual(best.modelBytes);
    expect(other.modelBytes).not.toEqual(random.modelBytes);
    for (const { metrics } of [random, other]) expect(metrics.task === 'REGRESSION' && metrics.r2).toBeGreaterThan(0.9);
  });

  test('fit the training rows less closely than the best thresholds', () => {
    const lossOf = (parameters: object) => trained({ trees: 10, ...parameters }).curve.at(-1)!.trainLoss!;
    expect(lossOf({ randomThresholds: true })).toBeGreaterThan(lossOf({}));
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { findTemperature, mayHaveTemperature } from '../../../src/ml/temperature.ts';
import { type TrainedModel, type TrainingRequest, trainModel } from '../../../src/ml/train-model.ts';
import { EarlyStopping } from '../../../src/ml/tree/boosting/early-stopping.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { TreesModel } from '../../../src/runtime/model.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts } from '../made-tables.ts';

/** Rows whose labels are drawn by what their margins say, divided by a temperature. */
function drawn(count: number, labels: number, temperature: number, seed: number) {
  const random = createRandom(seed);
  const width = labels === 2 ? 1 : labels;
  const margins = Float64Array.from({ length: count * width }, () => 6 * random.uniform() - 3);
  const codes = Int32Array.from({ length: count }, (_, row) => {
    const own = width === 1 ? [0, margins[row]!] : [...margins.subarray(row * width, (row + 1) * width)];
    const weights = own.map((margin) => Math.exp(margin / temperature));
    const at = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    const sums = weights.map((_, k) => weights.slice(0, k + 1).reduce((sum, weight) => sum + weight, 0));
    return sums.filter((sum) => sum < at).length;
  });
  return { margins, codes, weights: null };
}

/** The penalized loss, written out. */
function lossAt({ margins, codes }: ReturnType<typeof drawn>, temperature: number): number {
  const width = margins.length / codes.length;
  let loss = Math.log(temperature) ** 2 / 2;
  for (const [row, code] of codes.entries()) {
    const own = width === 1 ? [0, margins[row]!] : [...margins.subarray(row * width, (row + 1) * width)];
    const weights = own.map((margin) => Math.exp(margin / temperature));
    loss -= Math.log(weights[code]! / weights.reduce((sum, weight) => sum + weight, 0));
  }
  return loss;
}

test.each([
  [2, 0.5],
  [2, 2],
  [5, 0.6],
  [5, 1.8],
])('of %i labels that were drawn at a temperature, it is that one: %f', (labels, temperature) => {
  const found = findTemperature(drawn(20_000, labels, temperature, 3));
  expect(Math.abs(Math.log(found / temperature))).toBeLessThan(0.06);
});

test('no temperature nearby has less loss', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2, 3, 7),
      fc.double({ min: 0.3, max: 0.6, noNaN: true }),
      fc.nat(1_000),
      (labels, at, seed) => {
        const rows = drawn(2_000, labels, at, seed);
        const found = findTemperature(rows);
        for (const other of [0.98, 0.998, 1.002, 1.02]) {
          expect(lossAt(rows, found)).toBeLessThanOrEqual(lossAt(rows, found * other) + 1e-6);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a row that counts twice is as two rows', () => {
  const { margins, codes } = drawn(600, 3, 0.5, 7);
  const weights = Float64Array.from(codes, (_, row) => 1 + (row % 2));
  const twice = Array.from(codes, (_, row) => (row % 2 === 0 ? [row] : [row, row])).flat();
  const repeated = {
    margins: Float64Array.from(twice.flatMap((row) => [...margins.subarray(3 * row, 3 * row + 3)])),
    codes: Int32Array.from(twice, (row) => codes[row]!),
    weights: null,
  };
  const [weighted, asTwo] = [findTemperature({ margins, codes, weights }), findTemperature(repeated)];
  // But for the prior, which weighs as much beside 600 rows as beside 900.
  expect(weighted).toBeLessThan(0.8);
  expect(Math.abs(Math.log(weighted / asTwo))).toBeLessThan(0.01);
});

test('rows that do not show that another temperature is better leave it at 1', () => {
  const found = Array.from({ length: 200 }, (_, seed) => findTemperature(drawn(200, 3, 1, seed)));
  // By chance about one in fifty is beyond two errors on the better side.
  expect(found.filter((temperature) => temperature !== 1).length).toBeLessThan(16);
});

test('rows that are all right give a temperature above 0', () => {
  const margins = Float64Array.from({ length: 500 }, (_, row) => (row % 2 === 0 ? 5 : -5));
  const found = findTemperature({
    margins,
    codes: Int32Array.from(margins, (margin) => (margin > 0 ? 1 : 0)),
    weights: null,
  });
  expect(found).toBeGreaterThan(0.1);
  expect(found).toBeLessThan(1);
});

test('it is looked for from 3,000 rows of two labels and from 500 of more', () => {
  expect([2_999, 3_000].map((rows) => mayHaveTemperature(2, rows))).toEqual([false, true]);
  expect([499, 500].map((rows) => mayHaveTemperature(3, rows))).toEqual([false, true]);
});

function trainOn(wanted: TrainingRequest): TrainedModel {
  return runToEnd(trainModel(wanted));
}

describe('boosting that is ended before it is sure enough', () => {
  const parameters = { trees: 30, earlyStoppingRounds: 30, learningRate: 0.05, maxDepth: 4 };
  const wanted = request(mixedTable(1_500), 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  const scaled = trainOn(wanted);
  // The parameter of one that was found before.
  const unscaled = trainOn({ ...wanted, parameters: { ...wanted.parameters, temperature: 1 } });
  const [model, plain] = [scaled, unscaled].map(({ modelBytes }) => parseModel(modelBytes));
  const [trees, plainTrees] = [model!, plain!].map(({ estimator }) => estimator as TreesModel);

  test('all margins are divided by one number, and the log-loss of the test rows falls', () => {
    const temperature = plainTrees!.startMargins[0]! / trees!.startMargins[0]!;
    expect(temperature).toBeLessThan(0.9);
    expect(trees).toEqual({
      ...plainTrees!,
      startMargins: plainTrees!.startMargins.map((margin) => margin / Number(temperature.toPrecision(4))),
      leafValues: plainTrees!.leafValues.map((value) => value / Number(temperature.toPrecision(4))),
    });
    expect(scaled.metrics).toMatchObject({ accuracy: (unscaled.metrics as { accuracy: number }).accuracy });
    const losses = [scaled, unscaled].map(({ metrics }) => (metrics as { logLoss: number }).logLoss);
    expect(losses[0]).toBeLessThan(losses[1]!);
  });

  test('fitted again to all rows, the model has the same temperature', () => {
    const found = Number((plainTrees!.startMargins[0]! / trees!.startMargins[0]!).toPrecision(4));
    const given = { ...wanted.parameters, temperature: found, trees: 30, earlyStoppingRounds: 0 };
    const again = trainOn({ ...wanted, refit: true });
    const ofGiven = trainOn({ ...wanted, parameters: given, refit: true });
    expect(again.modelBytes).toEqual(ofGiven.modelBytes);
  });
});

test('boosting of labels that are told apart without doubt ends when hardly any loss is left', () => {
  const rows = Array.from({ length: 4_000 }, (_, row) => row);
  const data = table(
    numbers(
      'x',
      rows.map((row) => (row * 7) % 100),
    ),
    texts(
      'kind',
      rows.map((row) => ((row * 7) % 100 > 49 ? 'yes' : 'no')),
    ),
  );
  const parameters = { earlyStoppingRounds: 150, learningRate: 0.05, trees: 2_000 };
  const { curve, endReason, metrics } = trainOn(
    request(data, 'kind', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['x'], parameters),
  );
  expect(endReason).toBe('EARLY_STOPPING');
  expect(curve.length).toBeLessThan(700);
  expect(curve.at(-1)!.validationLoss).toBeLessThan(Math.log(2) / 100);
  expect(metrics).toMatchObject({ accuracy: 1 });
});

test('early stopping waits for a notable fall where hardly any loss is left, and for any fall elsewhere', () => {
  const entropy = 1;
  const roundsOf = (lossAt: (round: number) => number): number => {
    const stopping = new EarlyStopping(10, entropy);
    for (let round = 1; round < 1_000; round++) {
      stopping.record(round, lossAt(round));
      if (stopping.isOver) return round;
    }
    return 1_000;
  };
  // A fall of a millionth in each round: nothing at 0.005, enough to go on at 0.5.
  expect(roundsOf((round) => 0.005 - round * 1e-6)).toBe(11);
  expect(roundsOf((round) => 0.5 - round * 1e-6)).toBe(1_000);
  // A fall that is notable in ten rounds is enough everywhere.
  expect(roundsOf((round) => 0.009 - round * 3e-5)).toBe(1_000);
  expect(roundsOf(() => 0.5)).toBe(11);
});

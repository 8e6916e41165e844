import { expect, test } from 'vitest';
import { blendTemperature, temperedPredictions } from '../../../src/ml/auto/blend/blend-temperature.ts';
import { SearchRows } from '../../../src/ml/auto/search-rows.ts';
import { createRandom } from '../../../src/ml/random.ts';

const ROWS = 6_000;

/** Labels drawn by probabilities, and these moved towards the middle. */
function timidFold(labels: number) {
  const random = createRandom(3);
  const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
  const outputs = new Float64Array(ROWS * labels);
  const codes = rows.map((row) => {
    const raw = Array.from({ length: labels }, () => random.uniform() ** 3 + 0.001);
    const total = raw.reduce((sum, each) => sum + each, 0);
    let left = random.uniform() * total;
    const code = raw.findIndex((each) => {
      left -= each;
      return left <= 0;
    });
    const roots = raw.map((each) => Math.sqrt(each));
    const sum = roots.reduce((all, each) => all + each, 0);
    for (const [k, root] of roots.entries()) outputs[row * labels + k] = root / sum;
    return Math.max(0, code);
  });
  const names = Array.from({ length: labels }, (_, k) => `label ${k}`);
  const search = new SearchRows([{ train: rows, held: rows }], {
    rows,
    target: { task: 'CLASSIFICATION', labels: names, codes },
  });
  return { search, codes, fold: { outputs, predicted: codes } };
}

function logLoss(outputs: Float64Array, codes: Int32Array, labels: number): number {
  return codes.reduce((sum, code, row) => sum - Math.log(outputs[row * labels + code]!), 0) / codes.length;
}

test.each([2, 4])(
  'square roots of the probabilities of %i labels are found to need a temperature of a half',
  (labels) => {
    const { search, codes, fold } = timidFold(labels);
    const temperature = blendTemperature(search, [fold]);
    expect(temperature).toBeGreaterThan(0.45);
    expect(temperature).toBeLessThan(0.55);
    const tempered = temperedPredictions(fold, labels, temperature).outputs;
    expect(logLoss(tempered, codes, labels)).toBeLessThan(logLoss(fold.outputs, codes, labels));
    expect(tempered.subarray(0, labels).reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
    // What fits already is left as it is.
    const fitting = temperedPredictions(fold, labels, 0.5);
    expect(blendTemperature(search, [fitting])).toBe(1);
  },
);

test('few rows tell no temperature', () => {
  const rows = Int32Array.from({ length: 100 }, (_, row) => row);
  const codes = rows.map((row) => row % 2);
  const search = new SearchRows([{ train: rows, held: rows }], {
    rows,
    target: { task: 'CLASSIFICATION', labels: ['a', 'b'], codes },
  });
  const outputs = Float64Array.from({ length: 200 }, (_, i) => (i % 2 === codes[i >> 1] ? 0.6 : 0.4));
  expect(blendTemperature(search, [{ outputs, predicted: codes }])).toBe(1);
});

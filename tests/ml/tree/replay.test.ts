import { expect, test } from 'vitest';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { MIXED_FEATURES, mixedTable, request, train } from '../made-tables.ts';

const ROWS = 400;

test('with early stopping the leaves of a tree hold the mean of all training rows, those set aside included', () => {
  const data = mixedTable(ROWS);
  const one = { trees: 1, learningRate: 1, l2: 0, rowFraction: 1, featureFraction: 1, earlyStoppingRounds: 1 };
  const { trained } = train(request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, one));
  const predictions = predictTable(parseModel(trained.modelBytes), data);
  if (predictions.task !== 'REGRESSION') throw new Error('amounts are predicted');
  const amounts = data.columns.find(({ name }) => name === 'amount');
  if (amounts?.storage !== 'number') throw new Error('amounts are numbers');
  const leaves = new Map<number, number[]>();
  // Every fifth row is a test row.
  for (let row = 0; row < ROWS; row++) {
    if (row % 5 === 4) continue;
    const leaf = predictions.values[row]!;
    leaves.set(leaf, [...(leaves.get(leaf) ?? []), amounts.values[row]!]);
  }
  expect(leaves.size).toBeGreaterThan(10);
  for (const [value, of] of leaves) {
    expect(value).toBeCloseTo(of.reduce((sum, amount) => sum + amount, 0) / of.length, 9);
  }
});

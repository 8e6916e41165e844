import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Model } from '../../../src/runtime/model.ts';
import type { InputColumn } from '../../../src/runtime/predict/input-column.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Predictions } from '../../../src/runtime/predict/predictions.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import { inspect } from '../../tabular/temporary-file.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

const random = createRandom(7);
const pad = (number: number): string => String(number).padStart(2, '0');

/** A cell of each column as the file has it: decimal commas, grouped thousands, days first, an own word for "missing". */
const ROWS = Array.from({ length: 200 }, (_, row) => {
  const price = 900 + random.below(100_000) / 10;
  const [whole, fraction] = price.toFixed(1).split('.');
  return {
    price: row % 19 === 3 ? '-9,5' : row % 23 === 4 ? 'fehlt' : `${whole!.replace(/\B(?=\d{3}$)/, '.')},${fraction}`,
    sold: row % 17 === 2 ? 'fehlt' : `${pad(1 + random.below(28))}/${pad(1 + random.below(12))}/2024`,
    place: row % 13 === 1 ? 'fehlt' : ['Ulm', 'Bonn', '-'][random.below(3)]!,
    lift: row % 11 === 1 ? 'fehlt' : ['Yes', 'no', 'YES'][row % 3]!,
    size: `${random.below(50)},5`,
  };
});

const NAMES = ['price', 'sold', 'place', 'lift'] as const;

function outputs(predictions: Predictions): number[] {
  return [...(predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values)];
}

/** A model of the file's rows, and the table that it was trained on. */
function trainOnFile(algorithm: 'LINEAR' | 'GRADIENT_BOOSTING') {
  const content = [
    [...NAMES, 'size'].join(';'),
    ...ROWS.map((row) => [...NAMES, 'size' as const].map((name) => row[name]).join(';')),
  ].join('\n');
  const missingTokens = ['fehlt', '-9,5'];
  const inspection = inspect(content, { missingTokens });
  if (inspection.table === null) throw new Error('the file was refused');
  const wanted = request(inspection.table, 'size', 'REGRESSION', algorithm, NAMES);
  const { trained } = train({
    ...wanted,
    formats: { columns: inspection.columns, reading: currentReading(missingTokens) },
  });
  return { model: parseModel(trained.modelBytes), data: inspection.table };
}

describe.each(['LINEAR', 'GRADIENT_BOOSTING'] as const)('a model of %s', (algorithm) => {
  const { model, data } = trainOnFile(algorithm);

  test('a model contains the formats of its file', () => {
    expect(model.reading).toEqual(currentReading(['fehlt', '-9,5']));
    expect(model.features.map(({ name }) => name)).toEqual(['price', 'sold', 'sold', 'sold', 'sold', 'place', 'lift']);
    expect(model.features[0]).toMatchObject({ numberFormat: { decimal: ',', thousands: '.' } });
    expect(model.features[1]).toMatchObject({ dateOrder: 'DMY' });
  });

  test('a model reads texts as its file was read', () => {
    const expected = outputs(predictTable(model, data));
    expect(new Set(expected).size).toBeGreaterThan(50);
    expect(outputs(predictTable(model, tableFromRows(model, ROWS)))).toEqual(expected);
    const columns = NAMES.map(
      (name): InputColumn =>
        texts(
          name,
          ROWS.map((row) => row[name]),
        ),
    );
    expect(outputs(predictTable(model, { rowCount: ROWS.length, columns }))).toEqual(expected);
  });

  test('a model treats its tokens as missing where others read them as values', () => {
    const told = table(numbers('price', [-9.5, null, 70]), texts('place', ['fehlt', null, 'none']));
    const [token, missing, value] = outputs(predictTable(model, told));
    expect(token).toBe(missing);
    expect(value).not.toBe(missing);
  });
});

test('texts that spell true and false match without case, as in a file, but for categories that are more', () => {
  const base: Model = { ...trainOnFile('LINEAR').model, features: [] };
  const weights = (feature: readonly string[]): Model => ({
    ...base,
    features: [{ name: 'lift', kind: 'CATEGORY', categories: feature }],
    estimator: {
      kind: 'LINEAR',
      marginCount: 1,
      intercepts: Float64Array.of(0),
      terms: [{ mean: 0, scale: 1, weights: Float64Array.of(1, 2, 3, 4, 5).slice(0, feature.length + 2) }],
    },
  });
  const answers = (model: Model, values: readonly unknown[]): number[] =>
    outputs(
      predictTable(
        model,
        tableFromRows(
          model,
          values.map((lift) => ({ lift })),
        ),
      ),
    );
  expect(answers(weights(['True', 'false']), ['TRUE', 'False', true, 'yes', 'fehlt'])).toEqual([1, 2, 1, 3, 4]);
  expect(answers(weights(['True', 'false', 'maybe']), ['TRUE', 'True', true, 'Maybe', ''])).toEqual([4, 1, 1, 4, 5]);
});

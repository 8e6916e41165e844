import { describe, expect, test } from 'vitest';
import { fitMeans } from '../../../src/ml/preprocessing/category-means.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import type { LabelColumn } from '../../../src/tabular/types/column.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

const STORES = 600;
const ROWS_OF_STORE = 50;

/** What a store sells depends on the store above all: its own level, a tenth of it by the day, and chance. */
function stores() {
  const random = createRandom(3);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const levels = Array.from({ length: STORES }, () => 2 * normal());
  const drawn = Array.from({ length: STORES * ROWS_OF_STORE }, () => random.below(STORES));
  const days = drawn.map(() => random.uniform());
  const sales = drawn.map((store, row) => levels[store]! + days[row]! / 5 + normal());
  return table(
    texts(
      'store',
      drawn.map((store) => `store ${store}`),
    ),
    numbers('day', days),
    numbers('sales', sales),
    texts(
      'good',
      sales.map((value) => (value > 0 ? 'yes' : 'no')),
    ),
    texts(
      'size',
      sales.map((value) => (value > 2 ? 'large' : value > -1 ? 'middle' : 'small')),
    ),
  );
}

const data = stores();
const ALGORITHMS = [
  ['LINEAR', {}],
  ['DECISION_TREE', {}],
  ['RANDOM_FOREST', { trees: 20 }],
  ['EXTRA_TREES', { trees: 20 }],
  ['GRADIENT_BOOSTING', {}],
] as const;

describe.each(ALGORITHMS)('%s on 600 stores of about 50 rows', (algorithm, parameters) => {
  test('hundreds of texts are worth what they tell: R2 is that of their true levels but for a few hundredths', () => {
    const { metrics } = train(request(data, 'sales', 'REGRESSION', algorithm, ['store', 'day'], parameters)).trained;
    if (metrics.task !== 'REGRESSION') throw new Error('sales are numbers');
    // Of a variance of 5 chance has 1. With 254 codes and one for all others it was between 0.22 and 0.24.
    expect(metrics.r2).toBeGreaterThan(0.72);
  });

  test('contributions of a column of hundreds of texts sum to the output', () => {
    const { trained } = train(request(data, 'good', 'CLASSIFICATION', algorithm, ['store', 'day'], parameters));
    const model = parseModel(trained.modelBytes);
    for (const row of [{ store: 'store 5', day: 0.5 }, { store: 'store 1000' }, { day: 0.1 }]) {
      const { base, contributions } = createRowExplainer(model)!.explain(row, 1);
      expect(contributions.map(({ column }) => column).toSorted()).toEqual(['day', 'store']);
      const sum = contributions.reduce((before, { contribution }) => before + contribution, base);
      const predictions = createRowPredictor(model)(row);
      if (predictions.task !== 'CLASSIFICATION') throw new Error('labels are predicted');
      const [no, yes] = predictions.probabilities;
      const hasMargin = algorithm === 'LINEAR' || algorithm === 'GRADIENT_BOOSTING';
      expect(sum).toBeCloseTo(hasMargin ? Math.log(yes! / no!) : yes!, 8);
    }
  });
});

describe('means of texts', () => {
  const column: LabelColumn = {
    storage: 'label',
    name: 'city',
    kind: 'CATEGORICAL',
    codes: Int32Array.from({ length: 400 }, (_, row) => (row === 399 ? -1 : row % 40)),
    labels: Array.from({ length: 40 }, (_, city) => `city ${city}`),
  };
  const rows = Int32Array.from({ length: 400 }, (_, row) => row);
  const known = column.labels.slice(0, 30);

  test('no row sees its own target: changing it changes no number that its row is fitted to', () => {
    const values = Float64Array.from(rows, (row) => (row % 40) + ((row * 7) % 5));
    const [before] = fitMeans(column, known, { rows, target: { task: 'REGRESSION', values } });
    for (const row of [0, 17, 250]) {
      const changed = values.slice();
      changed[row] = 10;
      const [after] = fitMeans(column, known, { rows, target: { task: 'REGRESSION', values: changed } });
      const seen = after!.outOfFold.values[row]!;
      // Only how much all texts are shrunk, one number of the whole column, may differ by a little.
      expect(Math.abs(seen - before!.outOfFold.values[row]!)).toBeLessThan(0.5);
    }
  });

  test('a mean lies between that of its text and that of all; other texts share one, a missing one has none', () => {
    const values = Float64Array.from(rows, (row) => (row % 40) + ((row * 7) % 5));
    const [{ feature, outOfFold }] = fitMeans(column, known, { rows, target: { task: 'REGRESSION', values } }) as [
      ReturnType<typeof fitMeans>[number],
    ];
    const all = values.subarray(0, 399).reduce((sum, value) => sum + value, 0) / 399;
    expect(feature.means).toHaveLength(31);
    for (const [city, mean] of feature.means.slice(0, 30).entries()) {
      const own = values.filter((_, row) => row % 40 === city).reduce((sum, value) => sum + value, 0) / 10;
      expect(mean).toBeGreaterThanOrEqual(Math.min(own, all) - 1e-12);
      expect(mean).toBeLessThanOrEqual(Math.max(own, all) + 1e-12);
      expect(Math.abs(mean - own)).toBeLessThan(0.5);
    }
    expect(outOfFold.values[399]).toBeNaN();
  });

  test('texts that say nothing are all given about the mean of all', () => {
    const values = Float64Array.from(rows, (row) => (Math.floor(row / 40) % 2 === 0 ? 1 : -1));
    const [fitted] = fitMeans(column, known, { rows, target: { task: 'REGRESSION', values } });
    for (const mean of fitted!.feature.means) expect(Math.abs(mean)).toBeLessThan(0.01);
  });

  test('of many labels the shares of the ten most frequent are fitted, of two that of the second', () => {
    const labels = Array.from({ length: 20 }, (_, label) => `label ${label}`);
    const codes = Int32Array.from(rows, (row) => Math.min(19, Math.floor(row ** 1.2 / 60)));
    expect(fitMeans(column, known, { rows, target: { task: 'CLASSIFICATION', labels, codes } })).toHaveLength(10);
    const two = { labels: ['no', 'yes'], codes: rows.map((row) => row % 2) };
    expect(fitMeans(column, known, { rows, target: { task: 'CLASSIFICATION', ...two } })).toHaveLength(1);
  });

  test('whole weights are as rows that are repeated', () => {
    const values = Float64Array.from(rows, (row) => (row % 40) + ((row * 7) % 5));
    const weights = Float64Array.from(rows, (row) => 1 + (row % 3));
    const repeated = [...rows].flatMap((row) => Array.from({ length: weights[row]! }, () => row));
    const target = { task: 'REGRESSION', values } as const;
    const [weighted] = fitMeans(column, known, { rows, target, weights });
    const ofRepeated = { task: 'REGRESSION', values: Float64Array.from(repeated, (row) => values[row]!) } as const;
    const [asRows] = fitMeans(column, known, { rows: Int32Array.from(repeated), target: ofRepeated });
    for (const [city, mean] of asRows!.feature.means.entries()) {
      expect(weighted!.feature.means[city]).toBeCloseTo(mean, 9);
    }
  });
});

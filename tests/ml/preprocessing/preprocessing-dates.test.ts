import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { ModelFeature } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import type { Column } from '../../../src/tabular/types/column.ts';
import { numbers, request, table, train } from '../made-tables.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

function dates(name: string, timestampColumns: readonly number[]): Column {
  return { storage: 'number', name, kind: 'DATETIME', values: Float64Array.from(timestampColumns) };
}

/** So many days from a date on, each at a chance hour. */
function days(from: number, count: number, hours: (i: number) => number = () => 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i * DAY + hours(i) * HOUR);
}

const noise = createRandom(5);

/** High on Saturdays, low in July and August, none of which is a straight line or the end of a scale. */
function demand(timestamp: number): number {
  const date = new Date(timestamp);
  return (date.getUTCDay() === 6 ? 8 : 0) - ([6, 7].includes(date.getUTCMonth()) ? 5 : 0);
}

const YEARS = days(Date.UTC(2021, 0, 1), 3 * 365);
const NEXT_YEAR = days(Date.UTC(2024, 0, 1), 366);

function partsOf(timestampColumns: readonly number[]): string[] {
  const data = table(
    dates('day', timestampColumns),
    numbers(
      'y',
      timestampColumns.map((_, i) => i % 3),
    ),
  );
  const { features } = parseModel(train(request(data, 'y', 'REGRESSION', 'LINEAR', ['day'])).trained.modelBytes);
  return features.map((feature: ModelFeature) => (feature.kind === 'DATETIME' ? feature.part : feature.kind));
}

describe('of a date a model reads', () => {
  test.each([
    ['the hour where times differ', days(0, 60, (i) => i % 7), ['ORDINAL', 'MONTH', 'WEEKDAY', 'HOUR', 'DAY_OF_MONTH']],
    [
      'no hour where all times are midnight',
      days(0, 800),
      ['ORDINAL', 'YEAR', 'MONTH', 'WEEKDAY', 'DAY_OF_YEAR', 'DAY_OF_MONTH'],
    ],
    ['no hour where all times are noon', days(0, 60, () => 12), ['ORDINAL', 'MONTH', 'WEEKDAY', 'DAY_OF_MONTH']],
    ['no month within one', days(Date.UTC(2024, 4, 1), 30), ['ORDINAL', 'WEEKDAY']],
    [
      'no weekday of weekly dates',
      Array.from({ length: 60 }, (_, i) => i * 7 * DAY),
      ['ORDINAL', 'YEAR', 'MONTH', 'DAY_OF_YEAR', 'DAY_OF_MONTH'],
    ],
    ['that it is missing', Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? Number.NaN : 5 * DAY)), ['ORDINAL']],
  ])('the parts of a date that a model reads depend on its values: %s', (_, timestampColumns, parts) => {
    expect(partsOf(timestampColumns)).toEqual(parts);
  });
});

/** Trees that choose among few features, or random thresholds, find the hour less surely. */
const FLOORS: Partial<Record<AlgorithmName, number>> = { RANDOM_FOREST: 0.93, EXTRA_TREES: 0.85 };

const LEARNERS: readonly AlgorithmName[] = [
  'LINEAR',
  'DECISION_TREE',
  'RANDOM_FOREST',
  'EXTRA_TREES',
  'GRADIENT_BOOSTING',
];

describe('a weekday and a season', () => {
  const data = table(
    dates('day', YEARS),
    numbers(
      'noise',
      YEARS.map(() => noise.uniform()),
    ),
    numbers(
      'demand',
      YEARS.map((timestamp) => 20 + demand(timestamp) + noise.uniform()),
    ),
  );

  test.each(LEARNERS)('a weekday and a season are learned by %s, and hold in a new year', (algorithm) => {
    const { trained } = train(request(data, 'demand', 'REGRESSION', algorithm, ['day', 'noise']));
    const model = parseModel(trained.modelBytes);
    const predictions = predictTable(model, table(dates('day', NEXT_YEAR)));
    if (predictions.task !== 'REGRESSION') throw new Error('numbers were asked');
    let squares = 0;
    for (const [i, timestamp] of NEXT_YEAR.entries()) {
      squares += (predictions.values[i]! - (20.5 + demand(timestamp))) ** 2;
    }
    // The deviation of demand itself is 3.4.
    expect(Math.sqrt(squares / NEXT_YEAR.length)).toBeLessThan(0.8);
    expect(trained.featureImportances.map(({ feature }) => feature)).toEqual(['day', 'noise']);
    expect(trained.featureImportances[0]!.gain).toBeGreaterThan(0.85);
    expect(trained.metrics).toMatchObject({ nFeatures: 2 });
  });
});

test.each(LEARNERS)('an hour of the day is learned by %s, before 1970 too', (algorithm) => {
  const timestampColumns = days(-500 * DAY, 1000, (i) => (i * 7) % 24);
  const isOpen = (timestamp: number): boolean => [9, 10, 11, 15].includes(new Date(timestamp).getUTCHours());
  const data = table(
    dates('at', timestampColumns),
    numbers(
      'open',
      timestampColumns.map((timestamp) => (isOpen(timestamp) ? 1 : 0)),
    ),
  );
  const { trained } = train(request(data, 'open', 'CLASSIFICATION', algorithm, ['at']));
  if (trained.metrics.task !== 'CLASSIFICATION') throw new Error('labels were asked');
  // The hours that are not open are 5 of 6; a forest's trees choose from two of five parts at each question.
  expect(trained.metrics.accuracy).toBeGreaterThan(FLOORS[algorithm] ?? 0.99);
});

/** Two columns of dates, of which the second is 0 to 39 days after the first. */
const ORDERS = YEARS.map((timestamp, i) => ({ ordered: timestamp, delivered: timestamp + ((i * 7) % 40) * DAY }));

test.each(LEARNERS)('the days between two dates are learned by %s, and belong to the later column', (algorithm) => {
  const data = table(
    dates(
      'ordered',
      ORDERS.map(({ ordered }) => ordered),
    ),
    dates(
      'delivered',
      ORDERS.map(({ delivered }, i) => (i % 50 === 0 ? Number.NaN : delivered)),
    ),
    numbers(
      'rating',
      ORDERS.map(({ ordered, delivered }) => 50 - (delivered - ordered) / DAY),
    ),
  );
  const { trained } = train(request(data, 'rating', 'REGRESSION', algorithm, ['ordered', 'delivered']));
  if (trained.metrics.task !== 'REGRESSION') throw new Error('numbers were asked');
  // Without the days a forest comes to 0.4, and LINEAR, which subtracts by itself, to all but the missing dates.
  expect(trained.metrics.r2).toBeGreaterThan(0.85);
  expect(trained.featureImportances[0]).toMatchObject({ feature: 'delivered' });
  const model = parseModel(trained.modelBytes);
  expect(model.features.at(-1)).toEqual({
    ...{ name: 'delivered', kind: 'DATETIME', part: 'DAYS_SINCE' },
    since: { name: 'ordered' },
  });
  const rows = [
    { ordered: '2024-02-01', delivered: '2024-02-03' },
    { ordered: '2024-02-01', delivered: '2024-03-08' },
  ];
  const predictions = predictTable(model, tableFromRows(model, rows));
  if (predictions.task !== 'REGRESSION') throw new Error('numbers were asked');
  expect(predictions.values[0]! - predictions.values[1]!).toBeGreaterThan(20);
  // Of one row at a time, and explained.
  const predictRow = createRowPredictor(model);
  const { explain } = createRowExplainer(model)!;
  for (const [i, row] of rows.entries()) {
    expect(predictRow(row)).toMatchObject({ values: predictions.values.slice(i, i + 1) });
    const { base, contributions } = explain(row, 0);
    const sum = contributions.reduce((total, { contribution }) => total + contribution, base);
    expect(sum).toBeCloseTo(predictions.values[i]!, 6);
    expect(contributions.map(({ column }) => column)).toEqual(expect.arrayContaining(['ordered', 'delivered']));
    expect(contributions).toHaveLength(2);
  }
});

test('of many columns of dates the days between the first four are read, where they differ', () => {
  const shifted = (name: string, by: (i: number) => number) =>
    dates(
      name,
      ORDERS.map(({ ordered }, i) => ordered + by(i) * DAY),
    );
  const names = ['a', 'b', 'c', 'd', 'e'];
  const data = table(
    ...names.map((name, k) => shifted(name, (i) => (name === 'b' ? 3 : (i * (k + 3)) % 17))),
    shifted('a2', (i) => ((i * 3) % 17) + 1),
    numbers(
      'y',
      ORDERS.map((_, i) => i % 5),
    ),
  );
  const pairsOf = (...features: string[]) => {
    const model = parseModel(train(request(data, 'y', 'REGRESSION', 'LINEAR', features)).trained.modelBytes);
    return model.features.flatMap((feature) =>
      feature.kind === 'DATETIME' && feature.since ? [`${feature.name}-${feature.since.name}`] : [],
    );
  };
  expect(pairsOf(...names)).toEqual(['b-a', 'c-a', 'c-b', 'd-a', 'd-b', 'd-c']);
  // One day after a in every row.
  expect(pairsOf('a', 'a2')).toEqual([]);
  expect(pairsOf('a')).toEqual([]);
});

test('LINEAR goes on with a trend in years to come', () => {
  const data = table(
    dates('day', YEARS),
    numbers(
      'level',
      YEARS.map((timestamp) => timestamp / (365.25 * DAY)),
    ),
  );
  const model = parseModel(train(request(data, 'level', 'REGRESSION', 'LINEAR', ['day'])).trained.modelBytes);
  const predictions = predictTable(model, tableFromRows(model, [{ day: '2025-07-01' }, { day: 'soon' }]));
  if (predictions.task !== 'REGRESSION') throw new Error('numbers were asked');
  expect(predictions.values[0]).toBeCloseTo(55.5, 0);
  expect(predictions.values[1]).toBeGreaterThan(51);
  expect(predictions.values[1]).toBeLessThan(54);
});

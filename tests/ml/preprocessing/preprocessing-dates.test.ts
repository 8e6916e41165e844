import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { ModelFeature } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
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
    ['the hour where times differ', days(0, 60, (i) => i % 7), ['ORDINAL', 'MONTH', 'WEEKDAY', 'HOUR']],
    ['no hour where all times are midnight', days(0, 800), ['ORDINAL', 'YEAR', 'MONTH', 'WEEKDAY']],
    ['no hour where all times are noon', days(0, 60, () => 12), ['ORDINAL', 'MONTH', 'WEEKDAY']],
    ['no month within one', days(Date.UTC(2024, 4, 1), 30), ['ORDINAL', 'WEEKDAY']],
    ['no weekday of weekly dates', Array.from({ length: 60 }, (_, i) => i * 7 * DAY), ['ORDINAL', 'YEAR', 'MONTH']],
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

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import type { ColumnProfile } from '../../src/runtime/training-profile.ts';
import { mixedTable, numbers, request, table, texts, train } from './made-tables.ts';

function profileOf(...args: Parameters<typeof request>): readonly ColumnProfile[] {
  return parseModel(train(request(...args)).trained.modelBytes).profile ?? [];
}

test('the profile has every column that the model reads, with its rows and missing values', () => {
  const data = mixedTable(500);
  const profile = profileOf(data, 'amount', 'REGRESSION', 'LINEAR', ['x', 'y', 'place']);
  expect(profile.map(({ name, kind, rows }) => [name, kind, rows])).toEqual([
    ['x', 'NUMERIC', 400],
    ['y', 'NUMERIC', 400],
    ['place', 'CATEGORICAL', 400],
  ]);
  for (const column of profile) {
    const counted = column.counts.reduce((sum, count) => sum + count, 0);
    expect(counted + column.missing, column.name).toBe(400);
  }
  expect(profile[1]?.missing).toBeGreaterThan(0);
});

test('numbers have their range, their median and ten groups of about the same size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000 }), (shift) => {
      const values = Array.from({ length: 1_000 }, (_, row) => ((row * 7919) % 1_000) + shift);
      const data = table(
        numbers('x', values),
        numbers(
          'y',
          values.map((value) => value * 2),
        ),
      );
      const [column] = profileOf(data, 'y', 'REGRESSION', 'LINEAR', ['x']);
      if (column?.kind !== 'NUMERIC') throw new Error('not a number');
      const trained = values.filter((_, row) => row % 5 !== 4).toSorted((one, other) => one - other);
      expect(column.range?.min).toBe(trained[0]);
      expect(column.range?.max).toBe(trained.at(-1));
      expect(column.range?.median).toBe(trained[400]);
      expect(column.bounds).toHaveLength(9);
      for (const count of column.counts) expect(Math.abs(count - 80)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 20 },
  );
});

test('equal deciles are one bound, and a column without a value has none', () => {
  const data = table(
    numbers(
      'flag',
      Array.from({ length: 100 }, (_, row) => row % 2),
    ),
    numbers(
      'empty',
      Array.from({ length: 100 }, () => null),
    ),
    numbers(
      'y',
      Array.from({ length: 100 }, (_, row) => row % 2),
    ),
  );
  const profile = profileOf(data, 'y', 'REGRESSION', 'DECISION_TREE', ['flag', 'empty']);
  const flag = profile.find(({ name }) => name === 'flag');
  expect(flag?.kind === 'NUMERIC' && flag.bounds).toEqual([0, 1]);
  // A column of nothing may be left out of a model; if it is read, it says that all is missing.
  for (const empty of profile.filter(({ name }) => name === 'empty')) {
    expect(empty).toMatchObject({ range: null, bounds: [], counts: [0], missing: 80, hasMissing: true });
  }
});

test('true and false are BOOLEAN, other texts CATEGORICAL, with the count of each category and of all others', () => {
  const labels = Array.from({ length: 100 }, (_, row) => ['red', 'green', 'blue', 'red'][row % 4] ?? null);
  const data = table(
    texts('color', labels),
    texts(
      'on',
      Array.from({ length: 100 }, (_, row) => (row % 3 === 0 ? 'true' : 'false')),
    ),
    numbers(
      'y',
      Array.from({ length: 100 }, (_, row) => row),
    ),
  );
  const profile = profileOf(data, 'y', 'REGRESSION', 'LINEAR', ['color', 'on']);
  expect(profile.map(({ kind }) => kind)).toEqual(['CATEGORICAL', 'BOOLEAN']);
  expect(profile[0]?.counts).toEqual([40, 20, 20, 0]);
});

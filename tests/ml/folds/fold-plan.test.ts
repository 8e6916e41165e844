import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fold, planFolds, requireRowsOfLabels } from '../../../src/ml/folds/fold-plan.ts';
import type { Target } from '../../../src/ml/preprocessing/target.ts';
import type { SplitRequest } from '../../../src/ml/split/split.ts';
import { numbers, table, texts } from '../made-tables.ts';

const split = (strategy: SplitRequest['strategy'], column: string | null = null): SplitRequest => {
  return { strategy, column, seed: 3, testFraction: 0.2 };
};

/** A table with a group, a moment and a label for each row; the rows to divide are those whose number is no multiple of 7. */
const anyRows = fc
  .record({
    groups: fc.array(fc.nat({ max: 6 }), { minLength: 30, maxLength: 90 }),
    folds: fc.integer({ min: 2, max: 6 }),
    labelCount: fc.integer({ min: 2, max: 4 }),
  })
  .map(({ groups, folds, labelCount }) => ({
    folds,
    groups,
    data: table(
      texts(
        'group',
        groups.map((group) => `g${group}`),
      ),
      numbers(
        'timestamp',
        groups.map((group, row) => (row % 11 === 0 ? null : group * 10 + (row % 3))),
      ),
    ),
    rows: Int32Array.from(groups.keys()).filter((row) => row % 7 !== 0),
    target: {
      task: 'CLASSIFICATION',
      labels: Array.from({ length: labelCount }, (_, label) => `l${label}`),
      codes: Int32Array.from(groups, (group, row) => (group * 5 + row) % labelCount),
    } satisfies Target,
  }));

const isAscending = (rows: Int32Array): boolean => rows.every((row, i) => i === 0 || row > rows[i - 1]!);

function expectApart(folds: readonly Fold[], rows: Int32Array): void {
  expect(folds.flatMap(({ held }) => [...held]).sort((a, b) => a - b)).toEqual([...rows]);
  for (const { train, held } of folds) {
    expect([...train, ...held].sort((a, b) => a - b)).toEqual([...rows]);
    expect(held.length).toBeGreaterThan(0);
    expect(isAscending(train) && isAscending(held)).toBe(true);
  }
}

test('folds at random hold every row back once, each label in equal parts, and are the same each time', () => {
  fc.assert(
    fc.property(anyRows, ({ folds, data, rows, target }) => {
      const request = { folds, split: split('RANDOM') };
      const plan = planFolds(request, data, target, rows);
      expectApart(plan, rows);
      expect(planFolds(request, data, target, rows)).toEqual(plan);
      for (const label of target.labels.keys()) {
        const counts = plan.map(({ held }) => held.filter((row) => target.codes[row] === label).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('folds by group never divide a group', () => {
  fc.assert(
    fc.property(anyRows, ({ folds, groups, data, rows, target }) => {
      fc.pre(new Set([...rows].map((row) => groups[row])).size >= folds);
      const plan = planFolds({ folds, split: split('GROUP', 'group') }, data, target, rows);
      expectApart(plan, rows);
      for (const { train, held } of plan) {
        const known = new Set([...train].map((row) => groups[row]));
        expect([...held].some((row) => known.has(groups[row]))).toBe(false);
      }
    }),
  );
});

test('folds forward in time are fitted to nothing that is as late as what they predict', () => {
  const data = table(
    numbers(
      'timestamp',
      Array.from({ length: 120 }, (_, row) => (row % 9 === 0 ? null : (row * 37) % 60)),
    ),
  );
  const { values } = data.columns[0] as { readonly values: Float64Array };
  const rows = Int32Array.from({ length: 100 }, (_, i) => i + 10);
  const target: Target = { task: 'REGRESSION', values };
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), (folds) => {
      const plan = planFolds({ folds, split: split('TIME', 'timestamp') }, data, target, rows);
      expect(plan).toHaveLength(folds);
      for (const { train, held } of plan) {
        const timestamps = [...train].map((row) => values[row]!).filter((timestamp) => !Number.isNaN(timestamp));
        expect(Math.max(...timestamps)).toBeLessThan(Math.min(...[...held].map((row) => values[row]!)));
      }
    }),
  );
});

test('folds of a split by the last rows go forward by the number of the row', () => {
  const rows = Int32Array.from({ length: 60 }, (_, i) => i);
  const target: Target = { task: 'REGRESSION', values: new Float64Array(60) };
  const plan = planFolds({ folds: 5, split: split('LAST') }, table(), target, rows);
  expect(plan.map(({ train, held }) => [train.length, held[0], held.length])).toEqual([
    [10, 10, 10],
    [20, 20, 10],
    [30, 30, 10],
    [40, 40, 10],
    [50, 50, 10],
  ]);
});

test('folds that cannot be made are refused with what to do', () => {
  const target: Target = {
    task: 'CLASSIFICATION',
    labels: ['common', 'rare'],
    codes: Int32Array.from({ length: 20 }, (_, row) => (row < 18 ? 0 : 1)),
  };
  const rows = Int32Array.from({ length: 20 }, (_, i) => i);
  const data = table(
    texts(
      'group',
      Array.from({ length: 20 }, (_, row) => `g${row % 3}`),
    ),
    numbers(
      'timestamp',
      Array.from({ length: 20 }, (_, row) => row % 2),
    ),
  );
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: 'FOLDS_IMPOSSIBLE', message: expect.stringMatching(message) });
  const plan =
    (folds: number, ...by: Parameters<typeof split>) =>
    () =>
      planFolds({ folds, split: split(...by) }, data, target, rows);
  expect(plan(21, 'RANDOM')).toThrow(refusal(/21 folds need at least 21 training rows; there are 20/));
  expect(plan(4, 'GROUP', 'group')).toThrow(refusal(/at least 4 groups among the training rows; there are 3/));
  expect(plan(3, 'TIME', 'timestamp')).toThrow(refusal(/too few different moments for 3 folds/));
  expect(() => requireRowsOfLabels({ folds: 3, split: split('RANDOM') }, target, rows)).toThrow(
    refusal(/at least 3 training rows of the label rare; there are 2/),
  );
});

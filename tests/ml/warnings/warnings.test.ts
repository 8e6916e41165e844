import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import type { SplitRequest } from '../../../src/ml/split/split.ts';
import type { Task } from '../../../src/ml/task.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

const RANDOM: SplitRequest = { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 0 };
const LAST: SplitRequest = { ...RANDOM, strategy: 'LAST' };

interface Params {
  readonly target?: string;
  readonly task?: Task;
  readonly algorithm?: AlgorithmName;
  readonly features: readonly string[];
  readonly split?: SplitRequest;
  readonly timestampColumns?: readonly string[];
}

function warningsOf(
  data: Table,
  { target = 'target', features, split = RANDOM, timestampColumns = [], ...params }: Params,
): readonly string[] {
  const { task = 'CLASSIFICATION', algorithm = 'LINEAR' } = params;
  return train({ ...request(data, target, task, algorithm, features), split, timestampColumns }).trained.warnings;
}

const said = (warnings: readonly string[], words: RegExp) => warnings.filter((warning) => words.test(warning));

function draw(count: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.uniform());
}

const yesNo = (isYes: readonly boolean[]) => isYes.map((yes) => (yes ? 'yes' : 'no'));
const timestampColumns = (name: string, values: readonly number[]): Column => ({
  ...{ storage: 'number', name, kind: 'DATETIME' },
  values: Float64Array.from(values),
});

describe('rows that stand in training and test alike', () => {
  const [x, y, z] = [draw(150, 1), draw(150, 2), draw(150, 3)];
  const copies = (times: number) => {
    const rows = Array.from({ length: 150 * times }, (_, i) => (i * 7) % 150);
    return table(
      ...(['x', 'y', 'z'] as const).map((name) =>
        numbers(
          name,
          rows.map((row) => ({ x, y, z })[name][row]!),
        ),
      ),
      texts('target', yesNo(rows.map((row) => z[row]! > 0.5))),
    );
  };
  const features = ['x', 'y', 'z'];

  test('duplicates of test rows among the training rows are reported: 150 random rows four times', () => {
    const found = said(warningsOf(copies(4), { features, algorithm: 'RANDOM_FOREST' }), /stand among/);
    expect(found).toEqual([
      expect.stringMatching(/^\d+(?:\.\d+)? % of the test rows stand among the training rows as well.*GROUP/),
    ]);
    expect(Number.parseFloat(found[0]!)).toBeGreaterThan(95);
  });

  test('duplicates are not reported if each row occurs once, or copies are on one side', () => {
    expect(said(warningsOf(copies(1), { features }), /stand among/)).toEqual([]);
    const data = copies(4);
    const original = texts(
      'original',
      Array.from({ length: 600 }, (_, i) => `${(i * 7) % 150}`),
    );
    const split: SplitRequest = { ...RANDOM, strategy: 'GROUP', column: 'original' };
    const grouped = table(...data.columns, original);
    expect(said(warningsOf(grouped, { features, split }), /stand among/)).toEqual([]);
  });

  test('duplicates are not reported if a few labels make rows equal by chance', () => {
    const pick = (seed: number, labels: string[]) =>
      draw(600, seed).map((share) => labels[Math.floor(share * labels.length)]!);
    const data = table(
      texts('sex', pick(4, ['f', 'm'])),
      texts('class', pick(5, ['1', '2', '3'])),
      texts('port', pick(6, ['a', 'b', 'c'])),
      texts('target', pick(7, ['yes', 'no'])),
    );
    expect(said(warningsOf(data, { features: ['sex', 'class', 'port'] }), /stand among/)).toEqual([]);
  });
});

describe('the order of the file', () => {
  const rows = 400;
  const day = Array.from({ length: rows }, (_, i) => 1_600_000_000_000 + i * 86_400_000);
  const noise = draw(rows, 8);
  const madeOf = (order: (i: number) => number) => {
    const at = Array.from({ length: rows }, (_, i) => order(i));
    return table(
      timestampColumns(
        'day',
        at.map((i) => day[i]!),
      ),
      numbers(
        'year',
        at.map((i) => 1600 + i),
      ),
      numbers(
        'noise',
        at.map((i) => noise[i]!),
      ),
      texts('target', yesNo(at.map((i) => noise[i]! + i / rows > 1))),
    );
  };
  const inOrder = madeOf((i) => i);
  const backwards = madeOf((i) => rows - 1 - i);
  const mixed = madeOf((i) => (i * 171) % rows);

  test('a file in descending order is reported with LAST, by a date or a number', () => {
    const features = ['noise'];
    const words = /run backwards by day: .*TIME/;
    expect(said(warningsOf(backwards, { features, split: LAST, timestampColumns: ['day'] }), words)).toHaveLength(1);
    expect(
      said(warningsOf(backwards, { features: ['noise', 'year'], split: LAST }), /run backwards by year: /),
    ).toHaveLength(1);
  });

  test('a file in ascending or random order is not reported with LAST', () => {
    for (const data of [inOrder, mixed]) {
      const params = { features: ['noise', 'year'], split: LAST, timestampColumns: ['day'] };
      expect(said(warningsOf(data, params), /backwards/)).toEqual([]);
    }
  });

  test('a file ordered by a number is reported with RANDOM, and not with TIME', () => {
    const features = ['noise', 'year'];
    const words = /sorted by/;
    expect(said(warningsOf(inOrder, { features }), words)).toEqual([
      expect.stringMatching(/^the file is sorted by year, .*TIME with that column, or LAST$/),
    ]);
    expect(said(warningsOf(backwards, { features }), words)).toHaveLength(1);
    expect(said(warningsOf(mixed, { features }), words)).toEqual([]);
    expect(
      said(warningsOf(inOrder, { features, split: { ...RANDOM, strategy: 'TIME', column: 'year' } }), words),
    ).toEqual([]);
  });
});

describe('a model that is no better than the baseline', () => {
  const [x, y, noise] = [draw(500, 9), draw(500, 10), draw(500, 11)];
  const data = table(
    numbers('x', x),
    numbers('y', y),
    texts('target', yesNo(noise.map((share) => share > 0.5))),
    texts('told', yesNo(x.map((share, i) => share + 0.3 * noise[i]! > 0.65))),
    numbers('amount', noise),
    numbers(
      'price',
      x.map((share, i) => share + 0.3 * noise[i]!),
    ),
  );
  const words = /better than the baseline/;
  const features = ['x', 'y'];

  test.each(['LINEAR', 'DECISION_TREE', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const)(
    'a model that is no better than the baseline is reported: %s',
    (algorithm) => {
      expect(said(warningsOf(data, { features, algorithm }), words)).toHaveLength(1);
      expect(said(warningsOf(data, { features, algorithm, target: 'amount', task: 'REGRESSION' }), words)).toHaveLength(
        1,
      );
      expect(said(warningsOf(data, { features, algorithm, target: 'told' }), words)).toEqual([]);
      expect(said(warningsOf(data, { features, algorithm, target: 'price', task: 'REGRESSION' }), words)).toEqual([]);
    },
  );

  test('a model that is no better than the baseline is reported with its metrics', () => {
    const [warning] = said(warningsOf(data, { features, algorithm: 'RANDOM_FOREST' }), words);
    expect(warning).toMatch(/^the model is no better .*: .*log-loss \d\.\d{4}, the baseline's 0\.6\d\d\d/);
  });

  test('the baseline itself is not compared with the baseline', () => {
    expect(said(warningsOf(data, { features, algorithm: 'BASELINE' }), words)).toEqual([]);
  });
});

describe('few rows', () => {
  const madeOf = (count: number, rare: number) => {
    const x = draw(count, 12);
    const label = (share: number, i: number) => (i < rare ? 'rare' : share > 0.5 ? 'a' : 'b');
    return table(numbers('x', x), texts('target', x.map(label)));
  };
  const words = /test rows? only|fewer than 5/;
  const found = (count: number, rare: number) => said(warningsOf(madeOf(count, rare), { features: ['x'] }), words);

  test('fewer than 30 test rows are reported', () => {
    expect(found(145, 0)).toEqual([expect.stringMatching(/^the figures are of 29 test rows only/)]);
    expect(found(150, 0)).toEqual([]);
  });

  test('few rows of a class are reported, in all and among the test rows', () => {
    expect(found(400, 4)).toEqual([
      expect.stringMatching(/^fewer than 5 rows have the label rare in target: /),
      expect.stringMatching(/^fewer than 5 test rows have the label rare: /),
    ]);
    expect(found(400, 20)).toEqual([expect.stringMatching(/^fewer than 5 test rows have the label rare: /)]);
    expect(found(400, 40)).toEqual([]);
  });
});

test('a class that nearly all rows have is told of, for the target that was chosen', () => {
  const x = draw(400, 13);
  const shares = (share: number) =>
    table(numbers('x', x), texts('target', yesNo(x.map((_, i) => (i * 171) % 400 >= 400 * share))));
  const words = /of the rows have/;
  expect(said(warningsOf(shares(0.05), { features: ['x'] }), words)).toEqual([
    '95 % of the rows have yes in target: accuracy says little then, so judge by log-loss, average precision or ROC AUC',
  ]);
  expect(said(warningsOf(shares(0.2), { features: ['x'] }), words)).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import type { SplitRequest } from '../../../src/ml/split/split.ts';
import type { Task } from '../../../src/ml/task.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { leakWarnings } from '../../../src/training/worker/leak-warnings.ts';
import { mixedTable, numbers, request, table, texts } from '../../ml/made-tables.ts';

function warningsOf(data: Table, target: string, task: Task, features: string[], split?: SplitRequest): string[] {
  const params = request(data, target, task, 'LINEAR', features);
  return leakWarnings({ ...params, split: split ?? params.split });
}

const random = createRandom(8);
const draw = () => Array.from({ length: 1_000 }, () => random.uniform());
const [x, y, z] = [draw(), draw(), draw()];
const yesNo = (isYes: readonly boolean[]) => isYes.map((yes) => (yes ? 'yes' : 'no'));
const isGone = x.map((value, i) => value + y[i]! + random.uniform() > 1.5);
const price = x.map((value, i) => 10 * value + 5 * y[i]! + random.uniform());
/** `reason` and `tax` are written down once the target is known. */
const data = table(
  numbers('x', x),
  numbers('y', y),
  texts(
    'reason',
    isGone.map((gone, i) => (gone ? ['moved', 'too dear'][i % 2]! : 'none')),
  ),
  numbers(
    'tax',
    price.map((value) => 0.19 * value + 0.01 * random.uniform()),
  ),
  texts(
    'churned',
    isGone.map((gone) => (gone ? 'yes' : 'no')),
  ),
  texts(
    'blurred',
    x.map((value) => (value + 0.6 * random.uniform() > 0.8 ? 'a' : 'b')),
  ),
  numbers('price', price),
);

describe('a column that alone almost determines the target gets a leakage warning', () => {
  test('a column that almost determines the labels gets a leakage warning', () => {
    expect(warningsOf(data, 'churned', 'CLASSIFICATION', ['x', 'y', 'reason'])).toEqual([
      'possible target leakage: the column reason alone almost determines churned: it tells 100 % of the rows right. Is it known before ' +
        'churned is? If not, train without it: on new rows the model would be much worse than on these',
    ]);
  });

  test('a column that almost determines the numbers gets a leakage warning', () => {
    expect(warningsOf(data, 'price', 'REGRESSION', ['x', 'y', 'tax'])).toEqual([
      expect.stringMatching(
        /^possible target leakage: the column tax alone almost determines price: their correlation is (1|0\.99\d*)/,
      ),
    ]);
  });

  test('columns that determine the target only together, or not almost always, get no leakage warning', () => {
    expect(warningsOf(mixedTable(1_000), 'amount', 'REGRESSION', ['x', 'y', 'place'])).toEqual([]);
    expect(warningsOf(data, 'price', 'REGRESSION', ['x', 'y'])).toEqual([]);
    expect(warningsOf(data, 'blurred', 'CLASSIFICATION', ['x', 'y'])).toEqual([]);
  });

  test('the only feature, and the column that splits the rows, get no leakage warning', () => {
    expect(warningsOf(data, 'churned', 'CLASSIFICATION', ['reason'])).toEqual([]);
    const split = { strategy: 'GROUP', testFraction: 0.2, column: 'reason', seed: 0 } as const;
    expect(warningsOf(data, 'churned', 'CLASSIFICATION', ['x', 'y', 'reason'], split)).toEqual([]);
  });
});

describe('whether a column has a value at all can give the target away', () => {
  const filledFor = (value: string | null, isFilled: readonly boolean[]) => isFilled.map((is) => (is ? value : null));
  const stays = isGone.map((gone) => !gone);
  const isOften = x.map((share) => share > 0.5);
  const filled = table(
    numbers('x', x),
    numbers('y', y),
    texts('left_because', filledFor('moved', isGone)),
    numbers(
      'left_in',
      isGone.map((gone, i) => (gone ? 2_000 + (i % 24) : null)),
    ),
    texts('loyal', filledFor('loyal', stays)),
    {
      ...texts(
        'letter',
        isGone.map((gone, i) => (gone ? `letter ${i} of many` : null)),
      ),
      kind: 'TEXT',
    },
    texts('newsletter', filledFor('monthly', isOften)),
    texts(
      'full',
      x.map(() => 'same'),
    ),
    texts('churned', yesNo(isGone)),
    numbers(
      'repaid',
      isGone.map((gone, i) => (gone ? 1_000 + y[i]! : 0)),
    ),
  );
  const said = (feature: string, target: string, task: Task = 'CLASSIFICATION') =>
    warningsOf(filled, target, task, [feature, 'x', 'y']).map(
      (warning) => /almost determines \S+: (.*?)\. Is it/.exec(warning)?.[1],
    );

  test.each(['left_because', 'loyal', 'left_in'])(
    'a column whose presence determines one class gets a leakage warning: %s',
    (feature) => {
      expect(said(feature, 'churned')).toEqual(['it tells 100 % of the rows right']);
    },
  );

  test('a column of unique texts, and one for a numeric target, get a leakage warning by their presence', () => {
    expect(said('letter', 'churned')).toEqual(['whether it has a value tells 100 % of the rows right']);
    expect(said('left_because', 'repaid', 'REGRESSION')).toEqual([
      expect.stringMatching(/^whether it has a value tells (100|99\.9\d*) % of the variance$/),
    ]);
  });

  test('a column that tells whether an amount is 0 gets a leakage warning, even with few rows', () => {
    const rows = 200;
    const few = table(
      numbers('x', x.slice(0, rows)),
      numbers(
        'refund',
        isGone.slice(0, rows).map((gone, i) => (gone ? 50 + y[i]! : 0)),
      ),
      texts('churned', yesNo(isGone.slice(0, rows))),
    );
    expect(warningsOf(few, 'churned', 'CLASSIFICATION', ['x', 'refund'])).toEqual([
      expect.stringMatching(
        /^possible target leakage: the column refund alone almost determines churned: it tells 100 % of the rows right/,
      ),
    ]);
  });

  test('a column whose presence is unrelated to the target, or that is always present, gets no leakage warning', () => {
    expect(said('newsletter', 'churned')).toEqual([]);
    expect(said('newsletter', 'repaid', 'REGRESSION')).toEqual([]);
    expect(said('full', 'churned')).toEqual([]);
  });
});

describe('each column is judged by itself', () => {
  const isYes = x.map((share, i) => share > 0.5 !== y[i]! > 0.5);
  const together = table(
    texts('x', yesNo(x.map((share) => share > 0.5))),
    texts('y', yesNo(y.map((share) => share > 0.5))),
    numbers('z', z),
    numbers(
      'score',
      z.map((share, i) => (isYes[i] ? 0.5 + share / 2 : share / 2)),
    ),
    texts(
      'note',
      isYes.map((yes) => (yes ? 'x-' : 'o-')),
    ),
    texts('target', yesNo(isYes)),
    numbers(
      'amount',
      z.map((share, i) => 100 * share ** 3 + 0.1 * x[i]!),
    ),
    numbers(
      'late',
      z.map((share, i) => share + (i >= 800 ? 50 : 0)),
    ),
  );
  const leaks = (features: string[], target: string, task: Task, split?: SplitRequest) =>
    warningsOf(together, target, task, features, split).map((warning) => /the column (\S+) alone/.exec(warning)?.[1]);

  test('copies of a leaking column get a leakage warning each', () => {
    expect(leaks(['x', 'score', 'note', 'z'], 'target', 'CLASSIFICATION')).toEqual(['score', 'note']);
  });

  test('a column that matters only together with others gets no leakage warning', () => {
    expect(leaks(['x', 'y', 'z'], 'target', 'CLASSIFICATION')).toEqual([]);
  });

  test('a column that determines the target by any curve gets a leakage warning', () => {
    expect(leaks(['x', 'z', 'y'], 'amount', 'REGRESSION')).toEqual(['z']);
  });

  test('the -200 that instruments write into the same rows gives no leakage warning; a copy with them does', () => {
    const isOff = (i: number) => i % 25 === 7;
    const measured = table(
      numbers(
        'sensor',
        z.map((share, i) => (isOff(i) ? -200 : 900 + 400 * share)),
      ),
      numbers(
        'copy',
        x.map((share, i) => (isOff(i) ? -200 : 2 + 3 * share)),
      ),
      numbers(
        'humidity',
        x.map((share, i) => (isOff(i) ? -200 : share + 0.001 * y[i]!)),
      ),
    );
    const found = warningsOf(measured, 'humidity', 'REGRESSION', ['sensor', 'copy']);
    expect(found.map((warning) => /the column (\S+) alone/.exec(warning)?.[1])).toEqual(['copy']);
  });

  test('a baseline that is far off, as after a step in time, gives no leakage warning', () => {
    const last = { strategy: 'LAST', testFraction: 0.2, column: null, seed: 0 } as const;
    expect(leaks(['x', 'z', 'y'], 'late', 'REGRESSION', last)).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MonotoneConstraint } from '../../src/ml/monotone/monotone-constraint.ts';
import { TrainingDataError, type TrainingRequest } from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../src/runtime/predict/predict.ts';
import type { Column, Table } from '../../src/tabular/types/column.ts';
import { errorOf } from '../support/error-of.ts';
import { numbers, request, table, texts, train } from './made-tables.ts';

const DAY = 86_400_000;

function dates(name: string, values: readonly (number | null)[]): Column {
  return { ...numbers(name, values), kind: 'DATETIME' } as Column;
}

/** A row of a random table: what the target is made of has no order. */
interface Row {
  readonly x: number | null;
  readonly z: number;
  readonly day: number;
  readonly place: string;
  readonly noise: number;
}

function tableOf(
  rows: readonly Row[],
  targetOf: (row: Row, i: number) => number,
  labelOf: (value: number) => string,
): Table {
  const values = rows.map(targetOf);
  return table(
    numbers(
      'x',
      rows.map(({ x }) => x),
    ),
    numbers(
      'z',
      rows.map(({ z }) => z),
    ),
    dates(
      'day',
      rows.map(({ day }) => day * DAY),
    ),
    texts(
      'place',
      rows.map(({ place }) => place),
    ),
    numbers('amount', values),
    texts('label', values.map(labelOf)),
    numbers(
      'weight',
      rows.map((_, i) => (i % 5) / 2),
    ),
  );
}

/** What a model says of a row as one of its columns takes each of these values; for labels the probability of `positive`. */
function along(
  modelBytes: Uint8Array,
  row: Row,
  column: 'x' | 'day',
  steps: readonly number[],
  positive: string,
): number[] {
  const model = parseModel(modelBytes);
  const varied = tableOf(
    steps.map((value) => ({ ...row, [column]: value })),
    () => 0,
    () => positive,
  );
  const found = predictTable(model, varied);
  if (found.task === 'REGRESSION') return [...found.values];
  const at = found.labels.indexOf(positive);
  return steps.map((_, i) => found.probabilities[i * found.labels.length + at]!);
}

/** The largest step against the direction. */
function worstStep(values: readonly number[], direction: MonotoneConstraint['direction']): number {
  const sign = direction === 'INCREASING' ? 1 : -1;
  return values.slice(1).reduce((worst, value, i) => Math.max(worst, sign * (values[i]! - value)), 0);
}

const ROW: fc.Arbitrary<Row> = fc.record({
  x: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -8, max: 8 }) }, { weight: 1, arbitrary: fc.constant(null) }),
  z: fc.integer({ min: 0, max: 5 }),
  day: fc.integer({ min: -400, max: 900 }),
  place: fc.constantFrom('Bern', 'Lima', 'Oslo'),
  noise: fc.integer({ min: 0, max: 9 }),
});

const LEARNING = fc.record({
  trees: fc.integer({ min: 1, max: 12 }),
  learningRate: fc.constantFrom(0.1, 0.5, 1),
  maxDepth: fc.integer({ min: 1, max: 6 }),
  maxLeaves: fc.constantFrom(null, 5),
  minSamplesLeaf: fc.constantFrom(1, 3),
  l1: fc.constantFrom(0, 0.5),
  l2: fc.constantFrom(0, 1),
  minLeafHessian: fc.constantFrom(0, 1),
  rowFraction: fc.constantFrom(0.6, 1),
  featureFraction: fc.constantFrom(0.5, 1),
  randomThresholds: fc.boolean(),
  // With replay, as there are more than fifty rows.
  earlyStoppingRounds: fc.constantFrom(0, 3),
  seed: fc.integer({ min: 0, max: 9 }),
});

const CASES = [
  { algorithm: 'GRADIENT_BOOSTING', task: 'REGRESSION', loss: 'SQUARED' },
  { algorithm: 'GRADIENT_BOOSTING', task: 'REGRESSION', loss: 'POISSON' },
  { algorithm: 'GRADIENT_BOOSTING', task: 'REGRESSION', loss: 'QUANTILE' },
  { algorithm: 'GRADIENT_BOOSTING', task: 'CLASSIFICATION', loss: 'LOG_LOSS' },
  { algorithm: 'DECISION_TREE', task: 'REGRESSION', loss: null },
  { algorithm: 'DECISION_TREE', task: 'CLASSIFICATION', loss: null },
] as const;

test.each(CASES)(
  '$algorithm $loss $task: no prediction goes against its constraint',
  ({ algorithm, task, loss }) => {
    fc.assert(
      fc.property(
        fc.array(ROW, { minLength: 70, maxLength: 110 }),
        LEARNING,
        fc.constantFrom('INCREASING' as const, 'DECREASING' as const),
        fc.constantFrom('x' as const, 'day' as const),
        fc.constantFrom('no', 'yes'),
        fc.boolean(),
        (rows, learning, direction, column, positive, isWeighted) => {
          const data = tableOf(
            rows,
            ({ x, z, day, place, noise }) =>
              Math.abs((x ?? 4) - 1) + ((z * noise) % 7) + (place === 'Lima' ? 3 : 0) + (day % 7 > 2 ? 2 : 0),
            (value) => (value > 7 ? 'yes' : 'no'),
          );
          const { maxDepth, maxLeaves, minSamplesLeaf, seed } = learning;
          const parameters =
            algorithm === 'DECISION_TREE'
              ? { maxDepth, maxLeaves, minSamplesLeaf, seed, pruningAlpha: 0.001 }
              : { ...learning, loss };
          const target = task === 'REGRESSION' ? 'amount' : 'label';
          const wanted: TrainingRequest = {
            ...request(data, target, task, algorithm, ['x', 'z', 'day', 'place'], parameters),
            monotone: [{ column, direction }],
            positiveClass: task === 'REGRESSION' ? null : positive,
            weightColumn: isWeighted ? 'weight' : null,
          };
          const { modelBytes } = train(wanted).trained;
          const steps =
            column === 'x'
              ? Array.from({ length: 25 }, (_, i) => i - 12)
              : Array.from({ length: 140 }, (_, i) => 10 * i - 450.5);
          for (const row of rows.slice(0, 8)) {
            expect(worstStep(along(modelBytes, row, column, steps, positive), direction)).toBeLessThan(1e-12);
          }
        },
      ),
      { numRuns: 25 },
    );
  },
  120_000,
);

const WAVY = Array.from({ length: 300 }, (_, i): Row => {
  return {
    x: ((i * 7) % 33) - 16,
    z: i % 6,
    day: (i * 13) % 700,
    place: ['Bern', 'Lima'][i % 2]!,
    noise: (i * 31) % 10,
  };
});
const wavyTable = tableOf(
  WAVY,
  ({ x, noise }) => (x ?? 0) / 3 + 6 * Math.sin((x ?? 0) / 2) + noise / 5,
  (value) => (value > 0 ? 'yes' : 'no'),
);
const FEW = { trees: 30, learningRate: 0.3, minSamplesLeaf: 3 };
const STEPS = Array.from({ length: 33 }, (_, i) => i - 16);

test('without a constraint the same predictions go both ways, and with one the model still learns what it may', () => {
  const wanted = request(wavyTable, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['x', 'z'], FEW);
  const free = along(train(wanted).trained.modelBytes, WAVY[0]!, 'x', STEPS, 'yes');
  expect(worstStep(free, 'INCREASING')).toBeGreaterThan(1);
  expect(worstStep(free, 'DECREASING')).toBeGreaterThan(1);
  const monotone = [{ column: 'x', direction: 'INCREASING' }] as const;
  const rising = train({ ...wanted, monotone }).trained;
  const values = along(rising.modelBytes, WAVY[0]!, 'x', STEPS, 'yes');
  expect(worstStep(values, 'INCREASING')).toBe(0);
  expect(values.at(-1)! - values[0]!).toBeGreaterThan(2);
});

test('of two labels it is the probability of the positive class, whichever of the two that is', () => {
  for (const algorithm of ['GRADIENT_BOOSTING', 'DECISION_TREE'] as const) {
    const parameters = algorithm === 'DECISION_TREE' ? {} : FEW;
    const wanted = request(wavyTable, 'label', 'CLASSIFICATION', algorithm, ['x', 'z'], parameters);
    for (const [positiveClass, direction] of [
      ['yes', 'INCREASING'],
      ['no', 'DECREASING'],
    ] as const) {
      const { modelBytes } = train({ ...wanted, monotone: [{ column: 'x', direction }], positiveClass }).trained;
      const values = along(modelBytes, WAVY[0]!, 'x', STEPS, positiveClass);
      expect(worstStep(values, direction)).toBeLessThan(1e-12);
      expect(Math.abs(values.at(-1)! - values[0]!)).toBeGreaterThan(0.3);
    }
  }
});

test('the models of folds keep to constraints, and so does one that is fitted again', () => {
  const monotone = [{ column: 'x', direction: 'DECREASING' }] as const;
  const wanted = request(wavyTable, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['x'], { ...FEW, folds: 2 });
  const { outOfFold, modelBytes } = train({ ...wanted, monotone, refit: true }).trained;
  if (outOfFold?.task !== 'REGRESSION') throw new Error('It was to be numbers.');
  const values = along(modelBytes, WAVY[0]!, 'x', STEPS, 'yes');
  expect(worstStep(values, 'DECREASING')).toBe(0);
  // Each of the two models falls as x rises, so of rows sorted by x at most every other step can rise.
  const sorted = [...outOfFold.rows.keys()].sort((a, b) => WAVY[outOfFold.rows[a]!]!.x! - WAVY[outOfFold.rows[b]!]!.x!);
  const distinct = new Set(sorted.map((i) => `${WAVY[outOfFold.rows[i]!]!.x} ${outOfFold.predicted[i]}`));
  expect(distinct.size).toBeLessThanOrEqual(2 * 33);
  const ends = [sorted[0]!, sorted.at(-1)!].map((i) => outOfFold.predicted[i]!);
  expect(ends[0]).toBeGreaterThanOrEqual(ends[1]!);
});

test('of a constrained date the parts that come round again are left out', () => {
  const wanted = request(wavyTable, 'amount', 'REGRESSION', 'DECISION_TREE', ['day', 'x'], {});
  const partsOf = (monotone: readonly MonotoneConstraint[]) =>
    parseModel(train({ ...wanted, monotone }).trained.modelBytes).features.flatMap((feature) =>
      feature.kind === 'DATETIME' ? [feature.part] : [],
    );
  expect(partsOf([{ column: 'x', direction: 'INCREASING' }])).toEqual([
    'ORDINAL',
    'YEAR',
    'MONTH',
    'WEEKDAY',
    'DAY_OF_YEAR',
    'DAY_OF_MONTH',
  ]);
  expect(partsOf([{ column: 'day', direction: 'INCREASING' }])).toEqual(['ORDINAL', 'YEAR']);
});

test('the days between two dates are left out where one of them is constrained', () => {
  const days = wavyTable.columns.find(({ name }) => name === 'day');
  if (days?.storage !== 'number') throw new Error('days are dates');
  const ends = { ...days, name: 'end', values: days.values.map((value, row) => value + (row % 9) * 86_400_000) };
  const both = { ...wavyTable, columns: [...wavyTable.columns, ends] };
  const wanted = request(both, 'amount', 'REGRESSION', 'DECISION_TREE', ['day', 'end', 'x'], {});
  const partsOf = (column: string) =>
    parseModel(
      train({ ...wanted, monotone: [{ column, direction: 'INCREASING' }] }).trained.modelBytes,
    ).features.flatMap((feature) => (feature.kind === 'DATETIME' ? [`${feature.name} ${feature.part}`] : []));
  expect(partsOf('x').filter((part) => part.endsWith('DAYS_SINCE'))).toHaveLength(1);
  for (const column of ['day', 'end']) {
    expect(partsOf(column).filter((part) => part.endsWith('DAYS_SINCE'))).toEqual([]);
    expect(partsOf(column).filter((part) => part.startsWith(`${column} `))).toEqual([
      `${column} ORDINAL`,
      `${column} YEAR`,
    ]);
  }
});

/** Made by reference/make_monotone_reference.py. */
const reference: {
  readonly columns: Readonly<Record<'x' | 'z' | 'amount', readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
} = JSON.parse(readFileSync(new URL('./reference/monotone.json', import.meta.url), 'utf8'));

test.each([
  ['scikit_up', { x: 'INCREASING' }, { minSamplesLeaf: 4, minLeafHessian: 0 }],
  ['scikit_down', { x: 'DECREASING' }, { minSamplesLeaf: 4, minLeafHessian: 0 }],
  ['scikit_both', { x: 'INCREASING', z: 'DECREASING' }, { minSamplesLeaf: 4, minLeafHessian: 0 }],
  ['xgboost_up', { x: 'INCREASING' }, { minSamplesLeaf: 1, minLeafHessian: 4 }],
] as const)('scikit-learn and XGBoost give the same: %s', (name, directions, minimums) => {
  const { x, z, amount } = reference.columns;
  const withTest = (values: readonly number[]) => [...values, values[0]!];
  const data = table(
    numbers('x', withTest(x)),
    numbers('z', withTest(z)),
    numbers('amount', withTest(amount)),
    texts('part', [...x.map(() => 'train'), 'test']),
  );
  const small = { trees: 6, learningRate: 0.3, maxDepth: 2, featureFraction: 1, rowFraction: 1, l2: 0, ...minimums };
  const wanted: TrainingRequest = {
    ...request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['x', 'z'], small),
    split: { strategy: 'COLUMN', testFraction: 0.2, column: 'part', seed: 0 },
    monotone: Object.entries(directions).map(([column, direction]) => ({ column, direction })),
  };
  const predictions = predictTable(parseModel(train(wanted).trained.modelBytes), data);
  if (predictions.task !== 'REGRESSION') throw new Error('It was to be numbers.');
  const differences = reference.outputs[name]!.map((value, i) => Math.abs(value - predictions.values[i]!));
  expect(Math.max(...differences)).toBeLessThan(1e-4);
});

describe('constraints that cannot be kept are refused', () => {
  const up = (column: string) => ({ column, direction: 'INCREASING' }) as const;
  const three = {
    ...wavyTable,
    columns: [
      ...wavyTable.columns,
      texts(
        'three',
        WAVY.map((_, i) => `${i % 3}`),
      ),
    ],
  };
  test.each([
    ['by LINEAR', { algorithm: 'LINEAR', parameters: {} }, [up('x')], /LINEAR takes no/],
    ['by a forest', { algorithm: 'RANDOM_FOREST', parameters: { trees: 2 } }, [up('x')], /RANDOM_FOREST takes no/],
    ['of texts', {}, [up('place')], /texts of place have no order/],
    ['of an unknown column', {}, [up('nothing')], /no column nothing/],
    ['of the target', {}, [up('amount')], /target amount cannot/],
    ['of a column that is no feature', {}, [up('z')], /z is not a feature/],
    ['both ways', {}, [up('x'), { column: 'x', direction: 'DECREASING' }], /x has two directions/],
    ['for three labels', { target: 'three', task: 'CLASSIFICATION' }, [up('x')], /target has 3/],
  ] as const)('%s', (_, changes, monotone, message) => {
    const wanted = request(three, 'amount', 'REGRESSION', 'DECISION_TREE', ['x', 'place']);
    const error = errorOf(() => train({ ...wanted, ...changes, monotone } as TrainingRequest));
    expect(error).toBeInstanceOf(TrainingDataError);
    expect(error).toMatchObject({ code: 'MONOTONE_IMPOSSIBLE', message: expect.stringMatching(message) });
  });
});

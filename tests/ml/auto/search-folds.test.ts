import { describe, expect, test } from 'vitest';
import { HOLD_OUT, searchFolds } from '../../../src/ml/auto/search-folds.ts';
import { readTarget } from '../../../src/ml/preprocessing/target.ts';
import type { SplitRequest } from '../../../src/ml/split/split.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import {
  type TrainedModel,
  type TrainingConditions,
  TrainingDataError,
  type TrainingRequest,
  trainModel,
} from '../../../src/ml/train-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { errorOf } from '../../support/error-of.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

const SMALL = { folds: 3, maxCandidates: 6 };
const ROWS = 120;

const rowsFrom = <T>(value: (row: number) => T): T[] => Array.from({ length: ROWS }, (_, row) => value(row));

/** Every candidate has come to an end, and the plan makes the same bytes again. */
function expectEnded(wanted: TrainingRequest): TrainedModel {
  const { trained } = train(wanted);
  const { candidates, plan } = trained.search!;
  expect(candidates.filter(({ status }) => status === 'WAITING' || status === 'RUNNING')).toEqual([]);
  expect(candidates.filter(({ status }) => status === 'FAILED').every(({ reason }) => reason !== null)).toBe(true);
  const again = train({ ...wanted, plan: structuredClone(plan) }).trained;
  expect(Buffer.from(again.modelBytes).equals(trained.modelBytes)).toBe(true);
  return trained;
}

test('where every candidate but the baseline fails, the baseline is delivered, and each says why', () => {
  // Not a test row: with its fold held back, nothing tells the other rows apart.
  const data = table(
    numbers(
      'x',
      rowsFrom((row) => (row === 41 ? 1 : 0)),
    ),
    texts(
      'label',
      rowsFrom((row) => (row % 3 === 0 ? 'yes' : 'no')),
    ),
  );
  const trained = expectEnded(request(data, 'label', 'CLASSIFICATION', 'AUTO', ['x'], SMALL));
  const [baseline, ...others] = trained.search!.candidates;
  expect(baseline).toMatchObject({ algorithm: 'BASELINE', status: 'DONE', weight: 1 });
  for (const { status, reason, weight } of others) {
    expect({ status, weight }).toEqual({ status: 'FAILED', weight: null });
    expect(reason).toMatch(/no feature tells the training rows of a fold apart/);
  }
  expect(parseModel(trained.modelBytes).estimator.kind).toBe('CONSTANT');
  expect(trained.metrics).toEqual(trained.baseline);
});

describe('a label of two training rows', () => {
  const data = table(
    numbers(
      'x',
      rowsFrom((row) => (row * 37) % 101),
    ),
    texts(
      'label',
      rowsFrom((row) => ([41, 83].includes(row) ? 'rare' : (row * 37) % 101 > 50 ? 'high' : 'low')),
    ),
  );

  test('folds that would lack it are refused where they were asked for', () => {
    const error = errorOf(() => train(request(data, 'label', 'CLASSIFICATION', 'AUTO', ['x'], SMALL)));
    expect(error).toHaveProperty('code', 'FOLDS_IMPOSSIBLE');
    expect(error).toHaveProperty('message', expect.stringContaining('rare'));
  });

  test('where nobody asked for folds, those that lack it end in a model of all labels', () => {
    const trained = expectEnded(request(data, 'label', 'CLASSIFICATION', 'AUTO', ['x'], { maxCandidates: 6 }));
    expect(trained.search?.plan.folds).toBe(8);
    expect(parseModel(trained.modelBytes).labels).toEqual(['high', 'low', 'rare']);
    expect(trained.search?.candidates[0]?.loss).toBeGreaterThan(0);
  });
});

test('groups of one label each, so that no model can be judged, give the usual model and the reason', () => {
  const data = table(
    numbers(
      'x',
      rowsFrom((row) => (row * 37) % 101),
    ),
    texts(
      'group',
      rowsFrom((row) => (row < 50 ? 'a' : row < 100 ? 'b' : 'c')),
    ),
    texts(
      'label',
      rowsFrom((row) => (row < 50 ? 'yes' : 'no')),
    ),
  );
  const split = { strategy: 'GROUP', testFraction: 0.2, column: 'group', seed: 1 } as const;
  // Of three groups one is of test rows: two are left, and so many folds.
  const wanted = { ...request(data, 'label', 'CLASSIFICATION', 'AUTO', ['x'], { maxCandidates: 6 }), split };
  const trained = expectEnded(wanted);
  expect(trained.search!.candidates.every(({ status }) => status === 'FAILED' || status === 'SKIPPED')).toBe(true);
  expect(trained.endReason).toBe('COMPLETED');
  expect(parseModel(trained.modelBytes).estimator.kind).toBe('TREES');
  expect(trained.warnings).toContainEqual(
    expect.stringMatching(/^no model could be judged by folds: .* one label.*; .* is delivered/),
  );
});

describe('training rows of a single group', () => {
  const data = table(
    numbers(
      'x',
      rowsFrom((row) => (row * 37) % 101),
    ),
    texts(
      'group',
      rowsFrom((row) => (row < 100 ? 'a' : 'b')),
    ),
    texts(
      'label',
      rowsFrom((row) => ((row * 37) % 101 > 50 ? 'high' : 'low')),
    ),
  );
  const split = { strategy: 'GROUP', testFraction: 0.2, column: 'group', seed: 1 } as const;
  const wantedOf = (given: object) => ({
    ...request(data, 'label', 'CLASSIFICATION', 'AUTO', ['x'], { maxCandidates: 6, ...given }),
    split,
  });
  const ends: [string, TrainingConditions, object][] = [
    ['without a limit of time', {}, {}],
    ['within a time that is long', { clock: () => 0 }, { timeBudgetSeconds: 3_600 }],
    ['within a time that is short', { clock: () => 0 }, { timeBudgetSeconds: 1 }],
  ];

  test.each(ends)('%s the usual model is delivered, with the reason why no model was judged', (_, clock, given) => {
    const wanted = wantedOf(given);
    const trained = runToEnd(trainModel(wanted, clock));
    const { candidates, plan } = trained.search!;
    expect(plan.members).toEqual([{ candidate: 'Boosting', weight: 1, rounds: null, temperature: null }]);
    expect(candidates.every(({ weight }) => weight === null || weight === 1)).toBe(true);
    expect(candidates.filter(({ status }) => status !== 'DONE').every(({ reason }) => reason !== null)).toBe(true);
    expect(trained.endReason).toBe('COMPLETED');
    expect(trained.warnings).toContainEqual(
      expect.stringMatching(/^no model could be judged by folds: .* groups.*; Boosting is delivered/),
    );
    const again = train({ ...wanted, plan: structuredClone(plan) }).trained;
    expect(Buffer.from(again.modelBytes).equals(trained.modelBytes)).toBe(true);
  });

  test('folds that were asked for are refused', () => {
    expect(errorOf(() => train(wantedOf({ folds: 3 })))).toHaveProperty('code', 'FOLDS_IMPOSSIBLE');
  });
});

describe('the folds of a search', () => {
  const data: Table = table(
    numbers(
      'at',
      rowsFrom((row) => (row * 7) % 40),
    ),
    texts(
      'group',
      rowsFrom((row) => `group ${(row * 7) % 11}`),
    ),
    texts(
      'one',
      rowsFrom(() => 'all'),
    ),
    numbers(
      'value',
      rowsFrom((row) => row),
    ),
  );
  const target = readTarget(data.columns.at(-1)!, 'REGRESSION');
  const rows = Int32Array.from({ length: ROWS }, (_, row) => row);

  function foldsOf(split: Partial<SplitRequest>, choice = { folds: 4, isHoldOut: false }) {
    const whole = { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 3, ...split } as const;
    return searchFolds(choice, { source: { table: data, target, split: whole } } as never, rows);
  }

  const valuesOf = (column: number, of: Int32Array) => {
    const { storage, ...rest } = data.columns[column]!;
    const values =
      storage === 'label' ? (rest as { codes: Int32Array }).codes : (rest as { values: Float64Array }).values;
    return Array.from(of, (row) => values[row]!);
  };

  test('rows of a group are on one side of each fold', () => {
    const { folds } = foldsOf({ strategy: 'GROUP', column: 'group' });
    expect(folds).toHaveLength(4);
    for (const { train: fitted, held } of folds) {
      const groups = new Set(valuesOf(1, fitted));
      expect(valuesOf(1, held).filter((group) => groups.has(group))).toEqual([]);
      expect(fitted.length + held.length).toBe(ROWS);
    }
  });

  test('rows that are predicted are later than all that were learned from', () => {
    const { folds } = foldsOf({ strategy: 'TIME', column: 'at' });
    expect(folds).toHaveLength(4);
    for (const { train: fitted, held } of folds) {
      expect(Math.max(...valuesOf(0, fitted))).toBeLessThan(Math.min(...valuesOf(0, held)));
    }
  });

  test('there are fewer where groups are too few, and none of a single one', () => {
    expect(foldsOf({ strategy: 'GROUP', column: 'group' }, { folds: 20, isHoldOut: false }).choice.folds).toBe(11);
    const error = errorOf(() => foldsOf({ strategy: 'GROUP', column: 'one' }));
    expect(error).toBeInstanceOf(TrainingDataError);
    expect(error).toHaveProperty('code', 'FOLDS_IMPOSSIBLE');
  });

  test('a hold-out is the last of five folds: in time, that of the latest rows', () => {
    const { folds } = foldsOf({ strategy: 'TIME', column: 'at' }, HOLD_OUT);
    expect(folds).toHaveLength(1);
    expect(Math.max(...valuesOf(0, folds[0]!.held))).toBe(39);
    expect(foldsOf({}, HOLD_OUT).folds[0]!.held).toHaveLength(ROWS / 5);
  });
});

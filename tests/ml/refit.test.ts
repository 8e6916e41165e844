import { describe, expect, test } from 'vitest';
import { totalCost } from '../../src/ml/cost-model.ts';
import { LEARNER_NAMES } from '../../src/ml/learners/learner-names.ts';
import { mapSteps, runToEnd } from '../../src/ml/steps.ts';
import {
  type TrainedModel,
  type TrainingCheckpoint,
  type TrainingConditions,
  type TrainingRequest,
  trainModel,
} from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import type { Column, Table } from '../../src/tabular/types/column.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts } from './made-tables.ts';

const TARGETS = [
  ['yes', 'CLASSIFICATION'],
  ['size', 'CLASSIFICATION'],
  ['amount', 'REGRESSION'],
] as const;

const FEW_TREES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  RANDOM_FOREST: { trees: 6 },
  EXTRA_TREES: { trees: 6 },
  GRADIENT_BOOSTING: { trees: 6 },
};

const CASES = LEARNER_NAMES.flatMap((algorithm) =>
  TARGETS.map(([target, task]) => ({ algorithm, target, task, parameters: FEW_TREES[algorithm] ?? {} })),
);

/** Trains to the end, with the progress of each step and a copy of each checkpoint. */
function follow(wanted: TrainingRequest, conditions: TrainingConditions = {}) {
  const checkpoints: TrainingCheckpoint[] = [];
  const progress: number[] = [];
  const training = mapSteps(trainModel(wanted, conditions), (step) => {
    progress.push(step.progress);
    if (step.checkpoint !== null) checkpoints.push(structuredClone(step.checkpoint()));
  });
  return { trained: runToEnd(training), checkpoints, progress };
}

function trainOn(wanted: TrainingRequest, conditions: TrainingConditions = {}): TrainedModel {
  return follow(wanted, conditions).trained;
}

/** The table with its first rows once more at the end, and a column that says which ones these are. */
function withCopies(data: Table, copies: number): Table {
  const columns = data.columns.map((column): Column => {
    if (column.storage === 'label') {
      return { ...column, codes: Int32Array.of(...column.codes, ...column.codes.slice(0, copies)) };
    }
    return { ...column, values: Float64Array.of(...column.values, ...column.values.slice(0, copies)) };
  });
  const roles = Array.from({ length: data.rowCount + copies }, (_, row) => (row < data.rowCount ? 'train' : 'test'));
  return table(...columns, texts('role', roles));
}

function treeCount({ modelBytes }: TrainedModel): number {
  const { estimator } = parseModel(modelBytes);
  return 'roots' in estimator ? estimator.roots.length : 0;
}

describe.each(CASES)('$algorithm on $target', ({ algorithm, target, task, parameters }) => {
  const data = mixedTable(300);
  const wanted = request(data, target, task, algorithm, MIXED_FEATURES, parameters);

  test('fitted again, the model is that of all rows, and everything that is told of it is of the one of the training rows', () => {
    const first = trainOn(wanted);
    const refitted = trainOn({ ...wanted, refit: true });
    const { modelBytes, refitted: isRefitted, knownRows: _known, ...told } = refitted;
    const { modelBytes: ofFirst, refitted: wasRefitted, knownRows: _knownFirst, ...toldOfFirst } = first;
    expect([isRefitted, wasRefitted]).toEqual([true, false]);
    expect(told).toEqual(toldOfFirst);
    expect(modelBytes).not.toEqual(ofFirst);
    const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'role', seed: 0 } as const;
    const ofAll = trainOn({ ...wanted, table: withCopies(data, 30), split });
    expect(parseModel(modelBytes)).toEqual(parseModel(ofAll.modelBytes));
  });

  test('the same request gives the same bytes, and progress never falls', () => {
    const [once, again] = [follow({ ...wanted, refit: true }), follow({ ...wanted, refit: true })];
    expect(once.trained.modelBytes).toEqual(again.trained.modelBytes);
    expect(once.progress).toEqual([...once.progress].sort((a, b) => a - b));
    expect(once.progress.at(-1)).toBe(1);
  });

  test('it resumes from each checkpoint to the same result, also from those of its folds and of fitting again', () => {
    const folded = request(data, target, task, algorithm, MIXED_FEATURES, { ...parameters, folds: 2 });
    const { trained, checkpoints } = follow({ ...folded, refit: true });
    expect(checkpoints.some(({ validating }) => validating?.folds.done.length === 2)).toBe(true);
    for (const checkpoint of checkpoints.filter((_, i) => i % 5 === 0 || i > checkpoints.length - 3)) {
      expect(trainOn({ ...folded, refit: true }, { checkpoint })).toEqual(trained);
    }
  });
});

describe('boosting that stops early', () => {
  const parameters = { trees: 60, earlyStoppingRounds: 4, learningRate: 0.8 };
  const wanted = request(mixedTable(400), 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  const first = trainOn(wanted);
  const { trained, checkpoints } = follow({ ...wanted, refit: true });

  test('as many rounds are fitted again as were found, without stopping early', () => {
    expect(trained.endReason).toBe('EARLY_STOPPING');
    expect(treeCount(trained)).toBe(treeCount(first));
    const rounds = { ...wanted.parameters, trees: treeCount(first), earlyStoppingRounds: 0 };
    const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'role', seed: 0 } as const;
    const ofAll = trainOn({ ...wanted, parameters: rounds, table: withCopies(mixedTable(400), 40), split });
    expect(parseModel(trained.modelBytes)).toEqual(parseModel(ofAll.modelBytes));
  });

  test('a checkpoint from the middle of it goes on there', () => {
    const middle = checkpoints.filter(({ refit }) => refit);
    expect(middle.length).toBe(treeCount(first));
    for (const checkpoint of middle) {
      const resumed = follow({ ...wanted, refit: true }, { checkpoint });
      expect(resumed.trained).toEqual(trained);
      expect(resumed.checkpoints.length).toBeLessThan(checkpoints.length);
    }
  });

  test.each(['STOPPED', 'TIME_BUDGET'] as const)(
    'ended by %s while it is fitted again, the first model stays',
    (reason) => {
      const asks = countAsks((stopReason) => trainOn(wanted, { stopReason }));
      let asked = 0;
      const ended = trainOn({ ...wanted, refit: true }, { stopReason: () => (++asked > asks + 2 ? reason : null) });
      expect(ended.refitted).toBe(false);
      expect(ended.endReason).toBe(reason);
      expect(ended.modelBytes).toEqual(first.modelBytes);
      expect(ended.knownRows).toEqual(first.knownRows);
      expect(ended.warnings).toContainEqual(
        'the training ended before the model was fitted again to all rows: the test rows are not in it',
      );
    },
  );

  test('stopped before that, it is not fitted again', () => {
    const ended = trainOn({ ...wanted, refit: true }, { stopReason: () => 'STOPPED' });
    expect(ended.refitted).toBe(false);
    expect(ended.modelBytes).toEqual(trainOn(wanted, { stopReason: () => 'STOPPED' }).modelBytes);
  });
});

/** How often a training asks whether to stop. */
function countAsks(train: (stopReason: () => null) => unknown): number {
  let asks = 0;
  train(() => {
    asks++;
    return null;
  });
  return asks;
}

test('labels and texts that only test rows have are known to the model', () => {
  const rows = Array.from({ length: 200 }, (_, row) => row);
  const data = table(
    numbers(
      'x',
      rows.map((row) => row % 17),
    ),
    texts(
      'place',
      rows.map((row) => (row % 5 === 4 ? 'Lima' : 'Oslo')),
    ),
    texts(
      'kind',
      rows.map((row) => (row % 10 === 9 ? 'rare' : row % 17 > 8 ? 'much' : 'little')),
    ),
  );
  const wanted = request(data, 'kind', 'CLASSIFICATION', 'LINEAR', ['x', 'place']);
  const [first, refitted] = [trainOn(wanted), trainOn({ ...wanted, refit: true })].map(({ modelBytes }) =>
    parseModel(modelBytes),
  );
  expect(first!.labels).toEqual(['little', 'much']);
  expect(first!.features.map(({ name }) => name)).toEqual(['x']);
  expect(refitted!.labels).toEqual(['little', 'much', 'rare']);
  expect(refitted!.features.map(({ name }) => name)).toEqual(['x', 'place']);
});

test('the profile counts all rows, and all rows are known', () => {
  const wanted = request(mixedTable(300), 'amount', 'REGRESSION', 'LINEAR');
  const [first, refitted] = [trainOn(wanted), trainOn({ ...wanted, refit: true })];
  expect(parseModel(refitted.modelBytes).profile![0]!.rows).toBe(300);
  expect(first.knownRows!.hashes).toHaveLength(240);
  expect(refitted.knownRows!.hashes).toHaveLength(300);
  // Duplicates are counted against the training rows alone.
  expect(refitted.knownRows!.duplicateShare).toBe(0);
});

test('the interval around numbers is that of the folds', () => {
  const wanted = request(mixedTable(300), 'amount', 'REGRESSION', 'LINEAR', MIXED_FEATURES, { folds: 4 });
  const [first, refitted] = [trainOn(wanted), trainOn({ ...wanted, refit: true })];
  const { interval } = parseModel(refitted.modelBytes);
  expect(interval!.radius).toBeGreaterThan(0);
  expect(interval).toEqual(parseModel(first.modelBytes).interval);
});

test('fitting again is part of the cost', () => {
  const size = { trainRows: 8_000, testRows: 2_000, features: 20, labels: 2 };
  for (const algorithm of LEARNER_NAMES) {
    const { parameters } = request(mixedTable(20), 'yes', 'CLASSIFICATION', algorithm);
    const once = totalCost({ ...size, algorithm, parameters });
    expect(totalCost({ ...size, algorithm, parameters, refit: true })).toBeGreaterThan(once);
    expect(totalCost({ ...size, algorithm, parameters, refit: false })).toBe(once);
  }
});

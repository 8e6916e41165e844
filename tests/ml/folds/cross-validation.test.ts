import { describe, expect, test } from 'vitest';
import type { TestPredictions } from '../../../src/ml/evaluation/test-predictions.ts';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import {
  type TrainingCheckpoint,
  type TrainingConditions,
  type TrainingRequest,
  trainModel,
} from '../../../src/ml/train-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';

const FEW: { readonly [Name in AlgorithmName]?: object } = {
  RANDOM_FOREST: { trees: 6 },
  EXTRA_TREES: { trees: 6 },
  GRADIENT_BOOSTING: { trees: 6, earlyStoppingRounds: 3 },
};

const DATA = mixedTable(300);

function withFolds(algorithm: AlgorithmName, target: string, folds: number | null = 3): TrainingRequest {
  const task = target === 'amount' ? 'REGRESSION' : 'CLASSIFICATION';
  return request(DATA, target, task, algorithm, MIXED_FEATURES, { ...FEW[algorithm], folds });
}

function follow(wanted: TrainingRequest, conditions: TrainingConditions = {}) {
  const checkpoints: TrainingCheckpoint[] = [];
  const progress: number[] = [];
  const training = mapSteps(trainModel(wanted, conditions), (step) => {
    progress.push(step.progress);
    if (step.checkpoint !== null) checkpoints.push(structuredClone(step.checkpoint()));
  });
  return { trained: runToEnd(training), checkpoints, progress };
}

describe.each(LEARNER_NAMES)('folds of %s', (algorithm) => {
  test.each(['yes', 'size', 'amount'])(
    'the model is the one without folds, and every training row is predicted: %s',
    (target) => {
      const without = train(withFolds(algorithm, target, null)).trained;
      const { trained, progress } = follow(withFolds(algorithm, target));
      expect({ ...parseModel(trained.modelBytes), interval: undefined }).toEqual({
        ...parseModel(without.modelBytes),
        interval: undefined,
      });
      expect(trained.metrics).toEqual(without.metrics);
      const { crossValidation } = trained.evaluation;
      expect(crossValidation?.metrics.nSamples).toBe(trained.trainRows);
      expect(crossValidation?.scores.every(({ values }) => values.length === 3)).toBe(true);
      expect([...(trained.outOfFold?.rows ?? [])]).toEqual(
        Array.from({ length: 300 }, (_, row) => row).filter((row) => row % 5 !== 4),
      );
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(without.outOfFold).toBeNull();
      expect(without.evaluation.crossValidation).toBeUndefined();
    },
  );

  test('it goes on from each finished fold, and within it, to the same result', () => {
    const wanted = withFolds(algorithm, 'yes');
    const { trained, checkpoints } = follow(wanted);
    const ofFolds = checkpoints.filter(({ validating }) => validating !== undefined);
    expect(new Set(ofFolds.map(({ validating }) => validating?.folds.done.length))).toEqual(new Set([0, 1, 2, 3]));
    for (const checkpoint of ofFolds.filter((_, i) => i % 4 === 0 || i > ofFolds.length - 4)) {
      expect(follow(wanted, { checkpoint }).trained).toEqual(trained);
    }
  });
});

test('leaves with slopes: the model is the one without folds, its interval is of the folds, and each fold resumes', () => {
  const withLines = (folds: number | null) =>
    request(DATA, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, { trees: 6, linearLeaves: true, folds });
  const { trained, checkpoints } = follow(withLines(3));
  const model = parseModel(trained.modelBytes);
  expect(model.estimator).toMatchObject({ kind: 'TREES', combine: 'LINEAR_MARGINS' });
  expect({ ...model, interval: undefined }).toEqual({
    ...parseModel(train(withLines(null)).trained.modelBytes),
    interval: undefined,
  });
  expect(model.interval?.radius).toBeGreaterThan(0);
  for (const checkpoint of checkpoints.filter(({ validating }) => validating !== undefined)) {
    expect(follow(withLines(3), { checkpoint }).trained).toEqual(trained);
  }
});

test('a stop while folds are fitted keeps the model and the folds that were finished', () => {
  const wanted = withFolds('LINEAR', 'yes');
  const whole = follow(wanted).trained;
  let done = 0;
  const steps = trainModel(wanted, { stopReason: () => (done >= 2 ? 'STOPPED' : null) });
  const stopped = runToEnd(
    mapSteps(steps, ({ checkpoint }) => {
      done = checkpoint?.().validating?.folds.done.length ?? done;
    }),
  );
  expect(stopped.modelBytes).toEqual(whole.modelBytes);
  expect(stopped.endReason).toBe('STOPPED');
  expect(stopped.warnings).toContain('the cross-validation ended after 2 of 3 folds; its figures are of those');
  expect(stopped.evaluation.crossValidation?.folds).toBe(3);
  const values = (of: typeof whole) => of.evaluation.crossValidation?.scores.map((score) => score.values.slice(0, 2));
  expect(values(stopped)).toEqual(values(whole));
});

/** Of each group one text and one target, drawn apart: who has seen the text in training can name the target. */
function groupTable() {
  const groups = Array.from({ length: 200 }, (_, row) => Math.floor(row / 10));
  return table(
    texts(
      'name',
      groups.map((group) => `n${group}`),
    ),
    numbers(
      'noise',
      groups.map((group, row) => (group * 13 + row * 7) % 17),
    ),
    texts(
      'group',
      groups.map((group) => `g${group}`),
    ),
    texts(
      'answer',
      groups.map((group) => ((group * 7) % 11 < 5 ? 'a' : 'b')),
    ),
  );
}

test('no fold knows what only the rows that it holds back tell', () => {
  const accuracyBy = (strategy: 'RANDOM' | 'GROUP'): number => {
    const { trained } = train({
      ...request(groupTable(), 'answer', 'CLASSIFICATION', 'LINEAR', ['name', 'noise'], { folds: 5, l2: 0.001 }),
      split: { strategy, column: strategy === 'GROUP' ? 'group' : null, testFraction: 0.2, seed: 1 },
    });
    const { metrics } = trained.evaluation.crossValidation ?? {};
    return metrics?.task === 'CLASSIFICATION' ? metrics.accuracy : Number.NaN;
  };
  expect(accuracyBy('RANDOM')).toBeGreaterThan(0.95);
  expect(accuracyBy('GROUP')).toBeLessThan(0.75);
});

test('the baseline of a fold is the mean of its other rows, by hand', () => {
  const data = table(numbers('x', [1, 2, 3, 4, 5, 6]), numbers('y', [10, 20, 40, 80, 160, 320]));
  const { trained } = train({
    ...request(data, 'y', 'REGRESSION', 'BASELINE', ['x'], { folds: 2 }),
    split: { strategy: 'LAST', column: null, testFraction: 0.5, seed: 0 },
  });
  // Blocks of one row each: 10 predicts 20, then the mean of both predicts 40.
  const { rows, actual, predicted } = trained.outOfFold as TestPredictions & { readonly task: 'REGRESSION' };
  expect([[...rows], [...actual], [...predicted]]).toEqual([
    [1, 2],
    [20, 40],
    [10, 15],
  ]);
  const mae = trained.evaluation.crossValidation?.scores.find(({ name }) => name === 'MAE');
  expect(mae).toEqual({ name: 'MAE', values: [10, 25], mean: 17.5, stddev: Math.sqrt(112.5) });
});

import { describe, expect, test } from 'vitest';
import { LEARNER_NAMES } from '../../src/ml/learners/learner-names.ts';
import { type TrainedModel, TrainingDataError, type TrainingRequest } from '../../src/ml/train-model.ts';
import { MAX_MODEL_BYTES } from '../../src/runtime/format/write-model-file.ts';
import { MAX_FEATURES } from '../../src/runtime/model.ts';
import { errorOf } from '../support/error-of.ts';
import { expectHonestMetrics } from './evaluation/expect-honest-metrics.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from './made-tables.ts';

const data = mixedTable(300);

describe('what is wrong with the data is said by code', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => i);
  const odd = table(
    numbers('x', rows),
    numbers(
      'same',
      rows.map(() => 1),
    ),
    numbers(
      'gone',
      rows.map(() => null),
    ),
    numbers('many', rows),
    texts(
      'word',
      rows.map((i) => (i % 5 === 4 ? 'b' : 'a')),
    ),
  );
  test.each([
    ['TARGET_NOT_FOUND', 'absent', 'REGRESSION', ['x']],
    ['TARGET_ALL_MISSING', 'gone', 'REGRESSION', ['x']],
    ['TARGET_ALL_MISSING', 'gone', 'CLASSIFICATION', ['x']],
    ['TARGET_NOT_NUMERIC', 'word', 'REGRESSION', ['x']],
    ['TARGET_ONE_CLASS', 'word', 'CLASSIFICATION', ['x']],
    ['TARGET_TOO_MANY_CLASSES', 'many', 'CLASSIFICATION', ['x']],
    ['FEATURE_NOT_FOUND', 'x', 'REGRESSION', ['many', 'absent']],
    ['FEATURE_IS_TARGET', 'x', 'REGRESSION', ['many', 'x']],
    ['NO_USABLE_FEATURE', 'x', 'REGRESSION', ['same', 'gone']],
    ['NO_USABLE_FEATURE', 'x', 'REGRESSION', []],
  ] as const)('unusable training data have an error code: %s', (code, target, task, features) => {
    const error = errorOf(() => train(request(odd, target, task, 'LINEAR', features)));
    expect(error).toBeInstanceOf(TrainingDataError);
    expect(error).toMatchObject({ code });
  });
});

describe('warnings', () => {
  test('warnings count rows without a target, and name uninformative features', () => {
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const gaps = table(
      numbers('x', rows),
      numbers(
        'same',
        rows.map(() => 3),
      ),
      numbers(
        'target',
        rows.map((i) => (i % 10 === 0 ? null : i)),
      ),
    );
    const { trained } = train(request(gaps, 'target', 'REGRESSION', 'LINEAR', ['x', 'same']));
    expect(trained.warnings).toEqual([
      '6 rows without a target were left out',
      expect.stringMatching(/^the file is sorted by x, /),
      'ignored, the same in all training rows: same',
      expect.stringMatching(/^the figures are of 12 test rows only/),
    ]);
    expect([trained.trainRows, trained.testRows]).toEqual([42, 12]);
    expect(trained.metrics).toMatchObject({ nSamples: 12, nFeatures: 1 });
  });

  test('warnings name labels that only test rows have', () => {
    const labels = Array.from({ length: 50 }, (_, i) => (i === 4 ? 'odd one' : i % 2 === 0 ? 'a' : 'b'));
    const strange = table(
      numbers(
        'x',
        labels.map((_, i) => i % 2),
      ),
      texts('label', labels),
    );
    const { trained } = train(request(strange, 'label', 'CLASSIFICATION', 'DECISION_TREE', ['x']));
    expect(trained.warnings).toEqual([
      '1 test rows have labels that no training row has: odd one',
      expect.stringMatching(/^fewer than 5 rows have the label odd one/),
      expect.stringMatching(/^the figures are of 10 test rows only/),
    ]);
    expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(0.9);
  });
});

test('numbers may be labels: in numeric order, written as String() writes them', () => {
  const values = [10, 2, -1.5, 2, 10, -1.5];
  const rows = Array.from({ length: 60 }, (_, i) => values[i % 6]!);
  const graded = table(numbers('x', rows), numbers('grade', rows));
  const { trained } = train(request(graded, 'grade', 'CLASSIFICATION', 'DECISION_TREE', ['x']));
  expect(JSON.parse(new TextDecoder().decode(trained.modelBytes)).labels).toEqual(['-1.5', '2', '10']);
  expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(1);
});

test('the column that the rows are split by is no feature', () => {
  const { x, label, group } = { x: [] as number[], label: [] as string[], group: [] as string[] };
  for (let i = 0; i < 40; i++) {
    x.push(i % 4);
    label.push(i % 4 > 1 ? 'a' : 'b');
    group.push(i < 30 ? 'train' : 'test');
  }
  const grouped = table(numbers('x', x), texts('group', group), texts('label', label));
  const wanted = request(grouped, 'label', 'CLASSIFICATION', 'LINEAR', ['x', 'group']);
  const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'group', seed: 0 } as const;
  const { trained } = train({ ...wanted, split });
  expect([trained.trainRows, trained.testRows]).toEqual([30, 10]);
  expect(trained.featureImportances.map(({ feature }) => feature)).toEqual(['x']);
});

describe('early stopping', () => {
  const noisy = table(
    ...['a', 'b', 'c'].map((name, j) =>
      numbers(
        name,
        Array.from({ length: 400 }, (_, i) => Math.sin(i * (j + 1) * 1.7)),
      ),
    ),
    numbers(
      'target',
      Array.from({ length: 400 }, (_, i) => Math.sin(i * 1.7) + 2 * Math.sin(i * i * 12.9898)),
    ),
  );
  const { trained, steps } = train(
    request(noisy, 'target', 'REGRESSION', 'GRADIENT_BOOSTING', ['a', 'b', 'c'], {
      trees: 500,
      learningRate: 0.3,
      earlyStoppingRounds: 5,
    }),
  );

  test('early stopping ends some rounds after the best one and keeps the trees up to it', () => {
    expect(trained.endReason).toBe('EARLY_STOPPING');
    const losses = trained.curve.map((point) => point.validationLoss!);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(trained.curve.length).toBe(best + 5);
    const model = JSON.parse(new TextDecoder().decode(trained.modelBytes)).model;
    expect(Buffer.from(model.roots.base64, 'base64').length / 4).toBe(best);
  });

  test('early stopping still ends with progress 1', () => {
    expect(steps.at(-1)?.progress).toBe(1);
  });

  test('without early stopping there is no validation loss, and the training loss falls', () => {
    const { trained: plain } = train(
      request(data, 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, { trees: 20 }),
    );
    expect(plain.curve.every((point) => point.validationLoss === null)).toBe(true);
    const losses = plain.curve.map((point) => point.trainLoss!);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(losses.length).toBe(20);
  });
});

describe('numbers at the ends of the range of a double', () => {
  const rows = Array.from({ length: 60 }, (_, i) => i);
  const extreme = table(
    numbers(
      'x',
      rows.map((i) => (i % 2 === 0 ? 1 : -1) * 1e308),
    ),
    numbers(
      'small',
      rows.map((i) => i * 5e-324),
    ),
    numbers(
      'huge',
      rows.map((i) => (i % 2 === 0 ? 1 : -1) * 1e200),
    ),
    texts(
      'label',
      rows.map((i) => (i % 2 === 0 ? 'a' : 'b')),
    ),
  );

  test.each(LEARNER_NAMES)(
    'numbers at the ends of the range of a double give finite metrics or an error: %s',
    (algorithm) => {
      for (const [target, task] of [
        ['huge', 'REGRESSION'],
        ['label', 'CLASSIFICATION'],
      ] as const) {
        const trained = trainedOrTooLarge(request(extreme, target, task, algorithm, ['x', 'small']));
        if (trained === null) continue;
        expectHonestMetrics(trained.metrics);
        expectHonestMetrics(trained.baseline);
        expect(trained.curve.every(({ trainLoss }) => trainLoss === null || Number.isFinite(trainLoss))).toBe(true);
      }
    },
  );
});

/** The trained model; null where it ends with NUMBERS_TOO_LARGE. */
function trainedOrTooLarge(wanted: TrainingRequest): TrainedModel | null {
  try {
    return train(wanted).trained;
  } catch (error) {
    if (error instanceof TrainingDataError && error.code === 'NUMBERS_TOO_LARGE') return null;
    throw error;
  }
}

test('a model that outgrows the file that it is to be in ends as MODEL_TOO_LARGE', () => {
  // JSON writes this character as six.
  const label = '\u0001'.repeat(MAX_MODEL_BYTES / 6);
  const rows = Array.from({ length: 20 }, (_, i) => i);
  const huge = table(
    texts(
      'text',
      rows.map((i) => (i % 2 === 0 ? label : 'short')),
    ),
    numbers('y', rows),
  );
  const error = errorOf(() => train(request(huge, 'y', 'REGRESSION', 'BASELINE', ['text'])));
  expect(error).toBeInstanceOf(TrainingDataError);
  expect(error).toMatchObject({ code: 'MODEL_TOO_LARGE' });
});

test('more features than a model can have end as MODEL_TOO_LARGE before anything is fitted', () => {
  const rows = Array.from({ length: 10 }, (_, i) => i);
  const names = Array.from({ length: MAX_FEATURES + 1 }, (_, i) => `x${i}`);
  const wide = table(...names.map((name) => numbers(name, rows)), numbers('y', rows));
  const training = (features: readonly string[]) => () => train(request(wide, 'y', 'REGRESSION', 'BASELINE', features));
  expect(training(names)).toThrow(expect.objectContaining({ code: 'MODEL_TOO_LARGE' }));
});

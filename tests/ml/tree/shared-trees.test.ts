import { describe, expect, test } from 'vitest';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import { type TrainingCheckpoint, trainModel } from '../../../src/ml/train-model.ts';
import { defaultSharedTrees } from '../../../src/ml/tree/boosting/boosting-defaults.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';

const LABELS = 3;
const SHARED = { trees: 12, sharedTrees: true, rowFraction: 0.8, featureFraction: 0.7 };

function wantedOf(parameters: Readonly<Record<string, unknown>>, rows = 400) {
  return request(mixedTable(rows), 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
}

function treesOf(parameters: Readonly<Record<string, unknown>>, target = 'size') {
  const wanted = request(mixedTable(400), target, 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  const { estimator } = parseModel(train(wanted).trained.modelBytes);
  if (estimator.kind !== 'TREES') throw new Error('trees are expected');
  return estimator;
}

describe('trees that all labels share', () => {
  test('a round has one tree, and a leaf a number for each label', () => {
    const shared = treesOf(SHARED);
    expect([shared.roots.length, shared.leafSize, shared.startMargins.length]).toEqual([12, LABELS, LABELS]);
    const ofEach = treesOf({ ...SHARED, sharedTrees: false });
    expect([ofEach.roots.length, ofEach.leafSize]).toEqual([12 * LABELS, 1]);
  });

  test('where each group of rows has a label of its own, few rounds tell them apart', () => {
    const groups = Array.from({ length: 600 }, (_, row) => (row * 7) % 6);
    const data = table(
      numbers('x', groups),
      texts(
        'label',
        groups.map((group) => `label ${group % 5}`),
      ),
    );
    const parameters = { trees: 60, learningRate: 0.3, sharedTrees: true };
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['x'], parameters));
    expect(trained.metrics).toMatchObject({ accuracy: 1 });
    const { trainLoss } = trained.curve.at(-1)!;
    expect(trainLoss).toBeLessThan(0.05);
  });

  test('two labels have one margin: there is nothing to share', () => {
    const bytesOf = (sharedTrees: boolean) => {
      const parameters = { trees: 5, sharedTrees };
      return train(request(mixedTable(400), 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters))
        .trained.modelBytes;
    };
    expect(bytesOf(true)).toEqual(bytesOf(false));
  });

  test('a training resumes from each of its checkpoints to the same model, replay included', () => {
    const wanted = wantedOf({ ...SHARED, earlyStoppingRounds: 50 });
    const checkpoints: TrainingCheckpoint[] = [];
    const trained = runToEnd(
      mapSteps(trainModel(wanted), ({ checkpoint }) => {
        if (checkpoint !== null) checkpoints.push(structuredClone(checkpoint()));
      }),
    );
    expect(checkpoints.length).toBeGreaterThanOrEqual(12);
    for (const checkpoint of checkpoints) {
      expect(runToEnd(trainModel(wanted, { checkpoint })).modelBytes).toEqual(trained.modelBytes);
    }
  });

  test('the replayed leaves are those of all training rows: the losses of rows that were set aside fall too', () => {
    const parameters = { ...SHARED, trees: 40, earlyStoppingRounds: 50 };
    const { trained } = train(wantedOf(parameters, 3_000));
    const predictions = predictTable(parseModel(trained.modelBytes), mixedTable(3_000));
    if (predictions.task !== 'CLASSIFICATION') throw new Error('labels are predicted');
    const sums = Array.from({ length: 3_000 }, (_, row) =>
      predictions.probabilities.subarray(row * LABELS, (row + 1) * LABELS).reduce((sum, p) => sum + p, 0),
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
    expect(trained.curve.at(-1)!.validationLoss).toBeLessThan(trained.curve[0]!.validationLoss!);
  });
});

describe('whether trees are shared, if nothing is said', () => {
  const size = { trainRows: 1_000, features: 5, labels: 3 };

  test.each([
    [size, {}, true],
    [{ ...size, labels: 2 }, {}, false],
    [{ ...size, labels: 0 }, {}, false],
    [size, { trees: 100 }, false],
    [size, { trees: 100, earlyStoppingRounds: 10 }, false],
    [size, { trees: 2_000, earlyStoppingRounds: 50 }, true],
  ] as const)('%j with %j: %s', (of, given, expected) => {
    expect(defaultSharedTrees(of, given)).toBe(expected);
  });
});

import { describe, expect, test } from 'vitest';
import type { StopReason } from '../../src/ml/estimator.ts';
import { mapSteps, runToEnd } from '../../src/ml/steps.ts';
import {
  type TrainedModel,
  type TrainingCheckpoint,
  type TrainingConditions,
  type TrainingRequest,
  trainModel,
} from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { MIXED_FEATURES, mixedTable, numbers, request } from './made-tables.ts';

const TARGETS = [
  ['yes', 'CLASSIFICATION'],
  ['size', 'CLASSIFICATION'],
  ['amount', 'REGRESSION'],
] as const;

const SLOW = {
  RANDOM_FOREST: { trees: 8, rowFraction: 0.8 },
  EXTRA_TREES: { trees: 8, rowFraction: 0.8 },
  GRADIENT_BOOSTING: { trees: 8, rowFraction: 0.8, featureFraction: 0.7, randomThresholds: true },
} as const;

const SLOW_CASES = (['RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const).flatMap((algorithm) =>
  TARGETS.map(([target, task]) => ({ algorithm, target, task })),
);

/** Trains to the end, and keeps a copy of each checkpoint, as it would come back from a disk. */
function follow(wanted: TrainingRequest, conditions: TrainingConditions = {}) {
  const checkpoints: TrainingCheckpoint[] = [];
  const training = mapSteps(trainModel(wanted, conditions), ({ checkpoint }) => {
    if (checkpoint !== null) checkpoints.push(structuredClone(checkpoint()));
  });
  return { trained: runToEnd(training), checkpoints };
}

/** Says to stop when it is asked for that time. */
function stopAt(iteration: number, reason: StopReason): () => StopReason | null {
  let asked = 0;
  return () => (++asked === iteration ? reason : null);
}

function treeCount({ modelBytes }: TrainedModel): number {
  const { estimator } = parseModel(modelBytes);
  return 'roots' in estimator ? estimator.roots.length : 0;
}

describe.each(SLOW_CASES)('$algorithm on $target', ({ algorithm, target, task }) => {
  const wanted = request(mixedTable(400), target, task, algorithm, MIXED_FEATURES, SLOW[algorithm]);
  const { trained, checkpoints } = follow(wanted);

  test('an algorithm resumes from each of its checkpoints to the same result', () => {
    expect(checkpoints).toHaveLength(8);
    for (const checkpoint of checkpoints) {
      const resumed = follow(wanted, { checkpoint });
      expect(resumed.trained).toEqual(trained);
      expect(resumed.checkpoints).toEqual(checkpoints.slice(checkpoint.curve.length));
    }
  });

  test('an algorithm stopped after three iterations gives the model of three iterations', () => {
    const stopped = follow(wanted, { stopReason: stopAt(3, 'STOPPED') }).trained;
    const three = follow({ ...wanted, parameters: { ...wanted.parameters, trees: 3 } }).trained;
    expect(stopped).toEqual({ ...three, endReason: 'STOPPED' });
  });

  test('a stop from the start waits for the first iteration', () => {
    const stopped = follow(wanted, { stopReason: () => 'TIME_BUDGET' }).trained;
    expect(stopped.curve).toHaveLength(1);
    expect(stopped.endReason).toBe('TIME_BUDGET');
  });

  test('a stop at the last iteration changes nothing', () => {
    expect(follow(wanted, { stopReason: stopAt(8, 'STOPPED') }).trained).toEqual(trained);
  });

  test('the checkpoint of another algorithm is refused', () => {
    const [other] = SLOW_CASES.filter((candidate) => candidate.algorithm !== algorithm);
    const theirs = request(mixedTable(400), target, task, other!.algorithm, MIXED_FEATURES, SLOW[other!.algorithm]);
    const [checkpoint] = follow(theirs).checkpoints;
    expect(() => follow(wanted, { checkpoint: checkpoint! })).toThrow(/checkpoint/);
  });
});

describe('boosting with early stopping', () => {
  const parameters = { trees: 60, earlyStoppingRounds: 4, learningRate: 0.8 };
  const wanted = request(mixedTable(400), 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  const { trained, checkpoints } = follow(wanted);

  test('boosting with early stopping resumes to the same result, also from its last round', () => {
    expect(trained.endReason).toBe('EARLY_STOPPING');
    for (const checkpoint of checkpoints) expect(follow(wanted, { checkpoint }).trained).toEqual(trained);
  });

  test('boosting with early stopping keeps the best round when it is stopped', () => {
    const best = treeCount(trained);
    const stopped = follow(wanted, { stopReason: stopAt(best + 1, 'STOPPED') }).trained;
    expect(stopped.endReason).toBe('STOPPED');
    expect(stopped.curve).toHaveLength(best + 1);
    expect(treeCount(stopped)).toBe(best);
  });

  test('boosting that is stopped while its leaves are computed again keeps the leaves that it had', () => {
    const rounds = trained.curve.length;
    const [before, during] = [rounds, rounds + 1].map(
      (asked) => follow(wanted, { stopReason: stopAt(asked, 'STOPPED') }).trained,
    );
    expect(during!.endReason).toBe('STOPPED');
    expect(during!.modelBytes).toEqual(before!.modelBytes);
    expect(during!.modelBytes).not.toEqual(trained.modelBytes);
  });
});

describe('a decision tree that is stopped', () => {
  test.each(TARGETS)('a stopped decision tree keeps its splits: %s', (target, task) => {
    const wanted = request(mixedTable(2_000), target, task, 'DECISION_TREE', MIXED_FEATURES, { minSamplesLeaf: 1 });
    const whole = parseModel(follow(wanted).trained.modelBytes).estimator;
    const { trained } = follow(wanted, { stopReason: () => 'STOPPED' });
    const part = parseModel(trained.modelBytes).estimator;
    if (whole.kind !== 'TREES' || part.kind !== 'TREES') throw new Error('trees are expected');
    expect(trained.endReason).toBe('STOPPED');
    expect(part.nodeFeatures).toHaveLength(3);
    expect(part.nodeFeatures[0]).toBe(whole.nodeFeatures[0]);
    expect(part.nodeSplits[0]).toBe(whole.nodeSplits[0]);
  });
});

describe('a search for weights that is stopped', () => {
  test.each(TARGETS.slice(0, 2))('a stopped solver ends after its first iteration and says so: %s', (target, task) => {
    const wanted = request(mixedTable(2_000), target, task, 'LINEAR', MIXED_FEATURES, { l2: 0 });
    const whole = follow(wanted).trained;
    const { trained } = follow(wanted, { stopReason: () => 'STOPPED' });
    expect(whole.curve.length).toBeGreaterThan(1);
    expect(trained.curve).toEqual(whole.curve.slice(0, 1));
    expect(trained.endReason).toBe('STOPPED');
    expect(trained.warnings).toContainEqual('the weights had not converged after 1 iterations');
  });
});

describe.each(TARGETS.filter(([target]) => target !== 'size'))(
  'boosting of %s by weights and constraints',
  (target, task) => {
    test('it resumes from each of its checkpoints to the same result, replay included', () => {
      const data = mixedTable(400);
      const weights = Array.from({ length: 400 }, (_, row) => (row % 7) / 3);
      const parameters = { ...SLOW.GRADIENT_BOOSTING, randomThresholds: false, earlyStoppingRounds: 20 };
      const wanted: TrainingRequest = {
        ...request(data, target, task, 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters),
        table: { ...data, columns: [...data.columns, numbers('weight', weights)] },
        weightColumn: 'weight',
        // Against what the data say, so that leaves are moved.
        monotone: [{ column: 'x', direction: 'DECREASING' }],
      };
      const { trained, checkpoints } = follow(wanted);
      expect(checkpoints).toHaveLength(8);
      for (const checkpoint of checkpoints) expect(follow(wanted, { checkpoint }).trained).toEqual(trained);
    });
  },
);

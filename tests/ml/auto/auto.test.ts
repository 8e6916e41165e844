import { describe, expect, test } from 'vitest';
import { TimeBudget } from '../../../src/ml/auto/time/time-budget.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import {
  type TrainingCheckpoint,
  type TrainingConditions,
  type TrainingRequest,
  type TrainingStep,
  trainModel,
} from '../../../src/ml/train-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { mixedTable, request } from '../made-tables.ts';

const TARGETS = [
  ['yes', 'CLASSIFICATION'],
  ['size', 'CLASSIFICATION'],
  ['amount', 'REGRESSION'],
] as const;

const FEATURES = ['x', 'place'];

function wantedOf(target: string, task: (typeof TARGETS)[number][1], given: object = {}): TrainingRequest {
  return request(mixedTable(250), target, task, 'AUTO', FEATURES, { folds: 3, maxCandidates: 5, ...given });
}

/** Trains to the end, and keeps copies of the checkpoints at which a fold or a member was just finished, as from a disk. */
function follow(wanted: TrainingRequest, conditions: TrainingConditions = {}) {
  const steps: TrainingStep[] = [];
  const checkpoints: TrainingCheckpoint[] = [];
  const training = mapSteps(trainModel(wanted, conditions), (step) => {
    steps.push(step);
    if (step.checkpoint === null || (step.candidates ?? []).length === 0) return;
    checkpoints.push(structuredClone(step.checkpoint()));
  });
  return { trained: runToEnd(training), steps, checkpoints };
}

describe.each(TARGETS)('AUTO on %s', (target, task) => {
  const wanted = wantedOf(target, task);
  const { trained, steps, checkpoints } = follow(wanted);
  const { candidates, plan } = trained.search!;

  test('every candidate is reported as it starts, after each fold, and with its end', () => {
    const last = new Map(
      steps.flatMap(({ candidates: some = [] }) => some.map((each) => [each.number, each] as const)),
    );
    expect([...last.values()].map(({ weight: _, ...rest }) => rest)).toEqual(
      candidates.map(({ weight: _, ...rest }) => rest),
    );
    const ofLinear = steps.flatMap(({ candidates: some = [] }) =>
      some.filter(({ algorithm }) => algorithm === 'LINEAR'),
    );
    expect(ofLinear.slice(0, 5).map(({ status, foldsDone }) => [status, foldsDone])).toEqual([
      ['WAITING', 0],
      ['RUNNING', 0],
      ['RUNNING', 1],
      ['RUNNING', 2],
      ['RUNNING', 3],
    ]);
  });

  test('the weights of the members sum to 1, and the loss of the choice is at most that of the usual model', () => {
    expect(plan.members.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    const usual = candidates.find(({ name }) => name === 'Boosting')!;
    expect(usual.status).toBe('DONE');
    expect(trained.curve.at(-1)?.validationLoss).toBeLessThanOrEqual(usual.loss! * (1 + 1e-9));
    expect(trained.curve.map(({ iteration }) => iteration)).toEqual(trained.curve.map((_, i) => i + 1));
  });

  test('the folds of the candidates tell thresholds, intervals and the figures of the evaluation', () => {
    expect(trained.evaluation.crossValidation?.folds).toBe(3);
    expect(trained.outOfFold?.rows.length).toBe(trained.trainRows);
  });

  test('its plan, as it comes back from JSON, makes the same bytes again', () => {
    const again = follow({ ...wanted, plan: JSON.parse(JSON.stringify(plan)) }).trained;
    expect(Buffer.from(again.modelBytes).equals(trained.modelBytes)).toBe(true);
    expect(again.search?.plan).toEqual(plan);
  });

  test('it goes on from every fold that was finished to the same model', () => {
    expect(checkpoints.length).toBeGreaterThan(15);
    // Every third: each resumes at another place of a candidate, as there are three folds and two more steps of each.
    for (const checkpoint of checkpoints.filter((_, i) => i % 3 === 0)) {
      const resumed = follow(wanted, { checkpoint }).trained;
      expect(Buffer.from(resumed.modelBytes).equals(trained.modelBytes)).toBe(true);
      expect(resumed.search?.plan).toEqual(plan);
      expect(resumed.curve).toEqual(trained.curve);
    }
  });

  test('progress never falls', () => {
    const progress = steps.map((step) => step.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });
});

test('a stop keeps the best of the candidates that are done', () => {
  let done = 0;
  const stopReason = () => (done >= 2 ? 'STOPPED' : null);
  const training = mapSteps(trainModel(wantedOf('yes', 'CLASSIFICATION'), { stopReason }), ({ candidates = [] }) => {
    done += candidates.filter(({ status, weight }) => status === 'DONE' && weight !== null).length;
  });
  const { endReason, search, modelBytes } = runToEnd(training);
  expect(endReason).toBe('STOPPED');
  expect(search?.candidates.slice(0, 3).map(({ status }) => status)).toEqual(['DONE', 'DONE', 'SKIPPED']);
  expect(search?.candidates.at(-1)?.reason).toBe('the training was stopped');
  expect(search?.plan.members).toEqual([{ candidate: 'Boosting', weight: 1, rounds: 200, temperature: null }]);
  expect(parseModel(modelBytes).estimator.kind).toBe('TREES');
});

test('a stop from the start delivers the baseline', () => {
  const { trained } = follow(wantedOf('amount', 'REGRESSION'), { stopReason: () => 'STOPPED' });
  expect(trained.endReason).toBe('STOPPED');
  expect(trained.metrics).toEqual(trained.baseline);
});

test.each([0.0005, 0.003, 0.02])('a budget of 10 s is kept where each look at the clock takes %f s', (tick) => {
  let now = 0;
  const clock = () => {
    now += tick;
    return now;
  };
  const wanted = wantedOf('yes', 'CLASSIFICATION', { timeBudgetSeconds: 10, maxCandidates: 40 });
  const { trained } = follow(wanted, { clock, stopReason: () => (clock() > 10 ? 'TIME_BUDGET' : null) });
  expect(now).toBeLessThanOrEqual(12);
  const statuses = trained.search?.candidates.map(({ status }) => status) ?? [];
  expect(statuses.includes('DONE')).toBe(true);
  expect(statuses.includes('WAITING') || statuses.includes('RUNNING')).toBe(false);
  const again = follow({ ...wanted, plan: trained.search?.plan ?? null }).trained;
  expect(Buffer.from(again.modelBytes).equals(trained.modelBytes)).toBe(true);
});

test('a tenth of the time is kept back, or what the blend needs', () => {
  const budget = new TimeBudget(60, () => 20);
  expect(budget.left(1)).toBe(34);
  expect(budget.left(10)).toBe(30);
  expect(budget.spent(1)).toBeCloseTo(20 / 54, 12);
  expect(new TimeBudget(null, () => 20).left(10)).toBe(Number.POSITIVE_INFINITY);
});

test('rows of one group are never on both sides of a fold', () => {
  const data = mixedTable(250);
  const wanted = { ...wantedOf('yes', 'CLASSIFICATION'), table: data, features: ['x', 'y'] };
  const grouped = follow({ ...wanted, split: { strategy: 'GROUP', testFraction: 0.2, column: 'place', seed: 1 } });
  expect(grouped.trained.search?.plan.folds).toBeLessThanOrEqual(3);
  expect(grouped.trained.search?.plan.folds).toBeGreaterThanOrEqual(2);
});

test('the members that were found are fitted again to all rows, where that is asked for', () => {
  const wanted = { ...wantedOf('amount', 'REGRESSION'), refit: true };
  const { trained, checkpoints } = follow(wanted);
  expect(trained.refitted).toBe(true);
  const alone = follow(wantedOf('amount', 'REGRESSION')).trained;
  expect(trained.search?.plan).toEqual(alone.search?.plan);
  expect(trained.metrics).toEqual(alone.metrics);
  expect(Buffer.from(trained.modelBytes).equals(alone.modelBytes)).toBe(false);
  const resumed = follow(wanted, { checkpoint: checkpoints.at(-1)! }).trained;
  expect(Buffer.from(resumed.modelBytes).equals(trained.modelBytes)).toBe(true);
});

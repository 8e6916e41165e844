import { afterAll, describe, expect, test } from 'vitest';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import { MONOTONE_LEARNERS } from '../../../src/ml/monotone/monotone-constraint.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import { trainModel } from '../../../src/ml/train-model.ts';
import { PoolCoordinator } from '../../../src/platform/threads/pool-coordinator.ts';
import { startPoolWorkers } from '../../../src/platform/threads/start-pool-workers.ts';
import { TrainingWorkerPool } from '../../../src/training/worker/training-worker-pool.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, train } from '../made-tables.ts';

const { access, workers } = startPoolWorkers(
  new URL('../../../src/training/worker/pool-worker.thread.ts', import.meta.url),
  2,
);
const leader = new PoolCoordinator(access);
/** Calls the others for every step, however small. */
const pool = new TrainingWorkerPool(leader, 0);

afterAll(async () => {
  leader[Symbol.dispose]();
  await Promise.all(workers.map((worker) => worker.terminate()));
});

const CONSTRAINTS = [
  { column: 'x', direction: 'DECREASING' },
  { column: 'y', direction: 'INCREASING' },
] as const;

const PARAMETERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  RANDOM_FOREST: { trees: 12 },
  EXTRA_TREES: { trees: 12 },
  GRADIENT_BOOSTING: { trees: 12, rowFraction: 0.8, featureFraction: 0.7, earlyStoppingRounds: 5 },
};

test('what other threads still did for a forest that was stopped is not taken for the next one’s', () => {
  const wanted = (seed: number) =>
    request(mixedTable(3_000), 'yes', 'CLASSIFICATION', 'RANDOM_FOREST', MIXED_FEATURES, { trees: 12, seed });
  for (let seed = 0; seed < 4; seed++) {
    const stopping = trainModel(wanted(seed), { pool, stopReason: () => 'STOPPED' });
    runToEnd(stopping);
    const trained = runToEnd(trainModel(wanted(seed + 10), { pool }));
    expect(trained).toEqual(train(wanted(seed + 10)).trained);
  }
});

test('AUTO by three threads gives the model of one thread', () => {
  const parameters = { folds: 2, maxCandidates: 5 };
  const wanted = request(mixedTable(300), 'yes', 'CLASSIFICATION', 'AUTO', MIXED_FEATURES, parameters);
  expect(runToEnd(trainModel(wanted, { pool }))).toEqual(train(wanted).trained);
});

test('what AUTO tells of dropped candidates does not depend on folds that a thread has fitted ahead', () => {
  const parameters = { folds: 4, maxCandidates: 8 };
  const wanted = request(mixedTable(300), 'size', 'CLASSIFICATION', 'AUTO', MIXED_FEATURES, parameters);
  const { search, ...model } = runToEnd(trainModel(wanted, { pool }));
  const withoutTimes = ({ candidates, plan }: NonNullable<typeof search>) => ({
    candidates: candidates.map(({ fitSeconds: _, predictMicroseconds: __, ...rest }) => rest),
    plan,
  });
  const dropped = search?.candidates.filter(({ status }) => status === 'DROPPED') ?? [];
  expect(dropped.length).toBeGreaterThan(0);
  expect(dropped.every(({ foldsDone }) => foldsDone === 1)).toBe(true);
  const { search: alone, ...expected } = train(wanted).trained;
  expect(withoutTimes(search!)).toEqual(withoutTimes(alone!));
  expect(model).toEqual(expected);
});

test('AUTO judged by a hold-out gives the model of one thread, as each thread fits candidates of its own', () => {
  const parameters = { maxCandidates: 6 };
  const wanted = request(mixedTable(300), 'yes', 'CLASSIFICATION', 'AUTO', MIXED_FEATURES, parameters);
  const { plan } = train(wanted).trained.search!;
  const candidates = plan.candidates.map((candidate) => ({ ...candidate, foldsDone: 1 }));
  const byHoldOut = { ...wanted, plan: { ...plan, folds: 5, isHoldOut: true, candidates } };
  expect(runToEnd(trainModel(byHoldOut, { pool }))).toEqual(train(byHoldOut).trained);
});

test('AUTO ends soon where it is stopped while threads fit folds, and they are free for the next', () => {
  const parameters = { folds: 3, maxCandidates: 5 };
  const wanted = request(mixedTable(300), 'yes', 'CLASSIFICATION', 'AUTO', MIXED_FEATURES, parameters);
  let done = 0;
  const stopReason = () => (done > 0 ? 'STOPPED' : null);
  const stopping = mapSteps(trainModel(wanted, { pool, stopReason }), ({ candidates = [] }) => {
    done += candidates.filter(({ status, number }) => status === 'DONE' && number === 2).length;
  });
  const { endReason, search } = runToEnd(stopping);
  expect(endReason).toBe('STOPPED');
  // Another thread may have ended the next candidate by then, which may be the better one.
  const ended = search?.candidates.filter(({ status }) => status === 'DONE').map(({ name }) => name);
  expect(ended).toContain('Boosting');
  expect(ended).toEqual(expect.arrayContaining(search!.plan.members.map(({ candidate }) => candidate)));
  expect(search?.candidates.at(-1)?.status).toBe('SKIPPED');
  const forest = request(mixedTable(300), 'yes', 'CLASSIFICATION', 'RANDOM_FOREST', MIXED_FEATURES, { trees: 12 });
  expect(runToEnd(trainModel(forest, { pool }))).toEqual(train(forest).trained);
});

test('three threads give the model of one thread where labels share trees', () => {
  const parameters = { trees: 12, sharedTrees: true, earlyStoppingRounds: 50 };
  const wanted = request(mixedTable(3_000), 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  expect(runToEnd(trainModel(wanted, { pool }))).toEqual(train(wanted).trained);
});

test('three threads give the model of one thread where leaves have slopes', () => {
  const parameters = { trees: 12, linearLeaves: true, rowFraction: 0.8, earlyStoppingRounds: 5 };
  const wanted = request(mixedTable(3_000), 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  expect(runToEnd(trainModel(wanted, { pool }))).toEqual(train(wanted).trained);
});

test('random thresholds do not depend on the thread that looks for them', () => {
  const parameters = { trees: 12, l1: 0.2, randomThresholds: true };
  const wanted = request(mixedTable(3_000), 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
  expect(runToEnd(trainModel(wanted, { pool }))).toEqual(train(wanted).trained);
});

test.each([{ loss: 'QUANTILE', quantile: 0.7 }, { loss: 'POISSON' }])(
  'three threads give the model of one thread: %j',
  (loss) => {
    const data = mixedTable(3_000);
    const columns = data.columns.map((column) =>
      column.storage === 'number' && column.name === 'amount'
        ? { ...column, values: column.values.map((value) => Math.max(0, Math.round(value))) }
        : column,
    );
    const parameters = { trees: 12, ...loss };
    const counts = { ...data, columns };
    const wanted = request(counts, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, parameters);
    expect(runToEnd(trainModel(wanted, { pool }))).toEqual(train(wanted).trained);
  },
);

describe.each(LEARNER_NAMES)('%s by three threads, by weights and under constraints', (algorithm) => {
  test.each([
    ['yes', 'CLASSIFICATION'],
    ['amount', 'REGRESSION'],
  ] as const)('three threads give the model of one thread: %s', (target, task) => {
    const data = mixedTable(3_000);
    const weights = Array.from({ length: data.rowCount }, (_, row) => (row % 13) / 7);
    const wanted = {
      ...request(data, target, task, algorithm, MIXED_FEATURES, PARAMETERS[algorithm]),
      table: { ...data, columns: [...data.columns, numbers('weight', weights)] },
      weightColumn: 'weight',
      monotone: MONOTONE_LEARNERS.some((name) => name === algorithm) ? CONSTRAINTS : [],
    };
    expect(runToEnd(trainModel(wanted, { pool }))).toEqual(train(wanted).trained);
  });
});

describe.each(LEARNER_NAMES)('%s by three threads', (algorithm) => {
  test.each([
    ['yes', 'CLASSIFICATION'],
    ['size', 'CLASSIFICATION'],
    ['amount', 'REGRESSION'],
  ] as const)('three threads give the model, curve and metrics of one thread: %s', (target, task) => {
    const wanted = request(mixedTable(3_000), target, task, algorithm, MIXED_FEATURES, PARAMETERS[algorithm]);
    const alone = train(wanted).trained;
    const trained = runToEnd(trainModel(wanted, { pool }));
    expect(Buffer.from(trained.modelBytes).equals(alone.modelBytes)).toBe(true);
    expect(trained).toEqual(alone);
  });
});

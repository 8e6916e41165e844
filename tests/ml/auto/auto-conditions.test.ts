import { describe, expect, test } from 'vitest';
import { roundsOf } from '../../../src/ml/auto/candidate-folds.ts';
import type { SearchPlan } from '../../../src/ml/auto/plan/executed-plan.ts';
import { resolveParameters } from '../../../src/ml/parameters/parameters.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import { type TrainedModel, type TrainingRequest, trainModel } from '../../../src/ml/train-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { mixedTable, numbers, request, table, texts, train } from '../made-tables.ts';

const SMALL = { folds: 3, maxCandidates: 6 };

const FEATURES = ['x', 'place'];

function withColumns(data: Table, ...columns: Column[]): Table {
  return table(...data.columns, ...columns);
}

/** It has tried and judged something, and its plan makes the same bytes again. */
function expectRepeatable(wanted: TrainingRequest): TrainedModel {
  const { trained } = train(wanted);
  const { candidates, plan } = trained.search!;
  expect(candidates.filter(({ status }) => status === 'DONE').length).toBeGreaterThan(1);
  const again = train({ ...wanted, plan: JSON.parse(JSON.stringify(plan)) as SearchPlan }).trained;
  expect(Buffer.from(again.modelBytes).equals(trained.modelBytes)).toBe(true);
  return trained;
}

describe('fitting again to all rows', () => {
  const wanted = { ...request(mixedTable(250), 'yes', 'CLASSIFICATION', 'AUTO', FEATURES, SMALL), refit: true };

  test('the members alone are fitted, as their algorithms are by themselves', () => {
    const { plan } = train(wanted).trained.search!;
    const linear = plan.candidates.find(({ algorithm }) => algorithm === 'LINEAR')!;
    const members = [{ candidate: linear.name, weight: 1, rounds: null, temperature: null }];
    const { trained, steps } = train({ ...wanted, plan: { ...plan, members } });
    const parameters = resolveParameters('LINEAR', linear.parameters);
    const alone = train({ ...wanted, algorithm: 'LINEAR', parameters }).trained;
    expect(trained.refitted).toBe(true);
    expect(parseModel(trained.modelBytes).estimator).toEqual(parseModel(alone.modelBytes).estimator);
    const begun = steps.findIndex(({ message }) => message?.includes('fitted again') ?? false);
    expect(begun).toBeGreaterThan(0);
    expect(steps.slice(begun).flatMap(({ candidates = [] }) => candidates)).toEqual([]);
  });

  test('it is done where the search ended by its time, which it has kept back', () => {
    let now = 0;
    const clock = () => {
      now += 0.003;
      return now;
    };
    const parameters = resolveParameters('AUTO', { folds: 3, timeBudgetSeconds: 10 });
    const stopReason = () => (clock() > 10 ? 'TIME_BUDGET' : null);
    const trained = runToEnd(trainModel({ ...wanted, parameters }, { clock, stopReason }));
    expect(trained).toMatchObject({ refitted: true, endReason: 'TIME_BUDGET' });
    expect(now).toBeLessThanOrEqual(12);
  });

  test('a stop in the middle of it keeps the model before, at once', () => {
    let isAsked = false;
    let stepsAfter = 0;
    const training = mapSteps(
      trainModel(wanted, { stopReason: () => (isAsked ? 'STOPPED' : null) }),
      ({ stage, message }) => {
        if (isAsked && stage === 'FITTING') stepsAfter++;
        isAsked ||= message?.includes('fitted again') ?? false;
      },
    );
    const trained = runToEnd(training);
    expect(trained).toMatchObject({ refitted: false, endReason: 'STOPPED' });
    // Of the preparation of the columns at most.
    expect(stepsAfter).toBeLessThanOrEqual(FEATURES.length + 1);
    const before = train({ ...wanted, refit: false }).trained;
    expect(Buffer.from(trained.modelBytes).equals(before.modelBytes)).toBe(true);
  });
});

test.each([true, false])('rounds are counted where labels share trees: %s', (sharedTrees) => {
  const parameters = { trees: 7, sharedTrees };
  const wanted = request(mixedTable(250), 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', FEATURES, parameters);
  expect(roundsOf(parseModel(train(wanted).trained.modelBytes).estimator)).toBe(7);
});

describe('weights of rows', () => {
  const random = createRandom(5);
  const weights = Array.from({ length: 250 }, (_, row) => (row % 7 === 0 ? 0 : 0.2 + 3 * random.uniform()));
  const data = withColumns(
    mixedTable(250),
    numbers('weight', weights),
    numbers(
      'one',
      weights.map(() => 1),
    ),
  );
  const wanted = {
    ...request(data, 'yes', 'CLASSIFICATION', 'AUTO', FEATURES, SMALL),
    weightColumn: 'weight',
  };

  test('candidates are judged by the weighted mean loss and the weighted accuracy of the rows that folds predict', () => {
    const found = expectRepeatable(wanted).search!.plan;
    const { name } = found.candidates.find(({ algorithm }) => algorithm === 'LINEAR')!;
    const members = [{ candidate: name, weight: 1, rounds: null, temperature: null }];
    const { outOfFold, search } = train({ ...wanted, plan: { ...found, members } }).trained;
    if (outOfFold?.task !== 'CLASSIFICATION') throw new Error('No labels were predicted.');
    const sums = { weight: 0, loss: 0, right: 0 };
    for (const [i, row] of outOfFold.rows.entries()) {
      const weight = weights[row]!;
      expect(weight).toBeGreaterThan(0);
      sums.weight += weight;
      sums.loss -= weight * Math.log(outOfFold.trueProbability[i]!);
      sums.right += outOfFold.predicted[i] === outOfFold.actual[i] ? weight : 0;
    }
    const linear = search!.candidates.find((candidate) => candidate.name === name)!;
    // Probabilities are kept with half the digits.
    expect(linear.loss).toBeCloseTo(sums.loss / sums.weight, 5);
    expect(linear.score).toBeCloseTo(sums.right / sums.weight, 9);
    expect(linear.low).toBeLessThan(linear.loss!);
    expect(linear.high).toBeGreaterThan(linear.loss!);
  });

  test('numbers have a weighted R2, and weights of 1 change nothing', () => {
    const { search } = train({ ...wanted, target: 'amount', task: 'REGRESSION' }).trained;
    const [baseline] = search!.candidates;
    expect(baseline?.score).toBeLessThan(0.01);
    expect(baseline?.score).toBeGreaterThan(-0.1);
    const [plain, ones] = [null, 'one'].map((weightColumn) => train({ ...wanted, weightColumn }).trained);
    expect(Buffer.from(ones!.modelBytes).equals(plain!.modelBytes)).toBe(true);
    const judged = ({ search: of }: TrainedModel) =>
      of!.candidates.map(({ loss, low, high, score }) => [loss, low, high, score]);
    expect(judged(ones!)).toEqual(judged(plain!));
  });
});

test('forward in time: the folds are of later rows, and all but the earliest are predicted', () => {
  const data = withColumns(
    mixedTable(250),
    numbers(
      'at',
      Array.from({ length: 250 }, (_, row) => row),
    ),
  );
  const split = { strategy: 'TIME', testFraction: 0.2, column: 'at', seed: 1 } as const;
  const trained = expectRepeatable({ ...request(data, 'yes', 'CLASSIFICATION', 'AUTO', FEATURES, SMALL), split });
  expect(trained.search?.plan.folds).toBe(3);
  expect(Math.min(...trained.outOfFold!.rows)).toBeGreaterThanOrEqual(trained.trainRows / 4);
  expect(trained.outOfFold!.rows.length).toBeLessThan(trained.trainRows);
});

test('twenty-six labels', () => {
  const random = createRandom(2);
  const letters = Array.from({ length: 312 }, (_, row) => String.fromCharCode(65 + (row % 26)));
  const features = ['u', 'v'].map((name, f) =>
    numbers(
      name,
      letters.map((letter) => (letter.charCodeAt(0) % (f === 0 ? 5 : 6)) + 0.3 * random.uniform()),
    ),
  );
  const data = table(...features, texts('letter', letters));
  const trained = expectRepeatable(
    request(data, 'letter', 'CLASSIFICATION', 'AUTO', ['u', 'v'], { folds: 2, maxCandidates: 5 }),
  );
  expect(parseModel(trained.modelBytes).labels).toHaveLength(26);
  const best = Math.min(...trained.search!.candidates.flatMap(({ loss }) => loss ?? []));
  expect(best).toBeLessThan(Math.log(26) / 2);
});

test('forty rows, with as many folds as are usual for them', () => {
  const { search } = expectRepeatable(
    request(mixedTable(40), 'yes', 'CLASSIFICATION', 'AUTO', FEATURES, { maxCandidates: 8 }),
  );
  expect(search?.plan.folds).toBe(8);
});

test('a single feature', () => {
  const { modelBytes } = expectRepeatable(request(mixedTable(120), 'amount', 'REGRESSION', 'AUTO', ['x'], SMALL));
  expect(parseModel(modelBytes).features).toHaveLength(1);
});

test('free text that is named as a feature', () => {
  const random = createRandom(9);
  const words = ['good', 'fine', 'bad', 'awful', 'plain', 'odd', 'soup', 'bread', 'late', 'early'];
  const rows = Array.from({ length: 200 }, () => Array.from({ length: 5 }, () => words[random.below(10)]!));
  const data = table(
    {
      ...texts(
        'review',
        rows.map((row, i) => `${row.join(' ')} ${i}`),
      ),
      kind: 'TEXT',
    },
    texts(
      'liked',
      rows.map((row) => (row.includes('good') ? 'yes' : 'no')),
    ),
  );
  const trained = expectRepeatable(request(data, 'liked', 'CLASSIFICATION', 'AUTO', ['review'], SMALL));
  const losses = trained.search!.candidates.map(({ loss }) => loss ?? Number.POSITIVE_INFINITY);
  expect(Math.min(...losses.slice(1))).toBeLessThan(losses[0]!);
});

test('directions are refused: not all members could keep to them', () => {
  const wanted = {
    ...request(mixedTable(120), 'amount', 'REGRESSION', 'AUTO', ['x'], SMALL),
    monotone: [{ column: 'x', direction: 'INCREASING' as const }],
  };
  expect(() => train(wanted)).toThrow(/direction|monotone/i);
});

import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import { type TrainedModel, type TrainingRequest, trainModel } from '../../../src/ml/train-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { numbers, request, table, train } from '../made-tables.ts';

const FEATURES = ['a', 'b', 'c', 'd', 'e', 'f'];
const SECONDS = 60;

/** A sum, which LINEAR finds, and a corner, which trees find: a blend is better than each of them. */
function wanted(): TrainingRequest {
  const random = createRandom(4);
  const rows = Array.from({ length: 200 }, () => FEATURES.map(() => random.uniform()));
  const columns = FEATURES.map((name, i) =>
    numbers(
      name,
      rows.map((row) => row[i]!),
    ),
  );
  const values = rows.map((row) => {
    const isCorner = row[0]! > 0.6 && row[1]! > 0.4;
    return row.reduce((sum, value) => sum + value, 0) + (isCorner ? 1.5 : 0);
  });
  const settings = { folds: 2, maxCandidates: 5, timeBudgetSeconds: SECONDS };
  return request(table(...columns, numbers('value', values)), 'value', 'REGRESSION', 'AUTO', FEATURES, settings);
}

/** The clock shows 0 until every candidate has come to its end, and `late` from then on. */
function trainedBy(late: number): TrainedModel {
  const ended = new Set<number>();
  const clock = () => (ended.size === 5 ? late : 0);
  const stopReason = () => (clock() > SECONDS ? 'TIME_BUDGET' : null);
  const training = mapSteps(trainModel(wanted(), { clock, stopReason }), ({ candidates = [] }) => {
    for (const { number, status } of candidates) {
      if (status !== 'WAITING' && status !== 'RUNNING') ended.add(number);
    }
  });
  return runToEnd(training);
}

/** The weights of the plan, of the leaderboard and of the model file, by candidate. */
function expectSameWeights({ search, modelBytes }: TrainedModel): void {
  const { plan, candidates } = search!;
  expect(plan.members.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  const delivered = Object.fromEntries(plan.members.map(({ candidate, weight }) => [candidate, weight]));
  const shown = candidates.flatMap(({ name, weight }) =>
    weight !== null && weight > 0 ? [[name, weight] as const] : [],
  );
  expect(Object.fromEntries(shown)).toEqual(delivered);
  const { estimator } = parseModel(modelBytes);
  const written = estimator.kind === 'BLEND' ? estimator.members.map(({ weight }) => weight) : [1];
  expect(written).toEqual(plan.members.map(({ weight }) => weight));
}

describe('time that is over while the members are fitted to all rows', () => {
  const whole = trainedBy(SECONDS - 0.1);
  const cut = trainedBy(SECONDS + 0.1);

  test('up to then all of them are fitted', () => {
    expect(whole.endReason).toBe('COMPLETED');
    expect(whole.search?.plan.members.length).toBeGreaterThan(1);
    expectSameWeights(whole);
  });

  test('from then on those of small weights are left out, and the others have their weights', () => {
    expect(cut.endReason).toBe('TIME_BUDGET');
    const [heaviest] = whole.search!.plan.members;
    expect(cut.search?.plan.members).toEqual([{ ...heaviest, weight: 1 }]);
    expectSameWeights(cut);
  });

  test('the plan of what was delivered makes the same bytes again', () => {
    const again = train({ ...wanted(), plan: structuredClone(cut.search!.plan) }).trained;
    expect(Buffer.from(again.modelBytes).equals(cut.modelBytes)).toBe(true);
    expect(again.search?.plan).toEqual(cut.search?.plan);
  });
});

import { expect, test } from 'vitest';
import type { SearchPlan } from '../../../src/ml/auto/plan/executed-plan.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { type TrainedModel, trainModel } from '../../../src/ml/train-model.ts';
import { mixedTable, request } from '../made-tables.ts';

/** Enough rows for early stopping. */
const WANTED = request(mixedTable(900), 'yes', 'CLASSIFICATION', 'AUTO', ['x', 'place'], { timeBudgetSeconds: 1 });

/** Each look at the clock takes so many seconds. */
function trainWith(tick: number): { readonly trained: TrainedModel; readonly seconds: number } {
  let seconds = 0;
  const clock = () => {
    seconds += tick;
    return seconds;
  };
  const trained = runToEnd(trainModel(WANTED, { clock, stopReason: () => (clock() > 1 ? 'TIME_BUDGET' : null) }));
  return { trained, seconds };
}

function expectSameByPlan({ modelBytes, search }: TrainedModel): void {
  const plan = JSON.parse(JSON.stringify(search?.plan)) as SearchPlan;
  const again = runToEnd(trainModel({ ...WANTED, plan }));
  expect(Buffer.from(again.modelBytes).equals(modelBytes)).toBe(true);
}

test('where there is no time for folds, boosting is delivered, with rounds that fit into the time', () => {
  const { trained, seconds } = trainWith(0.005);
  expect(seconds).toBeLessThanOrEqual(3);
  expect(trained.endReason).toBe('TIME_BUDGET');
  const { members, candidates } = trained.search!.plan;
  expect(members).toEqual([{ candidate: 'Boosting', weight: 1, rounds: null, temperature: null }]);
  const { parameters } = candidates.find(({ name }) => name === 'Boosting')!;
  expect(parameters['trees']).toBeLessThan(200);
  expect(parameters['learningRate']).toBeGreaterThan(0.05);
  expectSameByPlan(trained);
});

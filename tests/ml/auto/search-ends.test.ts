import { describe, expect, test } from 'vitest';
import type { CandidateReport } from '../../../src/ml/auto/candidate.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import {
  type TrainedModel,
  type TrainingCheckpoint,
  type TrainingConditions,
  type TrainingRequest,
  type TrainingStep,
  trainModel,
} from '../../../src/ml/train-model.ts';
import { mixedTable, request, train } from '../made-tables.ts';

/** How many points of death are drawn; more on demand, see docs/testing.md. */
const KILLS = Number(process.env['TRAINYARD_KILLS'] ?? 8);

function wantedOf(given: object = {}): TrainingRequest {
  const settings = { folds: 2, maxCandidates: 6, ...given };
  return request(mixedTable(200), 'size', 'CLASSIFICATION', 'AUTO', ['x', 'place'], settings);
}

const WANTED = wantedOf();
const undisturbed = train(WANTED);
const { plan } = undisturbed.trained.search!;

/** The first step after the last one that tells of a candidate: only the members are still to be fitted. */
const REFIT_BEGINS = 1 + undisturbed.steps.findLastIndex(({ candidates = [] }) => candidates.length > 0);

/** Trains to the end; `onStep` is told of each step before the next is asked for. */
function follow(onStep: (step: TrainingStep, number: number) => void, conditions: TrainingConditions): TrainedModel {
  let number = 0;
  return runToEnd(mapSteps(trainModel(WANTED, conditions), (step) => onStep(step, number++)));
}

function expectSameBytes(model: TrainedModel, expected: TrainedModel): void {
  expect(Buffer.from(model.modelBytes).equals(expected.modelBytes)).toBe(true);
}

function statusesOf({ search }: TrainedModel): readonly CandidateReport['status'][] {
  return search!.candidates.map(({ status }) => status);
}

test(`a search that dies at any of ${KILLS} points goes on from its last checkpoint to the same model`, () => {
  const saved: (TrainingCheckpoint | null)[] = [];
  follow(
    ({ checkpoint }) => saved.push(checkpoint === null ? (saved.at(-1) ?? null) : structuredClone(checkpoint())),
    {},
  );
  const random = createRandom(19);
  // A quarter of them in the fitting of the members, which is a small part of the steps.
  const points = Array.from({ length: KILLS }, (_, i) =>
    i % 4 === 0 ? REFIT_BEGINS + random.below(saved.length - REFIT_BEGINS) : random.below(REFIT_BEGINS),
  );
  for (const point of points) {
    const reported = new Set<number>();
    const keep = ({ candidates = [] }: TrainingStep) => {
      for (const { number } of candidates) reported.add(number);
    };
    const resumed = follow(keep, { checkpoint: saved[point]! });
    expectSameBytes(resumed, undisturbed.trained);
    expect(resumed.search?.plan).toEqual(plan);
    expect(resumed.curve).toEqual(undisturbed.trained.curve);
    // All are told of again, unless nothing of the search was left to do.
    expect(reported.size).toBe(saved[point]?.validating === undefined ? plan.candidates.length : 0);
  }
});

describe('a stop', () => {
  test('a stop within a fold gives that candidate up, and delivers the blend so far, as its plan makes it', () => {
    let isAsked = false;
    let running = 0;
    const stopped = follow(
      ({ candidates = [] }) => {
        isAsked ||= running === 4;
        for (const { number, status } of candidates) if (status === 'RUNNING') running = number;
      },
      { stopReason: () => (isAsked ? 'STOPPED' : null) },
    );
    expect(stopped.endReason).toBe('STOPPED');
    expect(statusesOf(stopped)).toEqual(['DONE', 'DONE', 'DONE', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
    const { plan: executed } = stopped.search!;
    const done = new Set(executed.candidates.slice(0, 3).map(({ name }) => name));
    expect(executed.members.every(({ candidate }) => done.has(candidate))).toBe(true);
    expectSameBytes(train({ ...WANTED, plan: executed }).trained, stopped);
  });

  test('a stop while the members are fitted to all rows delivers all of them', () => {
    let isAsked = false;
    const ask = (_: TrainingStep, number: number) => {
      isAsked ||= number >= REFIT_BEGINS;
    };
    const stopped = follow(ask, { stopReason: () => (isAsked ? 'STOPPED' : null) });
    expect(isAsked).toBe(true);
    // Nothing was left out: it is no training that was cut short.
    expect(stopped.endReason).toBe(undisturbed.trained.endReason);
    expectSameBytes(stopped, undisturbed.trained);
    expect(stopped.search?.plan).toEqual(plan);
  });
});

describe('a time budget, by a clock that is held', () => {
  const timed = wantedOf({ timeBudgetSeconds: 60 });

  /** The clock shows `late` once so many candidates are done, and 0 before. */
  function trainUntil(done: number, late: number): TrainedModel {
    let [now, count] = [0, 0];
    const clock = () => now;
    const stopReason = () => (now > 60 ? 'TIME_BUDGET' : null);
    return runToEnd(
      mapSteps(trainModel(timed, { clock, stopReason }), ({ candidates = [] }) => {
        count += candidates.filter(({ status, weight }) => status === 'DONE' && weight !== null && weight >= 0).length;
        if (count >= done) now = late;
      }),
    );
  }

  test('a clock that stands still ends nothing', () => {
    const model = trainUntil(Number.POSITIVE_INFINITY, 60);
    expect(model.endReason).not.toBe('TIME_BUDGET');
    expectSameBytes(model, undisturbed.trained);
  });

  test.each([54.1, 59.9, 60.1, 1e6])(
    'at %f s of 60 no further candidate begins, and what is done is delivered',
    (late) => {
      const model = trainUntil(2, late);
      expect(model.endReason).toBe('TIME_BUDGET');
      const statuses = statusesOf(model);
      expect(statuses.slice(0, 2)).toEqual(['DONE', 'DONE']);
      expect(statuses.slice(2).every((status) => status === 'SKIPPED')).toBe(true);
      expect(model.search?.plan.members).toHaveLength(1);
      expectSameBytes(train({ ...WANTED, plan: model.search!.plan }).trained, model);
    },
  );

  test('a budget that is over before anything began delivers the baseline', () => {
    const model = runToEnd(trainModel(timed, { clock: () => 1e6, stopReason: () => 'TIME_BUDGET' }));
    expect(model.endReason).toBe('TIME_BUDGET');
    expect(statusesOf(model).filter((status) => status === 'DONE')).toHaveLength(1);
    expect(model.metrics).toEqual(model.baseline);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Eta, expectedOfResumed } from '../../../src/jobs/progress/eta.ts';

test('at a steady pace the ETA is right, whatever duration was expected', () => {
  const anyTotal = fc.double({ min: 2, max: 10_000, noNaN: true });
  const anyProgress = fc.double({ min: 0.2, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(anyTotal, anyProgress, (total, done) => {
      for (const expectedSeconds of [null, total]) {
        const eta = new Eta({ expectedSeconds });
        for (let step = 0; step <= 100; step += 1) eta.record((step / 100) * done * total, (step / 100) * done);
        expect((eta.secondsLeft() ?? Number.NaN) / ((1 - done) * total)).toBeCloseTo(1, 6);
      }
    }),
  );
});

/** Runs at a steady pace of 100 s for the whole, up to a share. */
const steady = (eta: Eta, share: number) => {
  for (let step = 0; step <= 50; step += 1) eta.record(2 * step * share, (step / 50) * share);
  return eta.secondsLeft() ?? Number.NaN;
};

test('before the first progress the ETA is that of the history', () => {
  const eta = new Eta({ expectedSeconds: 40 });
  expect(eta.secondsLeft()).toBe(40);
  eta.record(1, 0.001);
  expect(eta.secondsLeft()).toBeCloseTo(39, 6);
  eta.record(100, 0.002);
  expect(eta.secondsLeft()).toBeGreaterThan(0);
});

test('a wrong history counts less and less', () => {
  const errors = [0.1, 0.3, 0.6, 0.9].map(
    (share) => steady(new Eta({ expectedSeconds: 50 }), share) / (100 * (1 - share)),
  );
  expect(errors).toEqual(errors.toSorted((a, b) => a - b));
  expect(errors[0]).toBeLessThan(0.7);
  expect(errors[1]).toBeGreaterThan(0.55);
  expect(errors[3]).toBeGreaterThan(0.99);
});

test('a slow beginning is forgotten after a while', () => {
  const eta = new Eta();
  for (let second = 0; second <= 10; second += 1) eta.record(second, second * 0.001);
  for (let second = 1; second <= 40; second += 1) eta.record(10 + second, 0.01 + second * 0.02);
  expect(eta.secondsLeft()).toBeGreaterThan((1 - 0.81) / 0.02 - 1e-6);
  expect(eta.secondsLeft()).toBeLessThan((1.25 * (1 - 0.81)) / 0.02);
});

test('a run that resumes from a checkpoint is estimated by its pace since then', () => {
  for (const expectedSeconds of [null, 100]) {
    const eta = new Eta({ expectedSeconds, from: 0.6 });
    for (let second = 0; second <= 20; second += 1) eta.record(second, 0.6 + second * 0.01);
    expect(eta.secondsLeft()).toBeCloseTo(20, 6);
  }
  expect(new Eta({ expectedSeconds: 100, from: 0.6 }).secondsLeft()).toBeCloseTo(40, 6);
});

test('the ETA of a run with a time budget ends with the budget', () => {
  expect(steady(new Eta({ limitSeconds: 40 }), 0.3)).toBeCloseTo(10, 6);
  expect(steady(new Eta({ limitSeconds: 20 }), 0.3)).toBe(0);
  expect(steady(new Eta({ limitSeconds: 1_000 }), 0.3)).toBeCloseTo(70, 6);
});

test('there is no ETA while nothing is known', () => {
  const eta = new Eta();
  expect(eta.secondsLeft()).toBeNull();
  eta.record(0, 0);
  eta.record(5, 0.01);
  expect(eta.secondsLeft()).toBeNull();
});

test('an ETA is a non-negative number or null, whatever is recorded', () => {
  const anySteps = fc.array(
    fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    {
      maxLength: 700,
    },
  );
  const anySeconds = fc.option(fc.double({ min: 0.001, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(anySteps, anySeconds, anySeconds, (steps, expectedSeconds, limitSeconds) => {
      const eta = new Eta({ expectedSeconds, limitSeconds });
      let [seconds, progress] = [0, 0];
      for (const [pause, part] of steps) {
        seconds += pause;
        progress += (1 - progress) * part * 0.1;
        eta.record(seconds, progress);
        const left = eta.secondsLeft() ?? 0;
        expect(left >= 0 && Number.isFinite(left)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('a resumed run is expected to take what it took so far, whatever was expected', () => {
  const checkpoint = { progress: 0.5, trainedSeconds: 30 };
  const expectedSeconds = expectedOfResumed(1, checkpoint);
  expect(expectedSeconds).toBe(60);
  const eta = new Eta({ expectedSeconds, from: checkpoint.progress });
  expect(eta.secondsLeft()).toBeCloseTo(30, 9);
  // Loading and preparing come again, at the progress of the checkpoint.
  eta.record(2, 0.5);
  expect(eta.secondsLeft()).toBeGreaterThan(25);
});

test('a checkpoint near the beginning of a run says nothing about its pace', () => {
  expect(expectedOfResumed(40, { progress: 0.01, trainedSeconds: 9 })).toBe(40);
  expect(expectedOfResumed(40, { progress: 0.5, trainedSeconds: 0.1 })).toBe(40);
  expect(expectedOfResumed(null, { progress: 0, trainedSeconds: 0 })).toBeNull();
  expect(expectedOfResumed(40, null)).toBe(40);
});

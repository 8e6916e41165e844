import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ForecastJob, forecastQueue } from '../../../src/jobs/queue/queue-forecast.ts';

const waiting = (id: string, expectedSeconds: number | null): ForecastJob => ({
  id,
  group: 'one',
  expectedSeconds,
  runningSeconds: null,
});
const running = (id: string, expectedSeconds: number | null, runningSeconds: number): ForecastJob => ({
  id,
  group: 'one',
  expectedSeconds,
  runningSeconds,
});
const forecastOf = (jobs: readonly ForecastJob[], workers: number, maxOfGroup = Number.POSITIVE_INFINITY) =>
  [...forecastQueue(jobs, { workers, maxOfGroup })].map(([id, { queuePosition, etaSeconds }]) => [
    id,
    queuePosition,
    etaSeconds,
  ]);

test('one worker takes one job after the other, after its current one', () => {
  expect(forecastOf([running('a', 10, 4), waiting('b', 5), waiting('c', 1)], 1)).toEqual([
    ['b', 1, 11],
    ['c', 2, 12],
  ]);
});

test('of several workers the first free one takes the next job', () => {
  const jobs = [running('a', 10, 4), running('b', 3, 1), waiting('c', 5), waiting('d', 1), waiting('e', 2)];
  expect(forecastOf(jobs, 2)).toEqual([
    ['c', 1, 7],
    ['d', 2, 7],
    ['e', 3, 9],
  ]);
  expect(forecastOf(jobs, 3)).toEqual([
    ['c', 1, 5],
    ['d', 2, 3],
    ['e', 3, 5],
  ]);
});

test('a job beyond its expected time is expected to run somewhat longer', () => {
  expect(forecastOf([running('a', 10, 40), waiting('b', 5)], 1)).toEqual([['b', 1, 9]]);
});

test('if the duration of a job is unknown, so are the ends of the jobs behind it', () => {
  expect(forecastOf([running('a', null, 4), waiting('b', 5)], 1)).toEqual([['b', 1, null]]);
  expect(forecastOf([waiting('a', null), waiting('b', 5), waiting('c', 5)], 1)).toEqual([
    ['a', 1, null],
    ['b', 2, null],
    ['c', 3, null],
  ]);
  expect(forecastOf([waiting('a', null), waiting('b', 5)], 2)).toEqual([
    ['a', 1, null],
    ['b', 2, 5],
  ]);
});

test('without workers there are queue positions but no times', () => {
  expect(forecastOf([waiting('a', 1), waiting('b', 1)], 0)).toEqual([
    ['a', 1, null],
    ['b', 2, null],
  ]);
});

test('an unregistered worker counts by its current job', () => {
  expect(forecastOf([running('a', 3, 1), waiting('b', 1)], 0)).toEqual([['b', 1, 3]]);
});

test('a group does not exceed its concurrency limit, and others go ahead', () => {
  const jobs = [running('a', 10, 4), waiting('b', 5), waiting('c', 5), { ...waiting('d', 1), group: 'other' }];
  expect(forecastOf(jobs, 3, 2)).toEqual([
    ['b', 1, 5],
    ['c', 2, 10],
    ['d', 3, 1],
  ]);
  expect(forecastOf([running('a', 10, 4), running('b', 2, 1), waiting('c', 5)], 3, 1)).toEqual([['c', 1, 11]]);
});

test('queue positions are consecutive, no job ends before its own duration, and more workers never delay an end', () => {
  const anyJob = fc.record({
    expectedSeconds: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    runningSeconds: fc.option(fc.double({ min: 0, max: 1_000, noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(anyJob, { maxLength: 50 }), fc.integer({ min: 1, max: 8 }), (made, workers) => {
      const jobs = made.map((job, index) => ({ ...job, id: `run ${index}`, group: `${index % 3}` }));
      const waits = jobs.filter(({ runningSeconds }) => runningSeconds === null);
      const forecasts = forecastQueue(jobs, { workers, maxOfGroup: 2 });
      expect([...forecasts.keys()]).toEqual(waits.map(({ id }) => id));
      let before = 0;
      for (const job of jobs) if (job.runningSeconds !== null) before += job.expectedSeconds + job.runningSeconds;
      waits.forEach(({ id, expectedSeconds }, index) => {
        before += expectedSeconds;
        const forecast = forecasts.get(id);
        expect(forecast?.queuePosition).toBe(index + 1);
        expect(forecast?.etaSeconds).toBeGreaterThanOrEqual(expectedSeconds);
        expect(forecast?.etaSeconds).toBeLessThanOrEqual(before * (1 + 1e-9));
      });
    }),
  );
});

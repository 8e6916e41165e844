import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CachedHealthCheck } from '../../../src/api/health/cached-health-check.ts';
import { FaultError } from '../../../src/platform/fault.ts';

const PACE = { fresh: 1_000, refresh: 250 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a part is checked no more often than its interval, however many ask', async () => {
  const probe = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const check = new CachedHealthCheck(probe, PACE);
  await Promise.all(Array.from({ length: 100 }, () => check.fault()));
  expect(probe).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(PACE.refresh - 1);
  await check.fault();
  expect(probe).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  await Promise.all(Array.from({ length: 100 }, () => check.fault()));
  expect(probe).toHaveBeenCalledTimes(2);
});

test('the last result is returned while the next check runs, unless it is too old', async () => {
  let next: Promise<void> = Promise.resolve();
  const check = new CachedHealthCheck(() => next, PACE);
  expect(await check.fault()).toBeNull();
  next = Promise.reject(new FaultError('FULL'));
  vi.advanceTimersByTime(PACE.refresh);
  expect(await check.fault()).toBeNull();
  await vi.waitFor(async () => expect(await check.fault()).toBe('FULL'));
  next = Promise.resolve();
  vi.advanceTimersByTime(PACE.refresh);
  // A fault is never told from memory once another look may be had.
  expect(await check.fault()).toBeNull();
});

test('each failure of a part is logged once, and so is its recovery', async () => {
  const recorded: unknown[] = [];
  const error = new FaultError('READ_ONLY');
  let next: Promise<void> = Promise.reject(error);
  const check = new CachedHealthCheck(
    () => next,
    PACE,
    (reason, cause) => recorded.push([reason, cause]),
  );
  for (let healthChecks = 0; healthChecks < 3; healthChecks += 1) {
    expect(await check.fault()).toBe('READ_ONLY');
    vi.advanceTimersByTime(PACE.refresh);
  }
  next = Promise.resolve();
  expect(await check.fault()).toBeNull();
  expect(recorded).toEqual([
    ['READ_ONLY', error],
    [null, null],
  ]);
});

test('a part that does not respond in time is reported with its reason', async () => {
  const check = new CachedHealthCheck(() => new Promise(() => undefined), PACE);
  const fault = check.fault();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(await fault).toBe('NO_ANSWER');
});

test('a standstill of the own process is not taken for a silent part', async () => {
  let answer: () => void = () => undefined;
  const check = new CachedHealthCheck(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    PACE,
  );
  const fault = check.fault();
  vi.advanceTimersByTime(60_000);
  answer();
  expect(await fault).toBeNull();
});

import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TrainyardError } from '../../../src/errors.ts';
import type { QueueForecast } from '../../../src/jobs/queue/queue-forecast.ts';
import { QueueMonitor } from '../../../src/jobs/queue/queue-monitor.ts';

let forecasts: Map<string, QueueForecast>;
let looks: string[][];
let failure: Error | null;
let watch: QueueMonitor;

beforeEach(() => {
  vi.useFakeTimers();
  forecasts = new Map();
  looks = [];
  failure = null;
  const forecast = (ids: readonly string[]) => {
    looks.push([...ids]);
    return failure === null ? Promise.resolve(forecasts) : Promise.reject(failure);
  };
  watch = new QueueMonitor({ forecast }, pino({ level: 'silent' }));
});

afterEach(() => vi.useRealTimers());

function listener(id: string) {
  return { id, onForecast: vi.fn<(forecast: QueueForecast) => void>() };
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

test('any number of followers cost one read of the queue per second, and none without followers', async () => {
  const listeners = [listener('a'), listener('a'), listener('b')];
  for (const each of listeners) watch.add(each);
  await seconds(0);
  expect(looks).toEqual([['a', 'b']]);
  await seconds(5);
  expect(looks).toHaveLength(6);
  for (const each of listeners) watch.remove(each);
  await seconds(60);
  expect(looks).toHaveLength(6);
});

test('an ETA that counts down is sent once, and again only if it changes by much', async () => {
  const one = listener('a');
  watch.add(one);
  for (let eta = 60; eta > 50; eta--) {
    forecasts.set('a', { queuePosition: 2, etaSeconds: eta });
    await seconds(eta === 60 ? 0 : 1);
  }
  expect(one.onForecast.mock.calls).toEqual([[{ queuePosition: 2, etaSeconds: 60 }]]);
  forecasts.set('a', { queuePosition: 2, etaSeconds: 80 });
  await seconds(1);
  forecasts.set('a', { queuePosition: 2, etaSeconds: null });
  await seconds(1);
  forecasts.set('a', { queuePosition: 1, etaSeconds: null });
  await seconds(1);
  expect(
    one.onForecast.mock.calls.slice(1).map(([{ queuePosition, etaSeconds }]) => [queuePosition, etaSeconds]),
  ).toEqual([
    [2, 80],
    [2, null],
    [1, null],
  ]);
});

test('a late follower gets what the others were sent', async () => {
  forecasts.set('a', { queuePosition: 4, etaSeconds: null });
  expect(watch.add(listener('a'))).toBeNull();
  await seconds(0);
  expect(watch.add(listener('a'))).toEqual({ queuePosition: 4, etaSeconds: null });
});

test('a failed read is repeated, and a follower that left gets nothing', async () => {
  const [stays, leaves] = [listener('a'), listener('a')];
  watch.add(stays);
  watch.add(leaves);
  failure = new TrainyardError('SERVICE_UNAVAILABLE', 'no database');
  await seconds(1);
  failure = new Error('an internal error');
  await seconds(1);
  failure = null;
  forecasts.set('a', { queuePosition: 1, etaSeconds: null });
  watch.remove(leaves);
  await seconds(1);
  expect(stays.onForecast).toHaveBeenCalledOnce();
  expect(leaves.onForecast).not.toHaveBeenCalled();
});

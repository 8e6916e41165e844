import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { respondsWithin, withTimeout } from '../../../src/platform/concurrency/with-timeout.ts';

afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<string>(() => undefined);

describe('within a time', () => {
  test('work within its timeout gives its result or its error', async () => {
    expect(await withTimeout(Promise.resolve('done'), 700, 'late')).toBe('done');
    await expect(withTimeout(Promise.reject(new Error('no')), 700, 'late')).rejects.toThrow('no');
  });

  test('work that takes longer than its timeout is late, exactly then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let result: string | null = null;
    void withTimeout(never, 700, 'late').then((value) => {
      result = value;
    });
    await vi.advanceTimersByTimeAsync(699);
    expect(result).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(result).toBe('late');
  });

  test('a standstill of the process does not count towards a timeout', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = withTimeout(promise, 700, 'late');
    // All at once: what has become due is run, and nothing between.
    vi.advanceTimersByTime(60_000);
    resolve('done');
    expect(await result).toBe('done');
  });

  test('a response that takes ten slow turns of the event loop is in time', async () => {
    let isBusy = true;
    const busy = (async () => {
      while (isBusy) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
        await nextTurn();
      }
    })();
    const answer = (async () => {
      for (let turn = 0; turn < 10; turn++) await nextTurn();
      return true;
    })();
    const isHeard = await respondsWithin(answer, 700);
    isBusy = false;
    await busy;
    expect(isHeard).toBe(true);
  });
});

test('a failed response is no response', async () => {
  expect(await respondsWithin(Promise.reject(new Error('no')), 700)).toBe(false);
});

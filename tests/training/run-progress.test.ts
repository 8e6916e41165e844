import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunProgress } from '../../src/training/run-progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const ignore = () => undefined;
const step = (progress: number) => ({ stage: 'FITTING', progress, point: null }) as const;

test('at the end the last step is written at once, and nothing waits after it', async () => {
  const write = vi.fn<() => Promise<void>>().mockResolvedValue();
  const progress = new RunProgress(write, ignore);
  progress.report(step(0.1));
  await vi.advanceTimersByTimeAsync(10);
  progress.report(step(0.2));
  progress.report(step(0.3));
  // No timer is moved on from here: an end that waited for one would never come.
  await progress.close();
  expect(write.mock.calls).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('an end during a write waits for that write alone', async () => {
  let endWrite: () => void = ignore;
  const write = vi.fn<() => Promise<void>>(
    () =>
      new Promise((resolve) => {
        endWrite = resolve;
      }),
  );
  const progress = new RunProgress(write, ignore);
  progress.report(step(0.1));
  const closed = progress.close();
  progress.report(step(0.2));
  endWrite();
  await closed;
  expect(write.mock.calls).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('between two writes there are 100 ms', async () => {
  const write = vi.fn<() => Promise<void>>().mockResolvedValue();
  const progress = new RunProgress(write, ignore);
  for (let millisecond = 0; millisecond < 950; millisecond += 10) {
    progress.report(step(millisecond / 1_000));
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(write.mock.calls).toHaveLength(10);
  await progress.close();
});

test('after a write that failed the error is told once, and nothing more is written', async () => {
  const write = vi.fn<() => Promise<void>>().mockRejectedValue(new Error('the power went'));
  const onError = vi.fn<(error: unknown) => void>();
  const progress = new RunProgress(write, onError);
  progress.report(step(0.1));
  await vi.advanceTimersByTimeAsync(10);
  progress.report(step(0.2));
  await progress.close();
  expect(write.mock.calls).toHaveLength(1);
  expect(onError.mock.calls).toHaveLength(1);
});

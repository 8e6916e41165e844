import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TrainyardError } from '../../../src/errors.ts';
import { RunProgress, type RunProgressOptions } from '../../../src/training/forecast/run-progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

type Write = RunProgressOptions['write'];

const ignore = () => undefined;
const step = (progress: number) => ({ stage: 'FITTING', progress, point: null }) as const;
const pointAt = (iteration: number) => ({
  iteration,
  seconds: iteration,
  trainLoss: 1 / iteration,
  validationLoss: null,
});
const willing = () => vi.fn<Write>().mockResolvedValue();
const away = () => new TrainyardError('SERVICE_UNAVAILABLE', 'The database does not answer.');
/** What was written: stage, progress and kind of event. */
const written = (write: ReturnType<typeof willing>) =>
  write.mock.calls.map(([{ stage, progress }, { kind }]) => [stage, Number(progress?.toFixed(3)), kind]);

test('a run that ends within 100 ms of its claim writes no progress in between', async () => {
  const write = willing();
  const progress = new RunProgress({ write, onError: ignore });
  for (let millisecond = 0; millisecond < 90; millisecond += 10) {
    progress.report(step(millisecond / 100));
    await vi.advanceTimersByTimeAsync(10);
  }
  // No timer is moved on from here: an end that waited for one would never come.
  await progress.close();
  expect(write).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('the end of a run waits only for a write in flight', async () => {
  let endWrite: () => void = ignore;
  const write = vi.fn<Write>(
    () =>
      new Promise((resolve) => {
        endWrite = resolve;
      }),
  );
  const progress = new RunProgress({ write, onError: ignore });
  progress.report(step(0.1));
  await vi.advanceTimersByTimeAsync(100);
  progress.report(step(0.2));
  let isClosed = false;
  const closed = progress.close().then(() => {
    isClosed = true;
  });
  progress.report(step(0.3));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isClosed).toBe(false);
  endWrite();
  await closed;
  expect(write.mock.calls).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('progress is written at most every 100 ms, whatever the stage', async () => {
  const write = willing();
  const progress = new RunProgress({ write, onError: ignore });
  for (let millisecond = 0; millisecond < 1_000; millisecond += 10) {
    const stage = millisecond % 20 === 0 ? 'FITTING' : 'EVALUATING';
    progress.report({ ...step(millisecond / 1_000), stage });
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(write.mock.calls).toHaveLength(10);
  await progress.close();
});

test('the newest step is written, with the newest point of the steps that it replaces', async () => {
  const write = willing();
  const progress = new RunProgress({ write, onError: ignore });
  progress.report({ ...step(0.1), point: pointAt(1) });
  progress.report({ ...step(0.2), point: pointAt(2) });
  progress.report(step(0.5));
  await vi.advanceTimersByTimeAsync(100);
  expect(written(write)).toEqual([['FITTING', 0.505, 'STAGE']]);
  expect(write.mock.calls[0]?.[1].point).toEqual(pointAt(2));
  progress.report({ ...step(0.6), point: pointAt(3) });
  progress.report(step(0.6));
  await vi.advanceTimersByTimeAsync(100);
  expect(written(write).at(-1)).toEqual(['FITTING', 0.602, 'METRIC']);
  expect(write.mock.calls[1]?.[1].point).toEqual(pointAt(3));
  await progress.close();
});

test('a resumed attempt starts at the progress of its checkpoint, and never falls', async () => {
  const write = willing();
  const progress = new RunProgress({ write, onError: ignore, from: 0.7, expectedSeconds: 100 });
  for (const share of [0, 0.1, 0.5, 0.8, 0.75, 0.9]) {
    progress.report(step(share));
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(write.mock.calls.map(([change]) => Number(change.progress?.toFixed(3)))).toEqual([
    0.7, 0.7, 0.7, 0.796, 0.796, 0.893,
  ]);
  expect(write.mock.calls[0]?.[0].etaSeconds).toBeCloseTo(30, 0);
  await progress.close();
});

test('while the database is away the newest step is retried every second, and nothing is lost', async () => {
  const write = willing();
  const onError = vi.fn<(error: unknown) => void>();
  const progress = new RunProgress({ write, onError });
  write.mockRejectedValueOnce(away()).mockRejectedValueOnce(away());
  progress.report({ ...step(0.1), point: pointAt(1) });
  await vi.advanceTimersByTimeAsync(100);
  expect(write.mock.calls).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(999);
  progress.report(step(0.2));
  expect(write.mock.calls).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  progress.report(step(0.3));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written(write)).toEqual([
    ['FITTING', 0.117, 'STAGE'],
    ['FITTING', 0.214, 'STAGE'],
    ['FITTING', 0.311, 'STAGE'],
  ]);
  expect(write.mock.calls[2]?.[1].point).toEqual(pointAt(1));
  // It is back: a step is written at the usual rate again.
  progress.report(step(0.4));
  await vi.advanceTimersByTimeAsync(100);
  expect(written(write).at(-1)).toEqual(['FITTING', 0.408, 'PROGRESS']);
  expect(onError).not.toHaveBeenCalled();
  await progress.close();
});

test('the end of a run does not wait for a database that is away', async () => {
  const write = vi.fn<Write>().mockRejectedValueOnce(away());
  let failLate: (error: unknown) => void = ignore;
  write.mockReturnValueOnce(
    new Promise((_, reject) => {
      failLate = reject;
    }),
  );
  const onError = vi.fn<(error: unknown) => void>();
  const resting = new RunProgress({ write, onError });
  resting.report(step(0.1));
  await vi.advanceTimersByTimeAsync(1_100);
  expect(write.mock.calls).toHaveLength(2);
  await resting.close();
  failLate(new Error('another attempt has taken over'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(write.mock.calls).toHaveLength(2);
  expect(onError).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('after a failed write the error is reported once, and nothing more is written', async () => {
  const write = vi.fn<Write>().mockRejectedValue(new Error('the power went'));
  const onError = vi.fn<(error: unknown) => void>();
  const progress = new RunProgress({ write, onError });
  progress.report(step(0.1));
  await vi.advanceTimersByTimeAsync(100);
  progress.report(step(0.2));
  await vi.advanceTimersByTimeAsync(5_000);
  await progress.close();
  expect(write.mock.calls).toHaveLength(1);
  expect(onError.mock.calls).toHaveLength(1);
});

test('each message is an event of its own, in order and before what comes after it, and progress never falls', async () => {
  const write = willing();
  const progress = new RunProgress({ write, onError: ignore });
  const fold = (number: number) => ({ ...step(number / 10), message: `Fold ${number} of 3 is done.` });
  progress.report(fold(1));
  progress.report(fold(2));
  progress.report(step(0.25));
  // What arrives while these are written waits for the next time.
  write.mockImplementationOnce(async () => {
    progress.report(fold(3));
    await Promise.resolve();
  });
  await vi.advanceTimersByTimeAsync(100);
  await vi.advanceTimersByTimeAsync(100);
  expect(written(write)).toEqual([
    ['FITTING', 0.117, 'STAGE'],
    ['FITTING', 0.117, 'LOG'],
    ['FITTING', 0.214, 'LOG'],
    ['FITTING', 0.263, 'PROGRESS'],
    ['FITTING', 0.311, 'LOG'],
    ['FITTING', 0.311, 'PROGRESS'],
  ]);
  expect(write.mock.calls.map(([, { message }]) => message).filter(Boolean)).toEqual(
    [1, 2, 3].map((number) => `Fold ${number} of 3 is done.`),
  );
  await progress.close();
});

test('messages that wait at the end are written, but not to a database that has just refused', async () => {
  const write = willing();
  const quick = new RunProgress({ write, onError: ignore });
  quick.report({ ...step(0.5), message: 'Fold 1 of 2 is done.' });
  await quick.close();
  expect(written(write)).toEqual([
    ['FITTING', 0.505, 'STAGE'],
    ['FITTING', 0.505, 'LOG'],
  ]);
  const refusing = vi.fn<Write>().mockRejectedValue(away());
  const late = new RunProgress({ write: refusing, onError: ignore });
  late.report({ ...step(0.5), message: 'Fold 1 of 2 is done.' });
  await vi.advanceTimersByTimeAsync(100);
  await late.close();
  expect(refusing.mock.calls).toHaveLength(1);
});

test('a message that the database did not take is written again, once', async () => {
  const write = willing();
  const progress = new RunProgress({ write, onError: ignore });
  write.mockResolvedValueOnce().mockRejectedValueOnce(away());
  progress.report({ ...step(0.5), message: 'Fold 1 of 2 is done.' });
  await vi.advanceTimersByTimeAsync(100);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written(write).map(([, , kind]) => kind)).toEqual(['STAGE', 'LOG', 'LOG', 'PROGRESS']);
  await progress.close();
});

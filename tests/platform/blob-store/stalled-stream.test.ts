import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failsWhenStalled } from '../../../src/platform/blob-store/s3/stalled-stream.ts';
import { untilHolds } from '../../support/eventually.ts';

const STALL_MILLISECONDS = 30_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a stream that brings nothing for too long fails with NO_ANSWER and releases its source', async () => {
  const source = new PassThrough();
  const stream = failsWhenStalled(source, () => undefined, STALL_MILLISECONDS);
  const ended = Array.fromAsync(stream).catch((error: unknown) => error);
  source.write('some');
  await untilHolds(() => source.readableLength === 0);
  vi.advanceTimersByTime(STALL_MILLISECONDS);
  expect(await ended).toMatchObject({ reason: 'NO_ANSWER' });
  expect(source.destroyed).toBe(true);
});

test('a slow reader is not taken for a stalled store', async () => {
  const source = new PassThrough();
  const stream = failsWhenStalled(source, () => undefined, STALL_MILLISECONDS);
  for (let part = 0; part < 3; part += 1) source.write(Buffer.alloc(100_000));
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  // What the reader has not taken yet is as much as the stream keeps.
  await untilHolds(() => stream.readableLength > 0);
  vi.advanceTimersByTime(10 * STALL_MILLISECONDS);
  source.end();
  expect((await chunks.next()).done).toBe(false);
  expect(source.errored).toBeNull();
});

test('an error of the source is an error of the store', async () => {
  const source = new PassThrough();
  const stream = failsWhenStalled(source, () => undefined, STALL_MILLISECONDS);
  const ended = Array.fromAsync(stream).catch((error: unknown) => error);
  source.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  expect(await ended).toMatchObject({ reason: 'NO_ANSWER' });
});

import { expect, test } from 'vitest';
import { type Clock, TokenBucket } from '../../../src/platform/concurrency/token-bucket.ts';

/** Time that passes only while somebody waits, or where a test says so. */
class MadeClock implements Clock {
  milliseconds = 5_000;

  now(): number {
    return this.milliseconds;
  }

  async wait(milliseconds: number): Promise<void> {
    this.milliseconds += milliseconds;
  }
}

async function takeMany(bucket: TokenBucket, clock: MadeClock, count: number): Promise<number> {
  const begin = clock.milliseconds;
  for (let taken = 0; taken < count; taken += 1) await bucket.take();
  return clock.milliseconds - begin;
}

test('steps up to the number per second are done at once, further ones at that rate', async () => {
  const clock = new MadeClock();
  const bucket = new TokenBucket(50, clock);
  expect(await takeMany(bucket, clock, 50)).toBe(0);
  expect(await takeMany(bucket, clock, 100)).toBeCloseTo(2_000);
});

test('an idle time saves up no more than the steps of a second', async () => {
  const clock = new MadeClock();
  const bucket = new TokenBucket(50, clock);
  await takeMany(bucket, clock, 60);
  clock.milliseconds += 60_000;
  expect(await takeMany(bucket, clock, 50)).toBe(0);
  expect(await takeMany(bucket, clock, 1)).toBeCloseTo(20);
});

test('steps that are asked for at the same time are spread as those one after the other', async () => {
  const waits: number[] = [];
  const clock = { now: () => 0, wait: async (milliseconds: number) => void waits.push(milliseconds) };
  const bucket = new TokenBucket(2, clock);
  await Promise.all(Array.from({ length: 5 }, () => bucket.take()));
  expect(waits).toEqual([500, 1_000, 1_500]);
});
